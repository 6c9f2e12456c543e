import { badRequest, type ScimType } from "../scim-error.js";
import type { ScimAttribute } from "../schema/attribute.js";
import { findPath, resolveAttribute, type AttributePath } from "../schema/path.js";
import { findAttribute, type ScimResourceType } from "../schema/schema.js";
import {
  fitsNothing, fold, type BoundFilter, type CompareOperator, type Filter, type Literal,
} from "./filter.js";

/** How names are looked up: in a kind of resource, or among the parts of one attribute. */
interface Scope {
  /** Null for what this kind of resource does not have, and others may. */
  readonly find: (name: string) => AttributePath | null;
  readonly refusal: ScimType;
}

/** Throws invalidFilter for what is no attribute, or cannot be compared like that. */
export function bindFilter(type: ScimResourceType, filter: Filter): BoundFilter {
  return bind({
    find: (name) => resolveAttribute(type, name, "invalidFilter"),
    refusal: "invalidFilter",
  }, filter);
}

/**
 * Same, over several kinds at once: what a kind does not have, has no value there (RFC 7644
 * §3.4.2.1). Throws invalidFilter for what none of them has.
 */
export function bindFilterOver(
  types: readonly ScimResourceType[],
  filter: Filter,
): readonly BoundFilter[] {
  const [only] = types;
  if (types.length === 1 && only !== undefined) return [bindFilter(only, filter)];
  const asked = new Set<string>();
  const known = new Set<string>();
  const bound = types.map((type) => bind({
    find: (name) => {
      asked.add(name);
      const path = findPath(type, name);
      if (path === undefined || path.attribute === null) return null;
      known.add(name);
      return path;
    },
    refusal: "invalidFilter",
  }, filter));
  if (known.size === asked.size) return bound;
  throw badRequest("invalidFilter", "the filter names an attribute that nothing here has");
}

/** A filter over the values of one attribute. Throws `refusal`. */
export function bindValueFilter(
  parent: ScimAttribute,
  filter: Filter,
  refusal: ScimType,
): BoundFilter {
  return bind({ find: (name) => partOf(parent, name, refusal), refusal }, filter);
}

/** Attributes without parts have one that is called `value` (RFC 7644 §3.5.2). */
function partOf(parent: ScimAttribute, name: string, refusal: ScimType): AttributePath {
  const attribute = parent.subAttributes === undefined && name.toLowerCase() === "value"
    ? { ...parent, multiValued: false }
    : findAttribute(parent.subAttributes, name);
  if (attribute) return { extension: null, attribute, sub: null };
  throw badRequest(refusal, `the filter names no part of ${parent.name}`);
}

function bind(scope: Scope, filter: Filter): BoundFilter {
  switch (filter.kind) {
    case "and":
    case "or":
      return { kind: filter.kind, of: filter.of.map((each) => bind(scope, each)) };
    case "not":
      return { kind: "not", of: bind(scope, filter.of) };
    case "present": {
      const path = scope.find(filter.path);
      return path === null ? fitsNothing : { kind: "present", path };
    }
    case "compare": {
      const path = scope.find(filter.path);
      if (path !== null) return bindComparison(scope, path, filter.operator, filter.value);
      const isMet = filter.operator === (filter.value === null ? "eq" : "ne");
      return isMet ? { kind: "not", of: fitsNothing } : fitsNothing;
    }
    case "values": {
      const path = scope.find(filter.path);
      if (path === null) return fitsNothing;
      const { attribute, sub } = path;
      if (sub !== null || !attribute.multiValued) {
        throw badRequest(scope.refusal, "only the values of a list are filtered");
      }
      return { kind: "values", path, of: bindValueFilter(attribute, filter.of, scope.refusal) };
    }
  }
}

function bindComparison(
  { refusal }: Scope,
  named: AttributePath,
  operator: CompareOperator,
  value: Literal | null,
): BoundFilter {
  if (value === null) {
    const present: BoundFilter = { kind: "present", path: named };
    if (operator === "ne") return present;
    if (operator === "eq") return { kind: "not", of: present };
    throw badRequest(refusal, "null is compared by eq and ne only");
  }
  const path = comparable(named, refusal);
  const attribute = path.sub ?? path.attribute;
  if (!operatorsOf(attribute).includes(operator)) {
    throw badRequest(refusal, `${attribute.name} is not compared by ${operator}`);
  }
  const literal = literalOf(attribute, value, refusal);
  if (operator !== "ne") return { kind: "compare", path, operator, value: literal };
  return { kind: "not", of: { kind: "compare", path, operator: "eq", value: literal } };
}

/** RFC 7644 §3.4.2.2: a complex attribute stands for its `value`. */
function comparable(path: AttributePath, refusal: ScimType): AttributePath {
  if (path.sub !== null || path.attribute.type !== "complex") return path;
  const sub = findAttribute(path.attribute.subAttributes, "value");
  if (sub) return { ...path, sub };
  throw badRequest(refusal, `${path.attribute.name} has no value of its own`);
}

/** RFC 7644 §3.4.2.2: order of booleans and binaries means nothing, nor do parts of numbers. */
function operatorsOf({ type }: ScimAttribute): readonly CompareOperator[] {
  switch (type) {
    case "boolean": return ["eq", "ne"];
    case "binary": return ["eq", "ne", "co", "sw", "ew"];
    case "integer":
    case "decimal":
    case "dateTime": return ["eq", "ne", "gt", "ge", "lt", "le"];
    default: return ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
  }
}

function literalOf(attribute: ScimAttribute, value: Literal, refusal: ScimType): Literal {
  const { type, caseExact, name } = attribute;
  if (type === "boolean") {
    const word = typeof value === "string" ? value.toLowerCase() : value;
    if (word === true || word === "true") return true;
    if (word === false || word === "false") return false;
  } else if (type === "integer" || type === "decimal") {
    if (typeof value === "number") return value;
  } else if (typeof value === "string" && value.isWellFormed() && !value.includes("\0")) {
    if (type !== "dateTime") return caseExact ? value : fold(value);
    const instant = new Date(value);
    if (isInstant(value) && !Number.isNaN(instant.getTime())) return instant.toISOString();
  }
  throw badRequest(refusal, `the value does not fit the type of ${name}`);
}

/** xsd:dateTime with a time zone, as RFC 7643 §2.3.5 asks for; without one it is taken as UTC. */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
}
