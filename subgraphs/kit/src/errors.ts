/**
 * An expected refusal or failure with a stable code. Callers match the code, never the message.
 * Neither message nor fields may carry attribute values or secrets: both reach the caller.
 */
export class JoineryError extends Error {
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: string,
    message: string,
    fields: Readonly<Record<string, string | number | boolean>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = "JoineryError";
    this.code = code;
    this.fields = fields;
  }
}

/** A promise of ours that does not hold: fails the batch or request, never the whole process. */
export function assert(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new JoineryError("ASSERTION_FAILED", `broken promise: ${promise}`);
}

/** The code of any thrown thing: ours, a PostgreSQL SQLSTATE as `PG_40001`, or `INTERNAL`. */
export function codeOf(error: unknown): string {
  if (error instanceof JoineryError) return error.code;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return /^[0-9A-Z]{5}$/.test(error.code) ? `PG_${error.code}` : error.code;
  }
  return "INTERNAL";
}
