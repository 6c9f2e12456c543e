/** One of the errors of an answer. */
export interface ApiFault {
  /** Stable; `docs/errors.md` says what it means. */
  readonly code: string;
  readonly message: string;
  /** Where in the answer; empty when it concerns the whole request. */
  readonly path: readonly (string | number)[];
  /** What the error says besides, for machines: `retryAfterSeconds`, `permission`, … */
  readonly fields: ErrorFields;
}

export type ErrorFields = Readonly<Record<string, string | number | boolean>>;

interface ErrorDetails {
  readonly path?: readonly (string | number)[];
  readonly fields?: ErrorFields;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly faults?: readonly ApiFault[];
  readonly data?: unknown;
  readonly cause?: unknown;
}

/**
 * Why a request has no result: refused by a mutation's payload, failed in the graph, or not
 * answered at all (`NETWORK_FAILED`, `REQUEST_TIMED_OUT`, `ANSWER_UNREADABLE`). Match the code,
 * never the message.
 */
export class JoineryApiError extends Error {
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly fields: ErrorFields;
  /** Of the HTTP answer; null when there was none. */
  readonly status: number | null;
  /** Names the request in the server's log; null when nothing answered. */
  readonly requestId: string | null;
  /** All errors of the answer, the one that gave the code first. */
  readonly faults: readonly ApiFault[];
  /** What the answer held in spite of the errors: part of a query, or a mutation's payload. */
  readonly data: unknown;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "JoineryApiError";
    this.code = code;
    this.path = details.path ?? [];
    this.fields = details.fields ?? {};
    this.status = details.status ?? null;
    this.requestId = details.requestId ?? null;
    this.faults = details.faults ?? [{ code, message, path: this.path, fields: this.fields }];
    this.data = details.data ?? null;
  }
}

/** What every mutation's payload has: nothing in `errors` when it did what it was asked. */
export interface Payload {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/**
 * The payload of a mutation that did what it was asked. Throws JoineryApiError with the code of the
 * first refusal, the plain fields of the payload (`retryAfterSeconds`) and the payload as `data`.
 */
export function accepted<P extends Payload>(payload: P): P {
  const [first] = payload.errors;
  if (!first) return payload;
  const faults = payload.errors.map(({ code, message }) => ({
    code,
    message,
    path: [],
    fields: {},
  }));
  const fields = plainFields(payload);
  throw new JoineryApiError(first.code, first.message, { fields, faults, data: payload });
}

/** What of an object is text, number or truth value. */
export function plainFields(from: object): ErrorFields {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(from) as [string, unknown][]) {
    const isPlain = typeof value === "string" || typeof value === "number";
    if (isPlain || typeof value === "boolean") fields[name] = value;
  }
  return fields;
}
