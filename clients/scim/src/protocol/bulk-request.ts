import { isObject, membersOf, type JsonObject } from "../json.js";
import { badRequest, ScimError } from "../scim-error.js";

export const bulkRequestUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
export const bulkResponseUrn = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/** One after the other they are done within seconds, before anybody stops waiting. */
export const bulkOperationsMax = 500;
export const bulkBytesMax = 1_048_576;

export interface BulkOperation {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly bulkId: string | null;
  /** From the base address: `/Users`, `/Groups/bulkId:g1`. */
  readonly path: string;
  readonly version: string | null;
  readonly data: unknown;
}

export interface BulkRequest {
  /** Stop once there were as many errors; null goes on to the end. */
  readonly failOnErrors: number | null;
  readonly operations: readonly BulkOperation[];
}

/** RFC 7644 §3.7. Throws invalidSyntax, invalidValue, and 413 for too many operations. */
export function parseBulk(body: unknown): BulkRequest {
  const given = isObject(body) ? membersOf(body) : new Map<string, unknown>();
  const schemas = given.get("schemas");
  if (!Array.isArray(schemas) || !schemas.includes(bulkRequestUrn)) {
    throw badRequest("invalidSyntax", `schemas does not name ${bulkRequestUrn}`);
  }
  const operations = given.get("operations");
  if (!Array.isArray(operations)) throw badRequest("invalidSyntax", "there are no Operations");
  if (operations.length > bulkOperationsMax) {
    throw new ScimError(413, `more than ${bulkOperationsMax} operations`);
  }
  const failOnErrors = given.get("failonerrors") ?? null;
  const isCount = typeof failOnErrors === "number" && Number.isInteger(failOnErrors);
  if (failOnErrors !== null && !(isCount && failOnErrors >= 1)) {
    throw badRequest("invalidValue", "failOnErrors is no number above 0");
  }
  const parsed = operations.map(operationOf);
  const ids = parsed.flatMap(({ bulkId }) => bulkId ?? []);
  if (new Set(ids).size < ids.length) {
    throw badRequest("invalidValue", "a bulkId is given to two operations");
  }
  return { failOnErrors: failOnErrors as number | null, operations: parsed };
}

function operationOf(operation: unknown): BulkOperation {
  const given = isObject(operation) ? membersOf(operation) : new Map<string, unknown>();
  const method = String(given.get("method")).toUpperCase();
  const path = given.get("path");
  const bulkId = given.get("bulkid") ?? null;
  const version = given.get("version") ?? null;
  if (!isMethod(method)) {
    throw badRequest("invalidSyntax", "a method is none of POST, PUT, PATCH, DELETE");
  }
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw badRequest("invalidSyntax", "an operation has no path");
  }
  if (bulkId !== null && (typeof bulkId !== "string" || !/^[^\s"]{1,200}$/.test(bulkId))) {
    throw badRequest("invalidSyntax", "a bulkId is text without blanks");
  }
  if (method === "POST" && bulkId === null) {
    throw badRequest("invalidSyntax", "a POST has no bulkId");
  }
  if (version !== null && typeof version !== "string") {
    throw badRequest("invalidSyntax", "a version is text");
  }
  return { method, path, bulkId, version, data: given.get("data") };
}

function isMethod(text: string): text is BulkOperation["method"] {
  return text === "POST" || text === "PUT" || text === "PATCH" || text === "DELETE";
}

/** What became of one operation. */
export interface BulkResult {
  readonly method: string;
  readonly bulkId: string | null;
  readonly location: string | null;
  readonly version: string | null;
  readonly status: number;
  /** The error's body; absent for what succeeded. */
  readonly response?: JsonObject;
}

export function bulkResponse(results: readonly BulkResult[]): JsonObject {
  return {
    schemas: [bulkResponseUrn],
    Operations: results.map(({ method, bulkId, location, version, status, response }) => ({
      method,
      ...(bulkId === null ? {} : { bulkId }),
      ...(location === null ? {} : { location }),
      ...(version === null ? {} : { version }),
      status: String(status),
      ...(response === undefined ? {} : { response }),
    })),
  };
}
