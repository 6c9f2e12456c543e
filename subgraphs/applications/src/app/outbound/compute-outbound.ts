import { objectKinds, type ObjectKind } from "@joinery/engine";
import type { Application } from "../../domain/application.js";
import { OneBehind } from "../imports/one-behind.js";
import { underClaim } from "../imports/import-work.js";
import type { Tx } from "../ports.js";
import { loadChunk, type LoadedChunk } from "./load-chunk.js";
import { exportWaveId, targetsOf, type OutboundWork } from "./outbound-work.js";
import { planChunk } from "./plan-chunk.js";
import { loadMembers, type LoadedMembers } from "./load-members.js";
import { planMemberships } from "./plan-members.js";

const chunkMax = 1_000;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * Plans for everybody who is due, people before groups: members of a group need the accounts that
 * are planned for them. Begins anew what a crash left half done. One chunk is planned and written
 * while the next is loaded.
 */
export async function computeOutbound(work: OutboundWork): Promise<void> {
  const { deps, run, wave, targets } = work;
  const wished = await underClaim(work, async (tx) => {
    const waves = [...targets.values()].map(({ id }) => exportWaveId(tx.tenant, run.id, id));
    await deps.outbound.clear(tx, wave.id, waves);
    const allDue = await deps.outbound.allDue(tx, run.bundleVersion ?? 0);
    const known = Object.fromEntries([...allDue].map(([id, { wished: n }]) => [id, n]));
    await deps.waves.change(tx, wave.id, { stage: { allDue: known } });
    return new Set(allDue.keys());
  });
  await passes({ ...work, allDue: wished });
}

/** Those who are due for all; beside them everybody, for the applications that need it. */
async function passes(work: OutboundWork): Promise<void> {
  const { deps, wave, targets, allDue: wished } = work;
  const everybody = [...targets.values()].every(({ id }) => wished.has(id));
  if (everybody) await underClaim(work, (tx) => deps.outbound.stampAll(tx, wave.id));
  for (const kind of objectKinds) {
    const all = targetsOf(work, kind);
    if (!everybody) {
      await pass(work, kind, all, (tx, after) =>
        deps.outbound.takeDue(tx, wave.id, kind, after, chunkMax));
    }
    const late = all.filter(({ id }) => wished.has(id));
    const except = everybody ? null : wave.id;
    if (late.length > 0) {
      await pass(work, kind, late, (tx, after) =>
        deps.outbound.page(tx, kind, after, chunkMax, except));
    }
  }
}

type NextIds = (tx: Tx, after: string) => Promise<readonly string[]>;

/** One pass over identities by id, each once. */
async function pass(
  work: OutboundWork,
  kind: ObjectKind,
  targets: readonly Application[],
  nextIds: NextIds,
): Promise<void> {
  const behind = new OneBehind();
  let after = first;
  try {
    for (;;) {
      const loaded = await underClaim(work, async (tx) => {
        const ids = await nextIds(tx, after);
        return { ids, chunk: await load(work, tx, kind, targets, ids) };
      });
      const last = loaded.ids.at(-1);
      if (last === undefined) break;
      after = last;
      const { chunk } = loaded;
      if (chunk !== null) await behind.push(() => planAndSave(work, chunk));
    }
  } finally {
    await behind.settle();
  }
}

interface Loaded {
  readonly chunk: LoadedChunk;
  readonly members: LoadedMembers | null;
}

async function load(
  work: OutboundWork,
  tx: Tx,
  kind: ObjectKind,
  targets: readonly Application[],
  ids: readonly string[],
): Promise<Loaded | null> {
  if (ids.length === 0 || targets.length === 0) return null;
  const chunk = await loadChunk(work, tx, kind, targets, ids);
  return { chunk, members: kind === "group" ? await loadMembers(work, tx, chunk) : null };
}

async function planAndSave(work: OutboundWork, { chunk, members }: Loaded): Promise<void> {
  const { deps, wave } = work;
  const planned = planChunk(work, chunk);
  if (members !== null) planMemberships(work, chunk, members, planned);
  await underClaim(work, async (tx) => {
    await deps.outbound.discard(tx, planned.replaced, "REPLACED");
    await deps.outbound.unplan(tx, planned.unplanned);
    if (planned.items.length > 0) await deps.outbound.saveItems(tx, planned.items);
    await deps.outbound.waitFor(tx, wave.id, planned.waiting);
    await deps.outbound.waitForMembers(tx, wave.id, planned.lacking);
    await deps.outbound.noteDeletes(tx, planned.deletes);
    const isPart = chunk.targets.length < targetsOf(work, chunk.kind).length;
    await deps.outbound.noteDates(tx, planned.dates, isPart);
  });
}
