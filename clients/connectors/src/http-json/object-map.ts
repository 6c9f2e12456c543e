import type {
  ConnectorAttribute, ConnectorObject, ConnectorScalar, ConnectorSkip, ConnectorValue, ObjectKind,
} from "../connector.js";
import { ConnectorError } from "../connector.js";
import { asArray, canonicalText, textOf } from "../http/json.js";
import type { AttributeSettings, KindSettings } from "./configuration.js";
import { says } from "./json-client.js";
import { comparable, fromJson } from "./json-values.js";
import type { ListSettings } from "./list-settings.js";
import { toPlace, valueAt, type Place } from "./places.js";

/** One attribute and where it stands. */
export interface MappedAttribute {
  readonly name: string;
  readonly settings: AttributeSettings;
  readonly place: Place;
  readonly each: Place;
}

/** People or groups, and how they stand in the system's JSON. */
export interface ObjectMap {
  readonly kind: ObjectKind;
  readonly settings: KindSettings;
  readonly anchor: Place;
  readonly attributes: ReadonlyMap<string, MappedAttribute>;
}

export function toMap(kind: ObjectKind, settings: KindSettings): ObjectMap {
  const attributes = Object.entries(settings.attributes).map(([name, each]) => [name, {
    name, settings: each, place: toPlace(each.path), each: toPlace(each.each ?? ""),
  }] as const);
  return { kind, settings, anchor: toPlace(settings.anchor), attributes: new Map(attributes) };
}

export function describe({ settings }: ObjectMap): readonly ConnectorAttribute[] {
  return Object.entries(settings.attributes).map(([name, each]) => ({
    name, type: each.type,
    ...(each.many ? { many: true } : {}), ...(each.ordered ? { ordered: true } : {}),
    ...(each.caseIgnore ? { caseIgnore: true } : {}), ...(each.required ? { required: true } : {}),
    ...(each.readOnly ? { readOnly: true } : {}),
    ...(name === settings.name ? { naming: true } : {}),
  }));
}

/** Who an item is; undefined where it does not say. */
export function anchorOf(anchor: Place, item: unknown): string | undefined {
  const text = textOf(valueAt(item, anchor));
  return text === undefined || text.includes("\0") || !text.isWellFormed() ? undefined : text;
}

/** What an item is known by; what has no anchor by all that it is. */
export function keyBy(anchor: Place): (item: unknown) => string {
  return (item) => anchorOf(anchor, item) ?? canonicalText(item);
}

/** What an item of a list is for us. */
export function standingOf(
  { tombstone, only }: ListSettings, item: unknown,
): "here" | "deleted" | "outOfScope" {
  const at = (path: string) => valueAt(item, toPlace(path));
  if (tombstone !== undefined && says(at(tombstone.path), tombstone.values)) return "deleted";
  return only.every(({ path, values }) => says(at(path), values)) ? "here" : "outOfScope";
}

/** The object as we know it, or why it cannot be used; `place` is for people. */
export function toObject(
  map: ObjectMap, item: unknown, place: string,
): ConnectorObject | ConnectorSkip {
  const { settings, kind } = map;
  const anchor = anchorOf(map.anchor, item);
  if (anchor === undefined) {
    return { object: place, code: "ANCHOR_MISSING", reason: `it has no ${settings.anchor}` };
  }
  const skip = (reason: string): ConnectorSkip =>
    ({ object: anchor, anchor, code: "VALUE_INVALID", reason });
  const attributes: Record<string, ConnectorValue> = {};
  for (const attribute of map.attributes.values()) {
    const value = readValue(attribute, item);
    if (value === undefined) return skip(`"${attribute.name}" is no ${attribute.settings.type}`);
    if (value !== null) attributes[attribute.name] = value;
    else if (attribute.settings.required) return skip(`it has no ${attribute.name}`);
  }
  const name = attributes[settings.name];
  if (name === undefined || name === "") return skip(`it has no ${settings.name}`);
  const enabled = stateOf(map, item);
  if (enabled === null) return skip("its state is none of those that the settings name");
  return {
    kind, anchor, name: String(name), attributes, ...(enabled === undefined ? {} : { enabled }),
  };
}

/** The same; throws what speaks against it. */
export function demandObject(map: ObjectMap, item: unknown): ConnectorObject {
  const read = toObject(map, item, map.kind);
  if (!("code" in read)) return read;
  throw new ConnectorError("skip", read.code, read.reason);
}

/** Undefined where the system has no states, null for one that the settings do not know. */
export function stateOf({ settings }: ObjectMap, item: unknown): boolean | undefined | null {
  if (settings.enabled === undefined) return undefined;
  const found = valueAt(item, toPlace(settings.enabled.path));
  if (says(found, settings.enabled.true)) return true;
  return says(found, settings.enabled.false) ? false : null;
}

/** Null for no value, undefined for what is not of the attribute's type. */
export function readValue(
  { settings, place, each }: MappedAttribute, item: unknown,
): ConnectorValue | null | undefined {
  const json = valueAt(item, place);
  if (json === undefined || json === null) return null;
  if (!settings.many) return fromJson(settings.type, json);
  const read = asArray(json).map((element) => valueAt(element, each))
    .filter((element) => element !== undefined && element !== null)
    .map((element) => fromJson(settings.type, element));
  const values = read.filter((element) => element !== undefined);
  if (values.length !== read.length) return undefined;
  return values.length === 0 ? null : values;
}

/** Whether two values are the same, as the attribute compares them. */
export function isSame(
  { settings }: MappedAttribute, left: ConnectorValue | null, right: ConnectorValue | null,
): boolean {
  return textsOf(settings, left) === textsOf(settings, right);
}

function textsOf(
  { type, caseIgnore, ordered }: AttributeSettings, value: ConnectorValue | null,
): string {
  const values = asArray(value) as readonly ConnectorScalar[];
  const texts = values.map((each) => comparable(type, each, caseIgnore));
  return JSON.stringify(ordered ? texts : [...new Set(texts)].sort());
}
