import type { ScimAttribute } from "./attribute.js";

export interface ScimSchema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly ScimAttribute[];
}

/** RFC 7643 §6: a kind of resource, where it is served and what it is made of. */
export interface ScimResourceType {
  readonly name: string;
  readonly endpoint: string;
  readonly description: string;
  readonly schema: ScimSchema;
  readonly extensions: readonly { readonly schema: ScimSchema; readonly required: boolean }[];
}

/** An attribute by its name, whatever the case. Never what an object inherits. */
export function findAttribute(
  attributes: readonly ScimAttribute[] | undefined,
  name: string,
): ScimAttribute | undefined {
  const wanted = name.toLowerCase();
  return attributes?.find((each) => each.name.toLowerCase() === wanted);
}
