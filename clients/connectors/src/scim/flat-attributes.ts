import type { ConnectorAttribute, ObjectKind } from "../connector.js";
import type { ScimResources } from "./configuration.js";
import type { ScimAttribute, ScimSchema } from "./schema.js";
import { connectorTypeOf } from "./values.js";

/** Which element of a list is meant. */
export interface ElementChoice {
  readonly by: "type" | "primary";
  readonly word: string | true;
}

/**
 * Where the value of a flat attribute stands in a resource, and in which form.
 *
 * | form    | name                                | value                                     |
 * | ------- | ----------------------------------- | ----------------------------------------- |
 * | plain   | `title`                             | of the attribute; a list where it is many |
 * | part    | `name.givenName`                    | of the part of a complex attribute        |
 * | values  | `emails`                            | list of the `value` of all elements       |
 * | whole   | `addresses`                         | list of all elements, each as JSON        |
 * | element | `emails[type eq "work"].value`      | of one part of one element                |
 *
 * Before the name stands the extension and a colon, where it belongs to one.
 */
export interface FlatAttribute {
  readonly described: ConnectorAttribute;
  readonly form: "plain" | "part" | "values" | "whole" | "element";
  /** Id of the extension; undefined in the core. */
  readonly extension: string | undefined;
  readonly attribute: ScimAttribute;
  /** The part that holds the value; undefined where the attribute itself does. */
  readonly part: ScimAttribute | undefined;
  readonly choice: ElementChoice | undefined;
  /** Whether it can be written at all, and once it is there. */
  readonly written: "never" | "created" | "always";
}

export interface FlatTraits {
  readonly kind: ObjectKind;
  readonly settings: ScimResources;
  /** Whether the case of a user's name counts, where it is known better than the schema. */
  readonly nameCase: "ignore" | "exact" | undefined;
}

/** Attributes that are the state, the secret, the members or the server's own. */
const apart: Record<ObjectKind, ReadonlySet<string>> = {
  user: new Set(["id", "meta", "schemas", "active", "password", "groups"]),
  group: new Set(["id", "meta", "schemas", "members"]),
};

export const namingOf: Record<ObjectKind, string> = { user: "userName", group: "displayName" };

/** All flat attributes of a kind, by name in lower case. */
export function flatAttributes(
  traits: FlatTraits, core: ScimSchema, extensions: readonly ScimSchema[],
): ReadonlyMap<string, FlatAttribute> {
  const found = new Map<string, FlatAttribute>();
  for (const schema of [core, ...extensions]) {
    const extension = schema === core ? undefined : schema.id;
    for (const attribute of schema.attributes) {
      if (extension === undefined && apart[traits.kind].has(attribute.name)) continue;
      for (const flat of formsOf(traits, extension, attribute)) {
        found.set(flat.described.name.toLowerCase(), flat);
      }
    }
  }
  return found;
}

function* formsOf(
  traits: FlatTraits, extension: string | undefined, attribute: ScimAttribute,
): Generator<FlatAttribute> {
  const base = { extension, attribute, part: undefined, choice: undefined };
  const at = `${extension === undefined ? "" : `${extension}:`}${attribute.name}`;
  if (attribute.type !== "complex") {
    yield flat(traits, { ...base, form: "plain" }, at);
    return;
  }
  if (!attribute.many) {
    for (const part of attribute.parts) {
      yield flat(traits, { ...base, form: "part", part }, `${at}.${part.name}`);
    }
    return;
  }
  const value = attribute.parts.find(({ name }) => name === "value");
  const isWhole = traits.settings.whole.includes(attribute.name) || value === undefined;
  if (isWhole) yield flat(traits, { ...base, form: "whole" }, at);
  else yield flat(traits, { ...base, form: "values", part: value }, at);
  for (const choice of choicesOf(traits, attribute)) {
    const chosen = choice.by === "type"
      ? `type eq ${JSON.stringify(choice.word)}` : "primary eq true";
    for (const part of attribute.parts) {
      if (part.name === "type" || part.name === "primary" || part.name === "$ref") continue;
      const name = `${at}[${chosen}].${part.name}`;
      yield flat(traits, { ...base, form: "element", part, choice }, name);
    }
  }
}

function choicesOf({ settings }: FlatTraits, attribute: ScimAttribute): ElementChoice[] {
  const type = attribute.parts.find(({ name }) => name === "type");
  const own = Object.hasOwn(settings.types, attribute.name)
    ? settings.types[attribute.name] ?? [] : [];
  const words = type === undefined ? [] : new Set([...type.words, ...own]);
  const choices: ElementChoice[] = [...words].map((word) => ({ by: "type", word }));
  const hasPrimary = attribute.parts.some(({ name }) => name === "primary");
  return hasPrimary ? [...choices, { by: "primary", word: true }] : choices;
}

function flat(
  traits: FlatTraits, place: Omit<FlatAttribute, "described" | "written">, name: string,
): FlatAttribute {
  const { attribute, part, form, extension } = place;
  const holder = part ?? attribute;
  const isNaming = extension === undefined && name === namingOf[traits.kind];
  const written = writtenOf(attribute, part);
  const ignoresCase = isNaming && traits.kind === "user" && traits.nameCase !== undefined
    ? traits.nameCase === "ignore" : !holder.caseExact;
  const isText = form !== "whole" && holder.type === "string";
  const many = form === "values" || form === "whole" || (form === "plain" && attribute.many);
  const described: ConnectorAttribute = {
    name,
    // RFC 7643 §4.3: the manager is somebody of the same system, by id.
    type: form === "part" && attribute.name === "manager" && holder.name === "value"
      ? "reference" : form === "whole" ? "string" : connectorTypeOf(holder.type),
    ...(many ? { many } : {}),
    ...(isText && ignoresCase ? { caseIgnore: true } : {}),
    ...(form === "plain" && attribute.required && written !== "never" ? { required: true } : {}),
    ...(written === "never" ? { readOnly: true } : {}),
    ...(isNaming ? { naming: true } : {}),
  };
  return { ...place, described, written };
}

function writtenOf(
  attribute: ScimAttribute, part: ScimAttribute | undefined,
): FlatAttribute["written"] {
  const mutabilities = [attribute.mutability, part?.mutability];
  if (mutabilities.includes("readOnly")) return "never";
  return mutabilities.includes("immutable") && !attribute.many ? "created" : "always";
}

/** Path of the attribute as PATCH and filters name it (RFC 7644 §3.10). */
export function pathOf({ extension, attribute }: FlatAttribute): string {
  return extension === undefined ? attribute.name : `${extension}:${attribute.name}`;
}
