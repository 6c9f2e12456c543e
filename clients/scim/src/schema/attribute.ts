/** What RFC 7643 §7 says of an attribute. */
export interface ScimAttribute {
  readonly name: string;
  readonly type: ScimAttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  readonly returned: "always" | "never" | "default" | "request";
  readonly uniqueness: "none" | "server" | "global";
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly ScimAttribute[];
}

export type ScimAttributeType =
  "string" | "boolean" | "decimal" | "integer" | "dateTime" | "reference" | "binary" | "complex";

type Details = Partial<Omit<ScimAttribute, "name" | "type" | "description" | "subAttributes">>;

/** An attribute with the defaults of RFC 7643 §2.2, but for what is said. */
export function attribute(
  name: string,
  type: Exclude<ScimAttributeType, "complex">,
  description: string,
  details: Details = {},
): ScimAttribute {
  return { ...defaults, caseExact: caseMatters.has(type), name, type, description, ...details };
}

export function complex(
  name: string,
  description: string,
  subAttributes: readonly ScimAttribute[],
  details: Details = {},
): ScimAttribute {
  return { ...defaults, name, type: "complex", description, ...details, subAttributes };
}

/** RFC 7643 §2.3.6, §2.3.7: binary and references are compared as they are written. */
const caseMatters = new Set<ScimAttributeType>(["binary", "reference"]);

const defaults = {
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: "readWrite",
  returned: "default",
  uniqueness: "none",
} as const;

/** The usual list of RFC 7643 §2.4: values with a type, a label and one of them primary. */
export function typedValues(
  name: string,
  description: string,
  types: readonly string[],
  value: ScimAttribute = attribute("value", "string", "The value itself."),
): ScimAttribute {
  return complex(name, description, [value, ...labels(types)], { multiValued: true });
}

export function labels(types: readonly string[]): readonly ScimAttribute[] {
  return [
    attribute("display", "string", "A name of the value for people."),
    attribute("type", "string", "What the value is for.",
      types.length === 0 ? {} : { canonicalValues: types }),
    attribute("primary", "boolean", "Whether it is the preferred one; true for one at most."),
  ];
}
