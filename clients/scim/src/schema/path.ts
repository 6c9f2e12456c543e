import { badRequest, type ScimType } from "../scim-error.js";
import type { ScimAttribute } from "./attribute.js";
import { commonAttributes } from "./common-attributes.js";
import { findAttribute, type ScimResourceType, type ScimSchema } from "./schema.js";

/** An attribute of a resource, or one of its parts (RFC 7644 §3.10). */
export interface AttributePath {
  /** URN of the extension that it belongs to; null for the resource's own. */
  readonly extension: string | null;
  readonly attribute: ScimAttribute;
  readonly sub: ScimAttribute | null;
}

/** All of one extension. */
export interface ExtensionPath {
  readonly extension: string;
  readonly attribute: null;
  readonly sub: null;
}

/** Throws `refusal` for whatever is no attribute of the kind of resource. */
export function resolvePath(
  type: ScimResourceType,
  text: string,
  refusal: ScimType,
): AttributePath | ExtensionPath {
  const found = findPath(type, text);
  if (found) return found;
  throw badRequest(refusal, `the path names no attribute of ${type.name}`);
}

/** Same, for one attribute: an extension alone is refused. */
export function resolveAttribute(
  type: ScimResourceType,
  text: string,
  refusal: ScimType,
): AttributePath {
  const found = resolvePath(type, text, refusal);
  if (found.attribute !== null) return found;
  throw badRequest(refusal, "the path names a whole schema, not an attribute");
}

export function findPath(
  type: ScimResourceType,
  text: string,
): AttributePath | ExtensionPath | undefined {
  const { schema, rest } = withoutUrn(type, text);
  if (schema === undefined) return undefined;
  const extension = schema === type.schema ? null : schema.id;
  if (rest === "") {
    return extension === null ? undefined : { extension, attribute: null, sub: null };
  }
  const [name = "", part, ...more] = rest.split(".");
  if (more.length > 0) return undefined;
  const attribute = findAttribute(schema.attributes, name)
    ?? (extension === null ? findAttribute(commonAttributes, name) : undefined);
  if (attribute === undefined) return undefined;
  if (part === undefined) return { extension, attribute, sub: null };
  const sub = findAttribute(attribute.subAttributes, part);
  return sub === undefined ? undefined : { extension, attribute, sub };
}

/** The schema that a path begins with, and what follows its URN. */
function withoutUrn(
  type: ScimResourceType,
  text: string,
): { readonly schema: ScimSchema | undefined; readonly rest: string } {
  if (!/^urn:/i.test(text)) return { schema: type.schema, rest: text };
  const lower = text.toLowerCase();
  for (const schema of [type.schema, ...type.extensions.map((each) => each.schema)]) {
    const id = schema.id.toLowerCase();
    if (lower === id) return { schema, rest: "" };
    if (lower.startsWith(`${id}:`)) return { schema, rest: text.slice(id.length + 1) };
  }
  return { schema: undefined, rest: "" };
}
