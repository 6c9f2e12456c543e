import { chunks } from "../chunks.js";
import {
  ConnectorError, type ConnectorObject, type ConnectorSkip, type ReadBatch, type ReadOptions,
} from "../connector.js";
import type { JsonSystem } from "./json-system.js";
import { allPairs, membersOf, type FoundMembers } from "./members.js";
import { anchorOf, standingOf, toObject, type ObjectMap } from "./object-map.js";
import { listAll } from "./whole-list.js";

/** Everything in scope: people, groups, and the members of each group. Throws ConnectorError. */
export async function* readSystem(
  system: JsonSystem, options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  for (const map of system.maps.values()) yield* readKind(system, map, options);
  const pairs = system.configuration.groups?.members?.pairs;
  if (pairs === undefined) return;
  for await (const found of allPairs(system, pairs, options.signal)) {
    yield* memberBatches(found, options);
  }
}

async function* readKind(
  system: JsonSystem, map: ObjectMap, options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  const { list, mayBeEmpty } = map.settings;
  let place = 0;
  for await (const page of listAll(system.listing(list, map.anchor, {}, options.signal))) {
    const items = page.items.filter((each) => standingOf(list, each) === "here");
    yield* objectBatches(map, items, place, options);
    if (map.kind === "group") yield* readMembers(system, map, items, options);
    place += items.length;
  }
  if (place > 0 || mayBeEmpty) return;
  const why = `there is no ${map.kind} at all, which the settings do not allow (mayBeEmpty)`;
  throw new ConnectorError("stop", "SOURCE_EMPTY", why);
}

export function* objectBatches(
  map: ObjectMap, items: readonly unknown[], place: number, { batchSizeMax }: ReadOptions,
): Generator<ReadBatch & { readonly type: "objects" | "skips" }> {
  const objects: ConnectorObject[] = [];
  const skips: ConnectorSkip[] = [];
  for (const [at, item] of items.entries()) {
    const read = toObject(map, item, `${map.kind} ${place + at + 1}`);
    if ("code" in read) skips.push(read);
    else objects.push(read);
  }
  for (const part of chunks(objects, batchSizeMax)) yield { type: "objects", objects: part };
  for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
}

async function* readMembers(
  system: JsonSystem, map: ObjectMap, items: readonly unknown[], options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  const settings = system.configuration.groups?.members;
  if (settings === undefined || settings.pairs !== undefined) return;
  for (const item of items) {
    const group = anchorOf(map.anchor, item);
    if (group === undefined) continue;
    try {
      const found = await membersOf(system, settings, group, item, options.signal);
      yield* memberBatches(found, options);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== "MISCONFIGURED") throw error;
      const why = "the members of a group are not to be found: it went meanwhile, or the path is "
        + `wrong: ${error.message}`;
      throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why, { cause: error });
    }
  }
}

export function* memberBatches(
  { members, skips }: FoundMembers, { batchSizeMax }: ReadOptions,
): Generator<ReadBatch & { readonly type: "members" | "skips" }> {
  for (const part of chunks(members, batchSizeMax)) yield { type: "members", members: part };
  for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
}
