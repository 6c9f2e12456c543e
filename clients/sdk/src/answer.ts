import { JoineryApiError, plainFields, type ApiFault } from "./error.js";

/** An HTTP answer, read. */
export interface HttpAnswer {
  readonly status: number;
  readonly requestId: string | null;
  readonly text: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterSeconds?: number;
}

/**
 * The data of a GraphQL answer. Throws JoineryApiError with the first error of the answer, whole or
 * partial, and ANSWER_UNREADABLE when it is no answer of the graph.
 */
export function readAnswer(answer: HttpAnswer): unknown {
  const { status, requestId, retryAfterSeconds } = answer;
  const patience = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const body = parsed(answer.text);
  const faults = Array.isArray(body?.["errors"]) ? body["errors"].map(toFault) : [];
  const data = body?.["data"] ?? null;
  const [first] = faults;
  if (first) {
    const { code, message, path } = first;
    const fields = { ...patience, ...first.fields };
    throw new JoineryApiError(code, message, { path, fields, status, requestId, faults, data });
  }
  if (data === null) {
    const message = `HTTP ${status} without an answer of the graph: is this Joinery's address?`;
    throw new JoineryApiError("ANSWER_UNREADABLE", message, {
      fields: patience,
      status,
      requestId,
    });
  }
  return data;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : undefined;
  } catch {
    return undefined; // What does not parse is told as unreadable by the caller.
  }
}

function toFault(error: unknown): ApiFault {
  const said = isRecord(error) ? error : {};
  const { code, ...rest } = isRecord(said["extensions"]) ? said["extensions"] : {};
  const path = Array.isArray(said["path"]) ? said["path"].filter(isPathPart) : [];
  return {
    code: typeof code === "string" ? code : "INTERNAL",
    message: typeof said["message"] === "string" ? said["message"] : "no message",
    path,
    fields: plainFields(rest),
  };
}

function isPathPart(part: unknown): part is string | number {
  return typeof part === "string" || typeof part === "number";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
