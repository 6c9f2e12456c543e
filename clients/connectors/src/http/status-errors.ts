import {
  ConnectorError, type ConnectorErrorCode, type ConnectorErrorKind,
} from "../connector.js";
import type { HttpAnswer } from "./http-transport.js";
import { retryAfterMs } from "./retry-after.js";

/** What was asked of the server: the same status means something else for each. */
export type HttpTask = "read" | "write";

/** What an answer means for the caller. */
export interface HttpMeaning {
  readonly kind: ConnectorErrorKind;
  readonly code: ConnectorErrorCode;
}

const retry = (code: ConnectorErrorCode): HttpMeaning => ({ kind: "retry", code });
const skip = (code: ConnectorErrorCode): HttpMeaning => ({ kind: "skip", code });
const stop = (code: ConnectorErrorCode): HttpMeaning => ({ kind: "stop", code });
const both = (meaning: HttpMeaning) => [meaning, meaning] as const;

const misconfigured = stop("MISCONFIGURED");

/** Status → of a read, of a write (RFC 9110 §15, RFC 6585). */
const meanings: ReadonlyMap<number, readonly [HttpMeaning, HttpMeaning]> = new Map([
  [400, [misconfigured, skip("VALUE_INVALID")]],
  [401, both(stop("CREDENTIALS_REJECTED"))],
  [403, [stop("PERMISSION_DENIED"), skip("PERMISSION_DENIED")]],
  [404, [misconfigured, skip("OBJECT_GONE")]],
  [405, both(misconfigured)],
  [406, both(misconfigured)],
  [407, both(misconfigured)],
  [408, both(retry("CONNECTOR_TIMEOUT"))],
  [409, [retry("CONNECTOR_BUSY"), skip("VALUE_TAKEN")]],
  [410, [misconfigured, skip("OBJECT_GONE")]],
  [412, [misconfigured, skip("OBJECT_CHANGED")]],
  [413, [stop("LIMIT_EXCEEDED"), skip("VALUE_TOO_LARGE")]],
  [414, [misconfigured, skip("VALUE_TOO_LARGE")]],
  [415, both(misconfigured)],
  [423, both(retry("CONNECTOR_BUSY"))],
  [425, both(retry("CONNECTOR_BUSY"))],
  [429, both(retry("CONNECTOR_RATE_LIMITED"))],
  [431, [misconfigured, skip("VALUE_TOO_LARGE")]],
  [501, both(misconfigured)],
  [504, both(retry("CONNECTOR_TIMEOUT"))],
  [505, both(misconfigured)],
]);

/** What a status other than success means. */
export function meaningOfStatus(task: HttpTask, status: number): HttpMeaning {
  const row = meanings.get(status);
  if (row !== undefined) return row[task === "read" ? 0 : 1];
  if (status >= 500) return retry("CONNECTOR_BUSY");
  return task === "read" ? stop("SOURCE_UNREADABLE") : skip("VALUE_INVALID");
}

/** Whether the same read may well be answered when it is sent again. */
export function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429
    || (status >= 500 && status !== 501 && status !== 505);
}

/** The error of an answer. Its words stay out: they may hold values. */
export function statusError(
  task: HttpTask, answer: HttpAnswer, nowMs: number, note = "",
): ConnectorError {
  const { kind, code } = meaningOfStatus(task, answer.status);
  const said = retryAfterMs(answer.headers.get("retry-after"), nowMs);
  const wait = kind === "retry" && said !== undefined ? { retryAfterMs: said } : {};
  const message = `the server answered ${answer.status}${note === "" ? "" : ` (${note})`}`;
  return new ConnectorError(kind, code, message, wait);
}
