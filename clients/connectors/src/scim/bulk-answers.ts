import { ConnectorError } from "../connector.js";
import { jsonOf } from "../http/json-answer.js";
import { asArray, isObject, member, textOf, type JsonObject } from "../http/json.js";
import type { HttpAnswer } from "../http/http-transport.js";
import { changeAnswer, nobodyKnows, type ScimAnswer } from "./scim-client.js";

/** One change of a bulk request (RFC 7644 §3.7). */
export interface BulkOperation {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly bulkId?: string;
  readonly version?: string;
  /** Below the url of the settings, encoded. */
  readonly path: string;
  readonly data?: unknown;
}

/** Which answer belongs to which change: servers need not keep their order, nor answer all. */
export class BulkAnswers {
  private readonly operations: readonly BulkOperation[];
  private readonly answer: HttpAnswer;
  private readonly results: readonly JsonObject[];

  /** Throws ConnectorError of kind retry for what is no answer to a bulk request. */
  constructor(operations: readonly BulkOperation[], answer: HttpAnswer) {
    this.operations = operations;
    this.answer = answer;
    this.results = resultsIn(answer);
  }

  /** As `changeAnswer`, of the operation at this place. */
  of(at: number): ScimAnswer | undefined {
    const operation = this.operations[at] as BulkOperation;
    const result = this.find(operation, at);
    if (result === undefined) throw nobodyKnows("a bulk request was answered in part");
    const location = textOf(member(result, "location"));
    const version = textOf(member(result, "version"));
    const date = this.answer.headers.get("date");
    const status = statusOf(member(result, "status"));
    return changeAnswer({
      status,
      headers: new Map([
        ["content-type", "application/scim+json"],
        ...(version === undefined ? [] : [["etag", version] as const]),
        ...(date === undefined ? [] : [["date", date] as const]),
      ]),
      body: bodyOf(operation, member(result, "response"), status < 300 ? location : undefined),
    });
  }

  /** By the id of a create or the place of what is changed; by its turn where neither is told. */
  private find(operation: BulkOperation, at: number): JsonObject | undefined {
    const known = this.results.find((result) => isOf(operation, result));
    if (known !== undefined) return known;
    const inTurn = this.results[at];
    if (this.results.length !== this.operations.length || inTurn === undefined) return undefined;
    const names = operation.bulkId === undefined ? ["location"] : ["bulkId"];
    const isNameless = names.every((name) => textOf(member(inTurn, name)) === undefined);
    return isNameless && methodOf(inTurn) === operation.method ? inTurn : undefined;
  }
}

function resultsIn(answer: HttpAnswer): readonly JsonObject[] {
  try {
    const json = jsonOf(answer);
    const list = isObject(json) ? member(json, "Operations") : undefined;
    if (list !== undefined) return asArray(list).filter((each) => isObject(each));
  } catch (cause) {
    if (!(cause instanceof ConnectorError)) throw cause;
    throw nobodyKnows(`after a bulk request: ${cause.message}`, cause);
  }
  throw nobodyKnows("after a bulk request: an answer without Operations");
}

function isOf({ method, bulkId, path }: BulkOperation, result: JsonObject): boolean {
  if (methodOf(result) !== method) return false;
  if (bulkId !== undefined) return textOf(member(result, "bulkId")) === bulkId;
  const location = textOf(member(result, "location"));
  return location !== undefined && (location === path || location.endsWith(path));
}

function methodOf(result: JsonObject): string | undefined {
  return textOf(member(result, "method"))?.toUpperCase();
}

/** A number or its text; drafts of the RFC had `{code}`. What says nothing is no success. */
function statusOf(status: unknown): number {
  const code = Number(isObject(status) ? member(status, "code") : status);
  return Number.isInteger(code) && code >= 200 && code <= 599 ? code : 500;
}

/** The resource; of a create that is not shown, its id, which the end of its place is. */
function bodyOf(
  { method }: BulkOperation, response: unknown, location: string | undefined,
): Buffer {
  if (response !== undefined && response !== null) return Buffer.from(JSON.stringify(response));
  const last = location?.split("/").at(-1) ?? "";
  if (method !== "POST" || last === "") return Buffer.alloc(0);
  return Buffer.from(JSON.stringify({ id: decoded(last) }));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}
