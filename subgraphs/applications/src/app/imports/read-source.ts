import type { Connector, ConnectorObject, ConnectorSkip, ReadBatch } from "@joinery/connectors";
import { objectKinds, type ObjectKind } from "@joinery/engine";
import type { Application } from "../../domain/application.js";
import { ContentReader, isKeepable } from "../../domain/content.js";
import type { Tx } from "../ports.js";
import { OneBehind } from "./one-behind.js";
import { placeOf, underClaim, type ImportWork } from "./import-work.js";
import { ReadTally } from "./read-tally.js";
import { stageMembers } from "./stage-members.js";
import { compareChunk, stageChunk, toChunk, type ComparedChunk } from "./stage-objects.js";

export const chunkMax = 2_000;
const progressEveryMs = 500;

/**
 * Reads everything and stages what is new or changed, reading ahead while the database works on the
 * chunk before. Returns only after a read that ended by itself. Throws ConnectorError: then nothing
 * but the stage was written, and that is of no use.
 */
export async function readSource(work: ImportWork, connector: Connector): Promise<ReadTally> {
  const { deps, run, signal } = work;
  const tally = new ReadTally(work.wave.batches);
  const readers = readersOf(work.application);
  await underClaim(work, (tx) => deps.imports.begin(tx, run.id));
  const comparing = new OneBehind();
  const staging = new OneBehind();
  const tell = progressOf(work, tally);
  const batches = connector.reads?.read({ signal, batchSizeMax: chunkMax }) ?? [];
  try {
    for await (const batch of batches) {
      const compare = comparisonOf(work, batch, tally, readers);
      await comparing.push(async () => {
        const stage = await compare();
        await staging.push(() => underClaim(work, async (tx) => {
          await stage(tx);
          await tell(tx);
        }));
      });
    }
    await comparing.settle();
    await staging.settle();
  } catch (error) {
    // What is on its way is let out of the way; what stopped the read is what is told.
    await comparing.settle().catch(() => undefined);
    await staging.settle().catch(() => undefined);
    throw error;
  }
  return tally;
}

export function readersOf({ schema }: Application): ReadonlyMap<ObjectKind, ContentReader> {
  return new Map(objectKinds.map((kind) => [kind, new ContentReader(schema[kind] ?? [])]));
}

type Stage = (tx: Tx) => Promise<void>;

/**
 * Does the computing now, and answers the looking up, which answers the writing: three batches are
 * under way at once, each in another step.
 */
function comparisonOf(
  work: ImportWork,
  batch: ReadBatch,
  tally: ReadTally,
  readers: ReadonlyMap<ObjectKind, ContentReader>,
): () => Promise<Stage> {
  const { deps, task } = work;
  if (batch.type === "objects") {
    const chunks = [...byKind(batch.objects)].map(([kind, objects]) =>
      toChunk(kind, objects, readers.get(kind) as ContentReader, tally));
    return async () => {
      const compared = await deps.within(task.tenant, async (tx) => {
        const each: ComparedChunk[] = [];
        for (const chunk of chunks) each.push(await compareChunk(work, tx, chunk, tally));
        return each;
      });
      return async (tx) => {
        for (const chunk of compared) await stageChunk(work, tx, chunk, tally);
      };
    };
  }
  if (batch.type === "members") {
    return async () => (tx) => stageMembers(deps, tx, placeOf(work), batch.members, tally);
  }
  return async () => (tx) => passOver(work, tx, batch.skips, tally);
}

export function byKind(
  objects: readonly ConnectorObject[],
): Map<ObjectKind, readonly ConnectorObject[]> {
  const first = objects[0];
  if (first !== undefined && objects.every(({ kind }) => kind === first.kind)) {
    return new Map([[first.kind, objects]]);
  }
  return Map.groupBy(objects, ({ kind }) => kind);
}

/** Who is passed over is there all the same. */
export async function passOver(
  { deps, application }: ImportWork,
  tx: Tx,
  skips: readonly ConnectorSkip[],
  tally: ReadTally,
): Promise<void> {
  for (const { object, code, reason, anchor } of skips) {
    tally.read += 1;
    tally.pass(object, code, reason);
    if (anchor === undefined) tally.unknown += 1;
  }
  const anchors = skips.flatMap(({ anchor }) =>
    anchor !== undefined && isKeepable(anchor) ? [anchor] : []);
  if (anchors.length === 0) return;
  tally.protect(await deps.imports.numbersOf(tx, application.id, anchors));
}

/** Writes how far the read is into the run, some times a second at most. */
export function progressOf(work: ImportWork, tally: ReadTally): (tx: Tx) => Promise<void> {
  let last = performance.now();
  return async (tx) => {
    const now = performance.now();
    if (now - last < progressEveryMs) return;
    last = now;
    await work.deps.runs.change(tx, work.run.id, { progress: tally.counts });
  };
}
