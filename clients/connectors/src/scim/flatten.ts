import type { ConnectorAttributes, ConnectorScalar, ConnectorValue } from "../connector.js";
import type { ElementChoice, FlatAttribute } from "./flat-attributes.js";
import { asArray, canonicalText, isObject, member, type JsonObject } from "../http/json.js";
import type { ScimAttribute } from "./schema.js";
import { fromScim } from "./values.js";

/** A value that is there and is not of its type: the attribute's name. */
export class WrongValue {
  readonly attribute: string;

  constructor(attribute: string) {
    this.attribute = attribute;
  }
}

/** All flat attributes of a resource that have a value. */
export function flatten(
  resource: JsonObject, flats: Iterable<FlatAttribute>,
): ConnectorAttributes | WrongValue {
  const found: [string, ConnectorValue][] = [];
  for (const flat of flats) {
    const value = valueOf(resource, flat);
    if (value instanceof WrongValue) return value;
    if (value !== undefined) found.push([flat.described.name, value]);
  }
  return Object.fromEntries(found);
}

/** The value of one flat attribute: undefined where there is none, or only an empty one. */
export function valueOf(
  resource: JsonObject, flat: FlatAttribute,
): ConnectorValue | WrongValue | undefined {
  const json = jsonOf(resource, flat);
  const { attribute, part, form, choice } = flat;
  if (json === undefined || json === null || json === "") return undefined;
  switch (form) {
    case "plain":
      return attribute.many ? listOf(asArray(json), flat, attribute) : one(json, flat, attribute);
    case "part":
      return one(partOf(json, part?.name ?? ""), flat, part ?? attribute);
    case "values": {
      const values = asArray(json).map((each) => partOf(each, "value"));
      return listOf(values, flat, part ?? attribute);
    }
    case "whole":
      return wholeOf(asArray(json), flat);
    case "element": {
      const element = choice === undefined ? undefined : chosen(asArray(json), choice);
      return one(partOf(element, part?.name ?? ""), flat, part ?? attribute);
    }
  }
}

/** The JSON at the place of a flat attribute's attribute. */
export function jsonOf(resource: JsonObject, { extension, attribute }: FlatAttribute): unknown {
  if (extension === undefined) return member(resource, attribute.name);
  const container = member(resource, extension);
  return isObject(container) ? member(container, attribute.name) : undefined;
}

/**
 * The element that is meant: the primary one of several, else the first. All are in the list, so
 * none is lost for that.
 */
export function chosen(
  elements: readonly unknown[], choice: ElementChoice,
): JsonObject | undefined {
  const found = elements.filter((each) => isObject(each)).filter((each) => {
    if (choice.by === "primary") return isTrue(member(each, "primary"));
    const type = member(each, "type");
    return typeof type === "string" && type.toLowerCase() === String(choice.word).toLowerCase();
  });
  return found.find((each) => isTrue(member(each, "primary"))) ?? found[0];
}

function isTrue(json: unknown): boolean {
  return json === true || (typeof json === "string" && json.toLowerCase() === "true");
}

/** Servers write `{"manager": "id"}` for `{"manager": {"value": "id"}}`, and so in lists. */
function partOf(json: unknown, name: string): unknown {
  if (isObject(json)) return member(json, name);
  return name === "value" && typeof json !== "object" ? json : undefined;
}

function one(
  json: unknown, flat: FlatAttribute, holder: ScimAttribute,
): ConnectorScalar | WrongValue | undefined {
  if (json === undefined || json === null || json === "") return undefined;
  return fromScim(holder.type, json) ?? new WrongValue(flat.described.name);
}

function listOf(
  list: readonly unknown[], flat: FlatAttribute, holder: ScimAttribute,
): readonly ConnectorScalar[] | WrongValue | undefined {
  const values = new Set<ConnectorScalar>();
  for (const json of list) {
    const bare = isObject(json) ? member(json, "value") : json;
    const value = one(bare, flat, holder);
    if (value instanceof WrongValue) return value;
    if (value !== undefined) values.add(value);
  }
  return values.size === 0 ? undefined : [...values];
}

function wholeOf(
  list: readonly unknown[], flat: FlatAttribute,
): readonly string[] | WrongValue | undefined {
  const texts = new Set<string>();
  for (const json of list) {
    const text = fromScim("string", canonicalText(json));
    if (typeof text !== "string") return new WrongValue(flat.described.name);
    if (text !== "{}") texts.add(text);
  }
  return texts.size === 0 ? undefined : [...texts];
}
