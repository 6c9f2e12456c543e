import {
  ConnectorError, type ConnectorValue, type ConnectorWrite, type WriteResult,
} from "../connector.js";
import { demandHolds, putNull, putState, putValue, type Draft } from "./draft.js";
import {
  demandObject, isSame, readValue, stateOf, type MappedAttribute,
} from "./object-map.js";
import { putAt, toPlace } from "./places.js";
import {
  demandAttribute, demandItem, demandUnprotected, findItem, invalid, unable, type FoundItem,
  type Target,
} from "./write-context.js";

type UpdateWrite = Extract<ConnectorWrite, { readonly operation: "update" }>;
type DeleteWrite = Extract<ConnectorWrite, { readonly operation: "delete" }>;

interface Wanted {
  readonly attribute: MappedAttribute;
  readonly before: ConnectorValue | null | undefined;
  readonly after: ConnectorValue | null;
}

const turnsMax = 3;

/**
 * Changes what is as it was, and nothing else. With versions the server itself sees to that; else
 * what changes between our look and our write is lost.
 */
export async function update(target: Target, write: UpdateWrite): Promise<WriteResult> {
  demandUnprotected(target.system, write.anchor);
  const wanted = Object.entries(write.changes).map(([name, { before, after }]): Wanted =>
    ({ attribute: demandAttribute(target, name), before, after }));
  for (let turn = 1; ; turn += 1) {
    const found = await demandItem(target, write.anchor);
    const open = openChanges(found.item, wanted);
    const isState = write.enabled !== undefined
      && stateOf(target.map, found.item) !== write.enabled;
    const state = isState ? write.enabled : undefined;
    if (open.length === 0 && state === undefined) {
      const object = demandObject(target.map, found.item);
      return { id: write.id, ok: true, already: true, object };
    }
    try {
      await send(target, write.anchor, found, open, state);
      const { item } = await demandItem(target, write.anchor);
      return { id: write.id, ok: true, object: demandObject(target.map, item) };
    } catch (error) {
      const isStale = error instanceof ConnectorError && error.code === "OBJECT_CHANGED";
      if (!isStale || !target.ways.versions || turn === turnsMax) throw error;
    }
  }
}

/** Those that are not done yet. Throws `OBJECT_CHANGED`. */
function openChanges(item: unknown, wanted: readonly Wanted[]): readonly Wanted[] {
  const has = (attribute: MappedAttribute, value: ConnectorValue | null): boolean => {
    const there = readValue(attribute, item);
    return there !== undefined && isSame(attribute, there, value);
  };
  const open = wanted.filter(({ attribute, after }) => !has(attribute, after));
  for (const { attribute, before } of open) {
    if (before === undefined || has(attribute, before)) continue;
    const why = `"${attribute.name}" is not what it was`;
    throw new ConnectorError("skip", "OBJECT_CHANGED", why);
  }
  return open;
}

/** Nothing is sent before all of it is known to be right. */
async function send(
  { system, map, ways, signal }: Target, anchor: string, { item, version }: FoundItem,
  open: readonly Wanted[], state: boolean | undefined,
): Promise<void> {
  const way = ways.update;
  const isWhole = way?.sends === "whole";
  const draft: Draft = isWhole ? structuredClone(item) as Draft : {};
  for (const { attribute, after } of open) {
    if (after === null && !isWhole) {
      if (attribute.settings.required) throw invalid(`"${attribute.name}" is required`);
      putNull(draft, attribute);
    } else putValue(draft, attribute, after, item);
  }
  for (const { attribute, after } of open) demandHolds(draft, attribute, after);
  const stateWay = state === undefined ? undefined : state ? ways.enable : ways.disable;
  if (state !== undefined && stateWay === undefined) putState(draft, map, state);
  if (open.length > 0 || (state !== undefined && stateWay === undefined)) {
    if (way === undefined) throw unable(`change a ${map.kind}`);
    if (isWhole) for (const path of way.without) putAt(draft, toPlace(path), undefined);
    const change = {
      json: draft, mediaType: way.mediaType, version: ways.versions ? version : undefined,
    };
    await system.client.change({ ...way, body: undefined }, { anchor }, change, signal);
  }
  if (stateWay !== undefined) await system.client.change(stateWay, { anchor }, {}, signal);
}

/** Who is gone already is well. */
export async function remove(target: Target, write: DeleteWrite): Promise<WriteResult> {
  const { system, ways, signal } = target;
  const { anchor, id } = write;
  demandUnprotected(system, anchor);
  if (ways.delete === undefined) throw unable(`delete a ${write.kind}`);
  if (await findItem(target, anchor) === undefined) return { id, ok: true, already: true };
  try {
    await system.client.change(ways.delete, { anchor }, {}, signal);
    return { id, ok: true };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== "OBJECT_GONE") throw error;
    return { id, ok: true, already: true };
  }
}
