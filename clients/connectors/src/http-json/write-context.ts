import { ConnectorError, type ObjectKind } from "../connector.js";
import type { WritesSettings } from "./configuration.js";
import type { JsonSystem } from "./json-system.js";
import { standingOf, type MappedAttribute, type ObjectMap } from "./object-map.js";
import { toPlace, valueAt } from "./places.js";

/** What a write needs to know of where it goes. */
export interface Target {
  readonly system: JsonSystem;
  readonly map: ObjectMap;
  readonly ways: WritesSettings;
  readonly signal: AbortSignal;
}

/** One object as the system has it just now. */
export interface FoundItem {
  readonly item: unknown;
  readonly version: string | undefined;
}

/** Throws `VALUE_INVALID` for a kind that the settings leave out, or do not write. */
export function targetOf(system: JsonSystem, kind: ObjectKind, signal: AbortSignal): Target {
  const map = system.maps.get(kind);
  const ways = map?.settings.writes;
  if (map === undefined || ways === undefined) throw invalid(`the settings do not write a ${kind}`);
  return { system, map, ways, signal };
}

/** An object by its anchor; undefined where it is gone. Throws ConnectorError. */
export async function findItem(
  { system, map, ways, signal }: Target, anchor: string,
): Promise<FoundItem | undefined> {
  const found = await system.client.find(ways.item, { values: { anchor } }, signal);
  if (found === undefined) return undefined;
  const item = valueAt(found.json, toPlace(ways.item.object));
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    const why = "an answer to a look at one object is none";
    throw new ConnectorError("stop", "SOURCE_UNREADABLE", why);
  }
  if (standingOf(map.settings.list, item) === "deleted") return undefined;
  return { item, version: found.headers.get("etag") };
}

/** The same; throws `OBJECT_GONE`. */
export async function demandItem(target: Target, anchor: string): Promise<FoundItem> {
  const found = await findItem(target, anchor);
  if (found !== undefined) return found;
  throw new ConnectorError("skip", "OBJECT_GONE", "nothing has its anchor");
}

/** Throws `VALUE_INVALID` for what the settings do not name, or do not write. */
export function demandAttribute({ map }: Target, name: string): MappedAttribute {
  const found = map.attributes.get(name);
  if (found === undefined) throw invalid(`there is no attribute "${name}"`);
  if (found.settings.readOnly) throw invalid(`"${name}" is not written`);
  return found;
}

/** Throws `PERMISSION_DENIED` for what the settings protect. */
export function demandUnprotected(system: JsonSystem, anchor: string): void {
  if (!system.configuration.protected.includes(anchor)) return;
  throw new ConnectorError("skip", "PERMISSION_DENIED", "the settings protect it");
}

export function invalid(message: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", message);
}

/** What the settings have no request for. */
export function unable(what: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", `the settings have no request to ${what}`);
}
