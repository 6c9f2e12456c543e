import {
  ConnectorError, type ConnectorAttribute, type ConnectorAttributes, type ConnectorObject,
  type ConnectorSkip, type ConnectorValue, type ObjectKind,
} from "../connector.js";
import type { ScimResources } from "./configuration.js";
import { namingOf, type FlatAttribute } from "./flat-attributes.js";
import { flatten, valueOf, WrongValue } from "./flatten.js";
import { isObject, member, textOf, type JsonObject } from "../http/json.js";
import { fromScim, comparable } from "./values.js";

/** What one kind of resource is at one server: where it is, and what its attributes mean. */
export interface ResourceKind {
  readonly kind: ObjectKind;
  readonly settings: ScimResources;
  /** Parts of the path to all of them. */
  readonly path: readonly string[];
  /** Ids of schemas: the core first. */
  readonly schemas: readonly string[];
  /** By name in lower case. */
  readonly flats: ReadonlyMap<string, FlatAttribute>;
  /** Attributes that have to be asked for, with all others; empty where everything comes. */
  readonly asked: readonly string[];
}

export function describe({ flats }: ResourceKind): readonly ConnectorAttribute[] {
  return [...flats.values()].map(({ described }) => described);
}

/** What to ask for so that every attribute comes. */
export function shownBy({ asked }: ResourceKind): Readonly<Record<string, string>> {
  return asked.length === 0 ? {} : { attributes: asked.join(",") };
}

/** Ids are texts, whatever the server writes: 7 and "7" are one. */
export function anchorOf(resource: JsonObject): string | undefined {
  const anchor = fromScim("string", textOf(member(resource, "id")));
  return typeof anchor === "string" ? anchor : undefined;
}

/** A resource as an object, or why not; `place` says where it stands, for one without an id. */
export function toObject(
  kind: ResourceKind, resource: JsonObject, place: string,
): ConnectorObject | ConnectorSkip {
  const anchor = anchorOf(resource);
  if (anchor === undefined) {
    return { object: place, code: "ANCHOR_MISSING", reason: "a resource without an id" };
  }
  const attributes = flatten(resource, kind.flats.values());
  const state = kind.kind === "user" ? member(resource, "active") : undefined;
  const enabled = state === undefined || state === null ? undefined : fromScim("boolean", state);
  const wrong = attributes instanceof WrongValue ? attributes.attribute
    : enabled === undefined && state !== undefined && state !== null ? "active" : undefined;
  if (wrong !== undefined) {
    const reason = `"${wrong}" is not of its type`;
    return { object: anchor, anchor, code: "VALUE_INVALID", reason };
  }
  const found = attributes as ConnectorAttributes;
  const name = found[namingOf[kind.kind]];
  return {
    kind: kind.kind, anchor, name: typeof name === "string" ? name : anchor, attributes: found,
    ...(typeof enabled === "boolean" ? { enabled } : {}),
  };
}

/** The object, for whoever has nobody to tell of a skip. Throws `VALUE_INVALID`. */
export function demandObject(kind: ResourceKind, resource: JsonObject): ConnectorObject {
  const object = toObject(kind, resource, "the answer");
  if (!("code" in object)) return object;
  throw new ConnectorError("skip", object.code, object.reason);
}

/** An attribute that can be written. Throws `VALUE_INVALID`. */
export function demandFlat(
  { flats }: ResourceKind, name: string, task: "create" | "update",
): FlatAttribute {
  const flat = flats.get(name.toLowerCase());
  const why = flat === undefined ? "is no attribute of this system"
    : flat.written === "never" ? "is never written"
      : flat.written === "created" && task === "update" ? "never changes" : undefined;
  if (flat !== undefined && why === undefined) return flat;
  throw new ConnectorError("skip", "VALUE_INVALID", `"${name}" ${why ?? ""}`);
}

/** Whether an attribute has these values, as a set; `loosely` where the schema ignores case. */
export function hasValue(
  resource: JsonObject, flat: FlatAttribute, value: ConnectorValue | null,
  loosely: boolean,
): boolean {
  const now = valueOf(resource, flat);
  if (now instanceof WrongValue) return false;
  const { type } = flat.part ?? flat.attribute;
  const as = flat.form === "whole" ? "string" : type;
  const ignoreCase = loosely && flat.described.caseIgnore === true;
  const keys = (each: ConnectorValue | null | undefined): readonly string[] => {
    const list = each === null || each === undefined ? [] : Array.isArray(each) ? each : [each];
    const texts = (list as readonly (string | number | boolean)[])
      .filter((item) => item !== "").map((item) => {
        const plain = fromScim(as, item);
        return plain === undefined ? `?${String(item)}` : comparable(as, plain, ignoreCase);
      });
    return [...new Set(texts)].sort();
  };
  return JSON.stringify(keys(now)) === JSON.stringify(keys(value));
}

/** Version of a resource: what a conditional write names (RFC 7644 §3.14). */
export function versionOf(resource: JsonObject): string | undefined {
  const meta = member(resource, "meta");
  return isObject(meta) ? textOf(member(meta, "version")) : undefined;
}
