/** Codes of this package; `docs/errors.md` lists them with their meaning. */
export const eventErrorCodes = [
  "EVENT_INVALID",
  "EVENT_TOO_LARGE",
  "EVENT_UNREADABLE",
  "EVENT_UNKNOWN",
  "SUBJECT_INVALID",
  "CONTRACT_DUPLICATE",
  "BROKER_UNAVAILABLE",
  "BROKER_FULL",
  "PRODUCER_REWOUND",
] as const;
export type EventErrorCode = (typeof eventErrorCodes)[number];

/** Callers match `code`. Message and fields never carry values of a payload. */
export class EventError extends Error {
  readonly code: EventErrorCode;
  readonly fields: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: EventErrorCode,
    message: string,
    fields: Readonly<Record<string, string | number | boolean>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = "EventError";
    this.code = code;
    this.fields = fields;
  }
}

/** The code of any thrown thing, for a log line: ours, or the driver's, or its class. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.name : typeof error;
}
