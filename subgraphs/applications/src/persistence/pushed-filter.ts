import type { AttributePath, BoundFilter, Literal, ScimResourceType } from "@joinery/scim";
import { nameKey } from "../domain/name-key.js";
import { kindOf, type PushedKind } from "../domain/pushed.js";
import type { Places } from "./places.js";
import { memberSources, objectSources, partSources, type Source } from "./pushed-sources.js";
import { isUuid } from "./uuid.js";

interface Scope {
  readonly kind: PushedKind;
  readonly places: Places;
  readonly find: (path: AttributePath) => Source;
}

/**
 * A filter as a condition over `pushed_object o`, true or false and never null. Names and values
 * are parameters; the text holds nothing that somebody sent. It means what `matches` of
 * `@joinery/scim` means.
 */
export function filterSql(type: ScimResourceType, filter: BoundFilter, places: Places): string {
  return condition({ kind: kindOf(type), places, find: objectSources(type, places) }, filter);
}

/** A filter over members, as a condition over `pushed_member m` and its object `x`. */
export function memberFilterSql(filter: BoundFilter, places: Places): string {
  return condition({ kind: "group", places, find: memberSources }, filter);
}

function condition(scope: Scope, filter: BoundFilter): string {
  switch (filter.kind) {
    case "and":
    case "or":
      if (filter.of.length === 0) return String(filter.kind === "and");
      return `(${filter.of.map((each) => condition(scope, each)).join(` ${filter.kind} `)})`;
    case "not":
      return `(not ${condition(scope, filter.of)})`;
    case "present":
      return over(scope.find(filter.path), isThere);
    case "compare":
      return comparison(scope, filter);
    case "values": {
      const source = scope.find(filter.path);
      if (source.kind !== "each") return "false";
      const { from, where, inner } = source;
      const find = inner.kind === "json" ? partSources(inner.value, scope.places) : memberSources;
      return `exists (select from ${from} where ${where}
        and ${condition({ ...scope, find }, filter.of)})`;
    }
  }
}

/**
 * Whether a filter asks for the few objects of one name or id. These are found by their index first
 * and put in order then: in the order of ids until the page is full, nearly all would be read.
 */
export function isForFew(kind: PushedKind, filter: BoundFilter | null): boolean {
  if (filter === null) return false;
  if (filter.kind === "and") return filter.of.some((each) => isForFew(kind, each));
  if (filter.kind !== "compare" || filter.operator !== "eq") return false;
  const { extension, attribute, sub } = filter.path;
  return extension === null && sub === null
    && (attribute.name === naming[kind] || byIndex.has(attribute.name));
}

const naming = { user: "userName", group: "displayName" } as const;
const byIndex = new Set(["id", "externalId"]);

function comparison(
  { kind, places, find }: Scope,
  { path, operator, value }: Extract<BoundFilter, { kind: "compare" }>,
): string {
  const compared = over(find(path), (source) => compare(source, operator, value, places));
  const { extension, attribute, sub } = path;
  const isName = extension === null && sub === null && operator === "eq"
    && attribute.name === naming[kind];
  // The index finds the few that may be it.
  return isName ? `(o.name_key = ${places.at(nameKey(String(value)))} and ${compared})` : compared;
}

function over(source: Source, test: (source: Source) => string): string {
  if (source.kind !== "each") return `(${source.value} is not null and ${test(source)})`;
  return `exists (select from ${source.from} where ${source.where}
    and ${over(source.inner, test)})`;
}

function isThere(source: Source): string {
  return source.kind === "json" ? `${valueOf(source)} not in ('""', '{}', '[]', 'null')` : "true";
}

function compare(source: Source, operator: string, value: Literal, places: Places): string {
  const held = valueOf(source);
  const sign = signs[operator] ?? "=";
  if (source.kind === "instant") return `${held} ${sign} ${places.at(value)}::timestamptz`;
  if (typeof value === "boolean") return `${held} = to_jsonb(${places.at(value)}::boolean)`;
  if (typeof value === "number") {
    return `(case when jsonb_typeof(${held}) = 'number'
      then ${held}::numeric ${sign} ${places.at(value)}::numeric else false end)`;
  }
  if (source.kind === "id" && operator === "eq") {
    return isUuid(value) ? `${held} = ${places.at(value)}::uuid` : "false";
  }
  const at = `${places.at(value)}::text`;
  if (source.kind !== "json") return compareText(`${held}::text`, operator, at);
  if (operator === "eq") return `${held} = to_jsonb(${at})`;
  return `(jsonb_typeof(${held}) = 'string'
    and ${compareText(`(${held} #>> '{}')`, operator, at)})`;
}

const signs: Readonly<Record<string, string>> = { eq: "=", gt: ">", ge: ">=", lt: "<", le: "<=" };

function compareText(text: string, operator: string, at: string): string {
  switch (operator) {
    case "co": return `position(${at} in ${text}) > 0`;
    case "sw": return `starts_with(${text}, ${at})`;
    case "ew": return `right(${text}, length(${at})) = ${at}`;
    default: return `${text} collate "C" ${signs[operator] ?? "="} ${at} collate "C"`;
  }
}

function valueOf(source: Source): string {
  return source.kind === "each" ? "null" : source.value;
}

/** The text by which an object is sorted: of a list the primary value, else the first. */
export function sortSql(type: ScimResourceType, path: AttributePath, places: Places): string {
  const source = objectSources(type, places)(path);
  if (source.kind !== "each") return textOf(source);
  const { from, where, inner } = source;
  if (inner.kind !== "json") return `(select min(${textOf(inner)}) from ${from} where ${where})`;
  return `(select ${textOf(inner)} from ${from} where ${where}
    order by (e.v -> 'primary' = 'true') desc nulls last, e.at limit 1)`;
}

function textOf(source: Source): string {
  const held = valueOf(source);
  if (source.kind === "json") return `(${held} #>> '{}')`;
  if (source.kind !== "instant") return `${held}::text`;
  return `to_char(${held} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
