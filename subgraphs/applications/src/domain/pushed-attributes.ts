import type {
  ConnectorAttribute, ConnectorAttributeType, ConnectorAttributes, ConnectorObject,
  ConnectorScalar, ConnectorSchema,
} from "@joinery/connectors";
import {
  canonicalJson, isObject, type JsonObject, type ScimAttribute, type ScimResourceType,
} from "@joinery/scim";
import type { PushedTypes } from "./pushed-types.js";
import { nameOf, type PushedKind, type PushedObject } from "./pushed.js";

/** How one attribute of an account is read from a resource. */
interface Column extends ConnectorAttribute {
  readonly of: (resource: JsonObject) => ConnectorScalar | readonly ConnectorScalar[] | undefined;
}

/** Parts that say what a value of a list is for. */
const labels = new Set(["display", "type", "primary"]);

type Columns = Readonly<Record<PushedKind, readonly Column[]>>;

/** By the kinds of an application, which are few objects. */
const known = new WeakMap<PushedTypes, Columns>();

/** Attributes that mappers see, and where they come from. */
function columnsFor(types: PushedTypes): Columns {
  const held = known.get(types);
  if (held !== undefined) return held;
  const made: Columns = { user: columnsOfKind(types.user), group: columnsOfKind(types.group) };
  known.set(types, made);
  return made;
}

function columnsOfKind({ schema, extensions }: ScimResourceType): readonly Column[] {
  const own = schema.attributes.filter(({ name, mutability }) =>
    name !== "active" && name !== "members" && mutability !== "readOnly");
  return [
    simple("externalId", "string", (resource) => resource["externalId"]),
    ...own.flatMap((each) => columnsOf(each)),
    ...extensions.flatMap(({ schema: { id, attributes } }) =>
      attributes.flatMap((each) => columnsOf(each, id))),
  ];
}

export function pushedSchema(types: PushedTypes): ConnectorSchema {
  const { user, group } = columnsFor(types);
  return { user: user.map(withoutReader), group: group.map(withoutReader) };
}

/** The account that a pushed object is. `active` is its state, not an attribute. */
export function toConnectorObject(
  types: PushedTypes,
  { id, kind, resource }: PushedObject,
): ConnectorObject {
  const attributes: Record<string, ConnectorAttributes[string]> = {};
  for (const column of columnsFor(types)[kind]) {
    const value = column.of(resource);
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      attributes[column.name] = value;
    }
  }
  const { active } = resource;
  return {
    kind, anchor: id, name: nameOf(kind, resource), attributes,
    ...(kind === "user" ? { enabled: active !== false } : {}),
  };
}

function withoutReader(column: Column): ConnectorAttribute {
  const { of: _reader, ...attribute } = column;
  return attribute;
}

/**
 * Names are the paths of RFC 7644 §3.10, as the connector for SCIM has them (docs/decisions/0018):
 * `title`, `name.givenName`, `emails` with all values, `emails[type eq "work"].value` with one, and
 * the URN of its extension before the name of an attribute.
 */
function columnsOf(attribute: ScimAttribute, extension?: string): Column[] {
  const { subAttributes, multiValued } = attribute;
  const name = extension === undefined ? attribute.name : `${extension}:${attribute.name}`;
  const held = (resource: JsonObject) =>
    (extension === undefined ? resource : partsOf(resource[extension]))[attribute.name];
  if (subAttributes === undefined && multiValued) return [simpleList(name, attribute, held)];
  if (subAttributes === undefined) {
    const isName = attribute.required;
    return [{
      ...simple(name, typeOf(attribute), held),
      ...(attribute.caseExact ? {} : { caseIgnore: true }),
      ...(isName ? { naming: true, required: true } : {}),
    }];
  }
  if (multiValued) return listColumns(attribute, held);
  // RFC 7643 §4.3: the manager is somebody of the same system, by id.
  const isPerson = attribute.name === "manager";
  return subAttributes.filter((each) => isValue(each)).map((part) =>
    simple(
      `${name}.${part.name}`, isPerson && part.name === "value" ? "reference" : typeOf(part),
      (resource) => partsOf(held(resource))[part.name]));
}

/** Values without parts: every one, each once. */
function simpleList(
  name: string,
  attribute: ScimAttribute,
  held: (resource: JsonObject) => unknown,
): Column {
  return {
    name, type: typeOf(attribute), many: true,
    of: (resource) => {
      const list = held(resource);
      return Array.isArray(list) ? [...new Set(list.flatMap((each) => scalarOf(each) ?? []))] : [];
    },
  };
}

function isValue({ name, mutability }: ScimAttribute): boolean {
  return mutability !== "readOnly" && name !== "$ref";
}

function listColumns(
  attribute: ScimAttribute,
  held: (resource: JsonObject) => unknown,
): Column[] {
  const { name, subAttributes = [] } = attribute;
  const items = (resource: JsonObject): readonly JsonObject[] => {
    const list = held(resource);
    return Array.isArray(list) ? list.map(partsOf) : [];
  };
  const types = subAttributes.find((each) => each.name === "type")?.canonicalValues ?? [];
  const parts = subAttributes.filter((each) => isValue(each) && !labels.has(each.name));
  const choices = [
    ...types.map((type) => ({
      text: `type eq ${JSON.stringify(type)}`,
      fits: (each: JsonObject) => textOf(each["type"]).toLowerCase() === type,
    })),
    { text: "primary eq true", fits: (each: JsonObject) => each["primary"] === true },
  ];
  const elements = choices.flatMap(({ text, fits }) => parts.map((part) =>
    simple(`${name}[${text}].${part.name}`, typeOf(part), (resource) => {
      const fitting = items(resource).filter(fits);
      const chosen = fitting.find((each) => each["primary"] === true) ?? fitting[0];
      return chosen?.[part.name];
    })));
  return [listOf(attribute, parts, items), ...elements];
}

/** Every value; where values have parts only, each as JSON. */
function listOf(
  { name }: ScimAttribute,
  parts: readonly ScimAttribute[],
  items: (resource: JsonObject) => readonly JsonObject[],
): Column {
  const value = parts.find((each) => each.name === "value");
  const read = (each: JsonObject) =>
    (value === undefined ? canonicalJson(each) : scalarOf(each["value"]));
  return {
    name, type: value === undefined ? "string" : typeOf(value), many: true,
    of: (resource) => [...new Set(items(resource).flatMap((each) => read(each) ?? []))],
  };
}

function simple(
  name: string,
  type: ConnectorAttributeType,
  read: (resource: JsonObject) => unknown,
): Column {
  return { name, type, of: (resource) => scalarOf(read(resource)) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function partsOf(value: unknown): JsonObject {
  return isObject(value) ? (value as JsonObject) : {};
}

/** Empty text is no value: SCIM clients clear with it. */
function scalarOf(value: unknown): ConnectorScalar | undefined {
  if (value === "") return undefined;
  const isScalar = typeof value === "string" || typeof value === "number"
    || typeof value === "boolean";
  return isScalar ? value : undefined;
}

function typeOf({ type }: ScimAttribute): ConnectorAttributeType {
  switch (type) {
    case "boolean": return "boolean";
    case "integer": return "integer";
    case "decimal": return "decimal";
    case "dateTime": return "instant";
    case "binary": return "binary";
    default: return "string";
  }
}
