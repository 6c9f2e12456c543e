import { isObject, type Json, type JsonObject } from "../json.js";
import type { ScimAttribute } from "../schema/attribute.js";
import type { AttributePath } from "../schema/path.js";
import { fold, type BoundFilter, type Literal } from "./filter.js";

/** Whether a resource in its canonical form fits. Pure, and the same as the filter in SQL. */
export function matches(filter: BoundFilter, resource: JsonObject): boolean {
  switch (filter.kind) {
    case "and": return filter.of.every((each) => matches(each, resource));
    case "or": return filter.of.some((each) => matches(each, resource));
    case "not": return !matches(filter.of, resource);
    case "present": return valuesAt(filter.path, resource).some((each) => !isEmpty(each));
    case "compare": {
      const { path, operator, value } = filter;
      const attribute = path.sub ?? path.attribute;
      return valuesAt(path, resource).some((each) => compare(attribute, each, operator, value));
    }
    case "values":
      return valuesAt(filter.path, resource).some((each) => matchesValue(filter.of, each));
  }
}

/** Whether one value of a list fits; a value without parts is its own `value`. */
export function matchesValue(filter: BoundFilter, value: Json): boolean {
  return matches(filter, isObject(value) ? value : partless(filter, value));
}

function partless(filter: BoundFilter, value: Json): JsonObject {
  return Object.fromEntries(namesIn(filter).map((name) => [name, value]));
}

function namesIn(filter: BoundFilter): readonly string[] {
  switch (filter.kind) {
    case "and":
    case "or": return filter.of.flatMap(namesIn);
    case "not": return namesIn(filter.of);
    default: return [filter.path.attribute.name];
  }
}

function valuesAt({ extension, attribute, sub }: AttributePath, resource: JsonObject): Json[] {
  const container = extension === null ? resource : resource[extension];
  if (!isObject(container)) return [];
  const found = listed((container as JsonObject)[attribute.name]);
  if (sub === null) return found;
  return found.flatMap((each) => (isObject(each) ? listed((each as JsonObject)[sub.name]) : []));
}

function listed(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? [...(value as readonly Json[])] : [value];
}

/** RFC 7644 §3.4.2.2: `pr` wants a value that is not empty. */
function isEmpty(value: Json): boolean {
  if (value === "") return true;
  return isObject(value) && Object.keys(value).length === 0;
}

function compare(
  attribute: ScimAttribute,
  held: Json,
  operator: string,
  wanted: Literal,
): boolean {
  if (typeof wanted === "string") {
    if (typeof held !== "string") return false;
    return compareText(comparedText(attribute, held), operator, wanted);
  }
  if (typeof held !== typeof wanted) return false;
  if (operator === "eq") return held === wanted;
  if (typeof held !== "number" || typeof wanted !== "number") return false;
  return isOrdered(operator, held - wanted);
}

function comparedText(attribute: ScimAttribute, held: string): string {
  if (attribute.type === "dateTime") return new Date(held).toISOString();
  return attribute.caseExact ? held : fold(held);
}

function compareText(held: string, operator: string, wanted: string): boolean {
  switch (operator) {
    case "eq": return held === wanted;
    case "co": return held.includes(wanted);
    case "sw": return held.startsWith(wanted);
    case "ew": return held.endsWith(wanted);
    default: return isOrdered(operator, Buffer.compare(Buffer.from(held), Buffer.from(wanted)));
  }
}

function isOrdered(operator: string, difference: number): boolean {
  if (operator === "gt") return difference > 0;
  if (operator === "ge") return difference >= 0;
  return operator === "lt" ? difference < 0 : difference <= 0;
}
