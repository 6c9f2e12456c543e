import { ConnectorError } from "../connector.js";
import type { HttpClient, HttpRequest } from "../http/http-client.js";
import type { HttpAnswer } from "../http/http-transport.js";
import { jsonOf } from "../http/json-answer.js";
import { statusError, type HttpTask } from "../http/status-errors.js";
import type { ErrorRule } from "./configuration.js";
import { toPlace, valueAt } from "./places.js";
import type { AskSettings, DoSettings } from "./request-settings.js";
import { fillJson, fillPath, fillQuery, type TemplateValues } from "./templates.js";

/** JSON with what the server said beside it. */
export interface JsonAnswer {
  readonly json: unknown;
  readonly headers: ReadonlyMap<string, string>;
  /** The server's clock as it answered, in ms; undefined where it does not tell. */
  readonly dateMs: number | undefined;
  /** How long the answer took, waiting and all, in ms. */
  readonly tookMs: number;
}

/** What is asked for, beside the settings. */
export interface Asking {
  readonly values: TemplateValues;
  readonly query?: Readonly<Record<string, string>>;
  readonly link?: string;
}

/** A change: what is sent, as JSON. */
export interface JsonChange {
  readonly json?: unknown;
  readonly mediaType?: string;
  /** The version that is changed; whoever was quicker makes it fail (412). */
  readonly version?: string | undefined;
}

export interface ClientSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: readonly ErrorRule[];
}

/** JSON over HTTP: what an answer means is by its status, and by what the settings say over it. */
export class JsonClient {
  private readonly http: HttpClient;
  private readonly settings: ClientSettings;

  constructor(http: HttpClient, settings: ClientSettings) {
    this.http = http;
    this.settings = settings;
  }

  /** Throws ConnectorError of a read. */
  async read(request: AskSettings, asking: Asking, signal: AbortSignal): Promise<JsonAnswer> {
    const { answer, tookMs } = await this.ask(request, asking, signal);
    this.demandSuccess("read", answer);
    if (answer.status !== 200) throw statusError("read", answer, Date.now());
    return toAnswer(answer, tookMs);
  }

  /** Undefined where there is no such thing. Throws ConnectorError of a write. */
  async find(
    request: AskSettings, asking: Asking, signal: AbortSignal,
  ): Promise<JsonAnswer | undefined> {
    const { answer, tookMs } = await this.ask(request, asking, signal);
    try {
      this.demandSuccess("write", answer);
    } catch (error) {
      if (error instanceof ConnectorError && error.code === "OBJECT_GONE") return undefined;
      throw error;
    }
    return toAnswer(answer, tookMs);
  }

  /**
   * Sends a change once. The JSON of the answer, where it has one. Throws ConnectorError, of kind
   * retry where nobody knows whether it was done.
   */
  async change(
    request: Omit<DoSettings, "body"> & { readonly body?: DoSettings["body"] },
    values: TemplateValues, change: JsonChange, signal: AbortSignal,
  ): Promise<unknown> {
    const { version, mediaType = "application/json" } = change;
    const json = change.json === undefined && request.body !== undefined
      ? fillJson(request.body, values) : change.json;
    const answer = await this.http.send({
      method: request.method, path: fillPath(request.path, values),
      query: fillQuery(request.query, values),
      headers: {
        accept: "application/json", ...this.headers,
        ...(json === undefined ? {} : { "content-type": mediaType }),
        ...(version === undefined ? {} : { "if-match": version }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    }, signal);
    const isSuccess = answer.status >= 200 && answer.status < 300;
    if (isSuccess && answer.body.length === 0) return undefined;
    try {
      this.demandSuccess("write", answer);
      return jsonIn(answer);
    } catch (cause) {
      const isDoubtful = cause instanceof ConnectorError && answer.status < 300
        && cause.code.startsWith("SOURCE_");
      if (!isDoubtful) throw cause;
      // Whatever says "success" in another language may have done it or not.
      const why = `after a change: ${cause.message}`;
      throw new ConnectorError("retry", "CONNECTOR_BUSY", why, { cause });
    }
  }

  private get headers(): Readonly<Record<string, string>> {
    const entries = Object.entries(this.settings.headers);
    return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
  }

  private async ask(
    { method, path, query, body }: AskSettings, asking: Asking, signal: AbortSignal,
  ): Promise<{ readonly answer: HttpAnswer; readonly tookMs: number }> {
    const { values, link } = asking;
    const json = body === undefined ? undefined : JSON.stringify(fillJson(body, values));
    const request: HttpRequest = {
      method, isRead: true, path: fillPath(path, values),
      query: { ...fillQuery(query, values), ...asking.query },
      ...(link === undefined ? {} : { link }),
      headers: {
        accept: "application/json", ...this.headers,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: json }),
    };
    const started = performance.now();
    const answer = await this.http.send(request, signal);
    return { answer, tookMs: performance.now() - started };
  }

  /** Throws what the rules of the settings, else the status, make of the answer. */
  private demandSuccess(task: HttpTask, answer: HttpAnswer): void {
    const { status } = answer;
    const isSuccess = status >= 200 && status < 300;
    const rules = this.settings.errors.filter((rule) => (rule.of ?? task) === task
      && (rule.status === undefined ? isSuccess : rule.status === status));
    const json = rules.some(({ path }) => path !== undefined) ? looseJson(answer) : undefined;
    const rule = rules.find(({ path, values }) =>
      path === undefined || says(valueAt(json, toPlace(path)), values));
    if (rule !== undefined) throw ruleError(task, answer, rule);
    if (!isSuccess) throw statusError(task, answer, Date.now());
  }
}

/** Whether what is there is one of the values, or, without any, says yes. */
export function says(json: unknown, values: readonly unknown[] | undefined): boolean {
  if (values !== undefined) return values.some((each) => each === (json ?? null));
  if (Array.isArray(json)) return json.length > 0;
  return json !== undefined && json !== null && json !== false && json !== "" && json !== 0;
}

/** Nobody passes over one object of a list that did not come: a read stops instead. */
function ruleError(
  task: HttpTask, answer: HttpAnswer, { kind: said, code }: ErrorRule,
): ConnectorError {
  const { retryAfterMs } = statusError(task, { ...answer, status: 503 }, Date.now());
  const kind = task === "read" && said === "skip" ? "stop" : said;
  const why = `the server answered ${answer.status}, which the settings take for ${code}`;
  const isTimed = kind === "retry" && retryAfterMs !== undefined;
  return new ConnectorError(kind, code, why, isTimed ? { retryAfterMs } : {});
}

const parsed = new WeakMap<HttpAnswer, unknown>();

/** The JSON of an answer, read once however often it is looked at. */
function jsonIn(answer: HttpAnswer): unknown {
  if (!parsed.has(answer)) parsed.set(answer, jsonOf(answer));
  return parsed.get(answer);
}

/** The JSON of an answer that may well be none. */
function looseJson(answer: HttpAnswer): unknown {
  try {
    return jsonIn(answer);
  } catch (error) {
    if (error instanceof ConnectorError) return undefined;
    throw error;
  }
}

function toAnswer(answer: HttpAnswer, tookMs: number): JsonAnswer {
  const date = Date.parse(answer.headers.get("date") ?? "");
  return {
    json: jsonIn(answer), headers: answer.headers,
    dateMs: Number.isNaN(date) ? undefined : date, tookMs,
  };
}
