import { ConnectorError, type ConnectorErrorCode } from "../connector.js";
import type { HttpClient, HttpRequest } from "../http/http-client.js";
import type { HttpAnswer } from "../http/http-transport.js";
import { jsonOf } from "../http/json-answer.js";
import { statusError, type HttpTask } from "../http/status-errors.js";
import { isObject, member, type JsonObject } from "../http/json.js";
import { Slots } from "../slots.js";

const mediaType = "application/scim+json";
const accept = `${mediaType}, application/json;q=0.9`;

/** A resource or list with what the server said beside it. */
export interface ScimAnswer {
  readonly json: JsonObject;
  /** The server's clock as it answered; undefined where it does not tell. */
  readonly date: Date | undefined;
  readonly version: string | undefined;
}

/** One change as it is sent. */
export interface ScimWrite {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: readonly string[];
  readonly json?: unknown;
  /** The version that is changed; whoever was quicker makes it fail (412). */
  readonly version?: string | undefined;
}

/** RFC 7644 §3.12: what `scimType` says more closely than the status. */
const scimTypeCodes: ReadonlyMap<string, ConnectorErrorCode> = new Map([
  ["uniqueness", "VALUE_TAKEN"], ["tooMany", "LIMIT_EXCEEDED"], ["invalidVers", "MISCONFIGURED"],
]);

/** SCIM over HTTP: JSON in and out, errors by status and `scimType`. */
export class ScimClient {
  private readonly http: HttpClient;
  private readonly slots: Slots;

  /** Of the requests at most so many are under way at once. */
  constructor(http: HttpClient, inFlightMax: number) {
    this.http = http;
    this.slots = new Slots(inFlightMax);
  }

  /** A resource or a list. Throws ConnectorError. */
  async get(
    path: readonly string[], query: Readonly<Record<string, string>>, signal: AbortSignal,
  ): Promise<ScimAnswer> {
    const answer = await this.answerTo({ method: "GET", path, query }, signal);
    if (answer.status !== 200) throw scimError("read", answer);
    return toAnswer(answer);
  }

  /** One resource; undefined where there is none. Throws ConnectorError of a write. */
  async find(
    path: readonly string[], query: Readonly<Record<string, string>>, signal: AbortSignal,
  ): Promise<ScimAnswer | undefined> {
    const answer = await this.answerTo({ method: "GET", path, query }, signal);
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 200) throw scimError("write", answer);
    return toAnswer(answer);
  }

  /** A list by a filter; undefined where the server does not take the filter. */
  async query(
    path: readonly string[], query: Readonly<Record<string, string>>, signal: AbortSignal,
  ): Promise<ScimAnswer | undefined> {
    const answer = await this.answerTo({ method: "GET", path, query }, signal);
    // RFC 7644 §3.4.2.2 asks for 400; others say that they do not implement it.
    if (answer.status === 400 || answer.status === 501) return undefined;
    if (answer.status !== 200) throw scimError("read", answer);
    return toAnswer(answer);
  }

  /**
   * What describes the server; undefined where it does not describe itself. Who may not look at it
   * any more is told so: attributes that nobody describes would be taken for gone.
   */
  async discover(name: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.answerTo({ method: "GET", path: [name] }, signal);
    if ([400, 404, 405, 410, 501].includes(answer.status)) return undefined;
    if (answer.status !== 200) throw scimError("read", answer);
    return jsonOf(answer);
  }

  /**
   * Sends a change once. The resource as it is then, where the server shows it; undefined where
   * not. Throws ConnectorError, of kind retry where nobody knows whether it was done.
   */
  async change(
    { method, path, json, version }: ScimWrite, signal: AbortSignal,
  ): Promise<ScimAnswer | undefined> {
    const answer = await this.answerTo({
      method, path,
      headers: version === undefined ? {} : { "if-match": version },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    }, signal);
    return changeAnswer(answer);
  }

  /** What the server answers to a bulk request (RFC 7644 §3.7), whatever its status. */
  async bulk(body: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.answerTo({ method: "POST", path: ["Bulk"], body }, signal);
  }

  private async answerTo(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { headers = {}, body } = request;
    const type = body === undefined ? {} : { "content-type": mediaType };
    await this.slots.take();
    try {
      return await this.http.send(
        { ...request, headers: { accept, ...type, ...headers } }, signal,
      );
    } finally {
      this.slots.give();
    }
  }
}

/**
 * The resource as it is after a change, where the answer shows it; undefined where not. Throws
 * ConnectorError, of kind retry where nobody knows whether it was done.
 */
export function changeAnswer(answer: HttpAnswer): ScimAnswer | undefined {
  if (answer.status < 200 || answer.status >= 300) throw scimError("write", answer);
  if (answer.status === 204 || answer.body.length === 0) return undefined;
  try {
    return toAnswer(answer);
  } catch (cause) {
    if (!(cause instanceof ConnectorError)) throw cause;
    // Whatever says "success" in another language may have done it or not.
    throw nobodyKnows(`after a change: ${cause.message}`, cause);
  }
}

/** That a change may be done or not: whoever tries again looks first. */
export function nobodyKnows(why: string, cause?: unknown): ConnectorError {
  return new ConnectorError("retry", "CONNECTOR_BUSY", why, { cause });
}

function toAnswer(answer: HttpAnswer): ScimAnswer {
  const json = jsonOf(answer);
  if (!isObject(json)) {
    throw new ConnectorError("stop", "SOURCE_UNREADABLE", "an answer is no resource and no list");
  }
  const date = Date.parse(answer.headers.get("date") ?? "");
  return {
    json, date: Number.isNaN(date) ? undefined : new Date(date),
    version: answer.headers.get("etag"),
  };
}

/** The error of an answer, by its `scimType` where that says more. */
export function scimError(task: HttpTask, answer: HttpAnswer): ConnectorError {
  const scimType = scimTypeOf(answer);
  const error = statusError(task, answer, Date.now(), scimType);
  const code = answer.status < 500 ? scimTypeCodes.get(scimType) : undefined;
  if (code === undefined || answer.status === 401) return error;
  const kind = code === "VALUE_TAKEN" ? "skip" : "stop";
  return new ConnectorError(kind, code, error.message);
}

function scimTypeOf({ body }: HttpAnswer): string {
  try {
    const json: unknown = JSON.parse(body.subarray(0, 65_536).toString("utf8"));
    const scimType = isObject(json) ? member(json, "scimType") : undefined;
    return typeof scimType === "string" && /^[A-Za-z]{1,40}$/.test(scimType) ? scimType : "";
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}
