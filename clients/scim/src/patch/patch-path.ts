import { bindValueFilter } from "../filter/bind-filter.js";
import type { BoundFilter } from "../filter/filter.js";
import { FilterParser } from "../filter/parse-filter.js";
import { tokensOf } from "../filter/tokens.js";
import { badRequest } from "../scim-error.js";
import { resolvePath, type AttributePath, type ExtensionPath } from "../schema/path.js";
import { findAttribute, type ScimResourceType } from "../schema/schema.js";

/** Where a PATCH works: an attribute, a part of it, or some values of a list. */
export type PatchTarget =
  | (AttributePath & { readonly filter: BoundFilter | null })
  | (ExtensionPath & { readonly filter: null });

/**
 * Reads `attrPath`, `attrPath[filter]` and `attrPath[filter].part` (RFC 7644 §3.5.2). Throws
 * invalidPath for a path that is not understood or names nothing, invalidFilter for its filter.
 */
export function parsePatchPath(type: ScimResourceType, source: string): PatchTarget {
  const parser = new FilterParser(tokensOf(source, "invalidPath"), "invalidPath");
  const named = resolvePath(type, parser.path(), "invalidPath");
  if (!parser.takeMark("[")) {
    parser.end();
    return { ...named, filter: null };
  }
  if (named.attribute === null || named.sub !== null || !named.attribute.multiValued) {
    throw badRequest("invalidPath", "only the values of a list are filtered");
  }
  const filter = bindValueFilter(named.attribute, parser.expression(0), "invalidFilter");
  if (!parser.takeMark("]")) throw parser.unexpected(undefined);
  const part = parser.takePart();
  parser.end();
  if (part === undefined) return { ...named, filter };
  const sub = findAttribute(named.attribute.subAttributes, part);
  if (sub === undefined) {
    throw badRequest("invalidPath", `the path names no part of ${named.attribute.name}`);
  }
  return { ...named, sub, filter };
}
