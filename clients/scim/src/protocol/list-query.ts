import { bindFilterOver } from "../filter/bind-filter.js";
import type { BoundFilter } from "../filter/filter.js";
import { parseFilter } from "../filter/parse-filter.js";
import { isObject, membersOf } from "../json.js";
import { parseProjection, type Projection } from "../resource/project.js";
import { badRequest } from "../scim-error.js";
import { findPath, resolveAttribute, type AttributePath } from "../schema/path.js";
import { findAttribute, type ScimResourceType } from "../schema/schema.js";

export const pageSizeMax = 1_000;
export const pageSizeDefault = 100;
/** Resources that an index may pass over; beyond it a cursor costs nothing. */
export const startIndexMax = 100_000;

export type Paging =
  /** RFC 7644 §3.4.2.4: the first resource is 1. */
  | { readonly kind: "index"; readonly startIndex: number; readonly count: number }
  /** RFC 9865: null asks for the first page. */
  | { readonly kind: "cursor"; readonly cursor: string | null; readonly count: number };

export interface Sort {
  /** Null where the kind has no such attribute: its resources come as those without a value. */
  readonly path: AttributePath | null;
  readonly descending: boolean;
}

/** What is asked of one kind of resources. */
export interface ListTarget {
  readonly type: ScimResourceType;
  readonly filter: BoundFilter | null;
  readonly sort: Sort | null;
}

/** What a client asks of a list, understood: of one kind, or of several in one order. */
export interface ListQuery {
  readonly targets: readonly ListTarget[];
  readonly paging: Paging;
  readonly projection: Projection;
}

/** Text of each parameter by its name; of a search request, the members as they are. */
export type Parameters = Readonly<Record<string, unknown>>;

export const searchUrn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/**
 * Query parameters of RFC 7644 §3.4.2, RFC 9865. Names are taken in any case. Throws invalidFilter,
 * invalidPath, invalidValue, invalidCount, invalidCursor.
 */
export function parseListQuery(
  types: readonly ScimResourceType[],
  parameters: Parameters,
): ListQuery {
  const given = membersOf(parameters);
  const text = textOf(given.get("filter"), "filter");
  const filters = text === null ? [] : bindFilterOver(types, parseFilter(text));
  const sorts = sortsOf(types, given);
  return {
    targets: types.map((type, at) => ({
      type, filter: filters[at] ?? null, sort: sorts[at] ?? null,
    })),
    paging: pagingOf(given),
    projection: parseProjection(parameters),
  };
}

/** The body of `POST /.search` (RFC 7644 §3.4.3). Throws invalidSyntax too. */
export function parseSearch(types: readonly ScimResourceType[], body: unknown): ListQuery {
  const schemas = isObject(body) ? membersOf(body).get("schemas") : undefined;
  if (!isObject(body) || !Array.isArray(schemas) || !schemas.includes(searchUrn)) {
    throw badRequest("invalidSyntax", `schemas does not name ${searchUrn}`);
  }
  return parseListQuery(types, body);
}

/** None where no order is asked for. */
function sortsOf(
  types: readonly ScimResourceType[],
  given: ReadonlyMap<string, unknown>,
): readonly Sort[] {
  const by = textOf(given.get("sortby"), "sortBy");
  const order = textOf(given.get("sortorder"), "sortOrder")?.toLowerCase() ?? "ascending";
  if (order !== "ascending" && order !== "descending") {
    throw badRequest("invalidValue", "sortOrder is neither ascending nor descending");
  }
  if (by === null) return [];
  const descending = order === "descending";
  const paths = types.map((type) => findPath(type, by));
  const [first] = types;
  if (first !== undefined && paths.every((path) => path === undefined)) {
    resolveAttribute(first, by, "invalidPath");
  }
  return paths.map((path) => {
    if (path === undefined) return { path: null, descending };
    if (path.attribute !== null) return { path: sortable(path), descending };
    throw badRequest("invalidPath", "the path names a whole schema, not an attribute");
  });
}

/** RFC 7644 §3.4.2.3: a complex attribute is sorted by one of its parts. */
function sortable(path: AttributePath): AttributePath {
  if (path.sub !== null || path.attribute.type !== "complex") return path;
  const sub = findAttribute(path.attribute.subAttributes, "value");
  if (sub) return { ...path, sub };
  throw badRequest("invalidPath", `${path.attribute.name} has no value of its own`);
}

function pagingOf(given: ReadonlyMap<string, unknown>): Paging {
  const cursor = given.get("cursor");
  if (cursor !== undefined && cursor !== null) {
    if (typeof cursor !== "string") throw badRequest("invalidCursor", "the cursor is no text");
    if (given.get("startindex") !== undefined) {
      throw badRequest("invalidCursor", "cursor and startIndex are not given together");
    }
    const count = countOf(given.get("count"), "invalidCount");
    return { kind: "cursor", cursor: cursor === "" ? null : cursor, count };
  }
  const startIndex = integerOf(given.get("startindex"), "startIndex", "invalidValue") ?? 1;
  if (startIndex > startIndexMax) {
    const message = `startIndex is above ${startIndexMax}: ask by cursor instead`;
    throw badRequest("invalidValue", message);
  }
  const count = countOf(given.get("count"), "invalidValue");
  return { kind: "index", startIndex: Math.max(1, startIndex), count };
}

/** RFC 7644 §3.4.2.4: negative means 0. */
function countOf(value: unknown, refusal: "invalidValue" | "invalidCount"): number {
  const count = integerOf(value, "count", refusal) ?? pageSizeDefault;
  return Math.min(pageSizeMax, Math.max(0, count));
}

function integerOf(
  value: unknown,
  name: string,
  refusal: "invalidValue" | "invalidCount",
): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
  throw badRequest(refusal, `${name} is no integer`);
}

function textOf(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  throw badRequest("invalidValue", `${name} is given more than once, or is no text`);
}
