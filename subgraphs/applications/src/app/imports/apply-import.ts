import { definePoints, insertOutbox, type SealedEvent } from "@joinery/events";
import { codeOf, JoineryError } from "@joinery/kit";
import { firstMember } from "../../domain/stage-order.js";
import type { AppliedRange, StagedRow } from "../import-ports.js";
import { isPassing } from "../passing.js";
import {
  accountChangesOf, memberChangesOf, sealImportEvents, type ChangedMember,
} from "./import-events.js";
import { checkStage, placeOf, underClaim, type ImportWork } from "./import-work.js";

const point = definePoints("import.apply.before", "import.apply.after");
/** After all ordinals. */
const lastOrdinal = 2_147_483_647;

/** A range of the stage, ready to be written: what it tells is sealed. */
interface Prepared {
  readonly from: number;
  readonly to: number;
  readonly expected: readonly { readonly id: string; readonly revision: number }[];
  readonly has: AppliedRange["has"];
  readonly events: readonly SealedEvent[];
}

/** How far a wave is. */
export interface Progress {
  applied: number;
  batches: number;
  /** Rows that were passed over by this worker. */
  passed: number;
  /** Rows of one transaction. */
  readonly rangeRows: number;
}

/** More failing rows than this are no rows' fault. */
const passedMax = 100;

/**
 * Applies a released wave: accounts first, then members. Each range is one transaction: rows, due
 * identities, events, progress. The next range is read and sealed while one is written; it can be
 * written only after it. A row that cannot be applied is passed over alone, with its code.
 */
export async function applyImport(work: ImportWork, progress: Progress): Promise<void> {
  const { deps, task, run } = work;
  const islands = await deps.within(task.tenant, (tx) =>
    deps.imports.sealedIslands(tx, run.id, progress.applied));
  for (const { first, last } of islands) {
    await applyUpTo(work, progress, first - 1);
    progress.applied = first - 1;
    await applySealed(work, progress, last);
  }
  await applyUpTo(work, progress, firstMember);
  if (progress.applied < firstMember) await resolveDangling(work, progress);
  await applyUpTo(work, progress, lastOrdinal);
}

/**
 * Rows whose events are sealed: nothing of them leaves the database. Where that fails, the first
 * of the events is computed anew from its rows.
 */
async function applySealed(work: ImportWork, progress: Progress, upTo: number): Promise<void> {
  const { deps, run, task } = work;
  while (progress.applied < upTo) {
    const { applied, rangeRows } = progress;
    const range = await deps.within(task.tenant, (tx) =>
      deps.imports.sealedRange(tx, run.id, applied, rangeRows));
    try {
      await writeSealed(work, progress, range);
    } catch (error) {
      if (isPassing(error)) throw error;
      await applyAlone(work, progress, range.lastOfFirst, error);
      await applyUpTo(work, progress, range.lastOfFirst);
      progress.applied = range.lastOfFirst;
    }
  }
}

async function writeSealed(
  work: ImportWork,
  progress: Progress,
  { last, events }: { readonly last: number; readonly events: number },
): Promise<void> {
  const { deps, run, wave } = work;
  await point("import.apply.before");
  await underClaim(work, async (tx) => {
    await checkStage(work, tx);
    await deps.imports.applySealed(tx, placeOf(work), progress.applied + 1, last);
    await deps.waves.change(tx, wave.id, { stage: { applied: last }, addBatches: events });
    await deps.runs.change(tx, run.id, { counts: { applied: last - progress.applied } });
  });
  await point("import.apply.after");
  progress.applied = last;
  progress.batches += events;
}

async function applyUpTo(work: ImportWork, progress: Progress, upTo: number): Promise<void> {
  if (progress.applied >= upTo) return;
  let ahead = prepare(work, progress.applied, progress.batches, upTo, progress.rangeRows);
  for (;;) {
    const prepared = await ahead.catch((error: unknown) => error as Error);
    if (prepared === null) return;
    if (prepared instanceof Error) {
      await applyAlone(work, progress, upTo, prepared);
      ahead = prepare(work, progress.applied, progress.batches, upTo, progress.rangeRows);
      continue;
    }
    const batches = progress.batches + prepared.events.length;
    ahead = prepare(work, prepared.to, batches, upTo, progress.rangeRows);
    ahead.catch(() => undefined);
    try {
      await write(work, progress, prepared);
    } catch (error) {
      await ahead.catch(() => undefined);
      await applyAlone(work, progress, upTo, error);
      ahead = prepare(work, progress.applied, progress.batches, upTo, progress.rangeRows);
    }
  }
}

async function prepare(
  work: ImportWork,
  after: number,
  batch: number,
  upTo: number,
  limit: number,
): Promise<Prepared | null> {
  if (after >= upTo) return null;
  const { deps, task, run } = work;
  const { rows, places } = await deps.within(task.tenant, async (tx) => {
    await checkStage(work, tx);
    const { own, staged, begun } = await deps.imports.placesOf(tx, run.id, after);
    return {
      rows: await deps.imports.next(tx, placeOf(work), after, upTo, limit),
      places: { own, next: batch + staged - begun },
    };
  });
  if (rows.length === 0 && places.own === null) return null;
  const accounts = accountChangesOf(rows);
  return {
    from: after + 1,
    to: rows.at(-1)?.ordinal ?? upTo,
    expected: accounts.map(({ id, revision }) => ({ id, revision: revision - 1 })),
    has: contentsOf(rows),
    events: await sealImportEvents(work, places, accounts, memberChangesOf(rows)),
  };
}

function contentsOf(rows: readonly StagedRow[]): AppliedRange["has"] {
  return {
    onlyUnknown: rows.every((row) => row.operation === "new" && row.known === null),
    gone: rows.some(({ operation }) => operation === "gone"),
    members: rows.some(({ member }) => member !== null),
    owned: rows.some((row) =>
      row.identityId !== null || (row.known?.identityId ?? null) !== null),
  };
}

async function write(work: ImportWork, progress: Progress, prepared: Prepared): Promise<void> {
  const { deps, run, wave } = work;
  const range = { ...placeOf(work), ...prepared };
  await point("import.apply.before");
  await underClaim(work, async (tx) => {
    await deps.imports.apply(tx, range);
    if (range.has.owned) await deps.imports.makeDue(tx, range);
    await insertOutbox(tx.client, prepared.events);
    await deps.waves.change(tx, wave.id, {
      stage: { applied: prepared.to }, addBatches: prepared.events.length,
    });
    await deps.runs.change(tx, run.id, { counts: { applied: prepared.expected.length } });
  });
  await point("import.apply.after");
  progress.applied = prepared.to;
  progress.batches += prepared.events.length;
}

/**
 * After a failure: the range again, smaller and smaller, without reading ahead, until it passes or
 * the one row is found that does not. What only passes (a lost connection) is thrown on.
 */
async function applyAlone(
  work: ImportWork,
  progress: Progress,
  upTo: number,
  cause: unknown,
): Promise<void> {
  if (isPassing(cause)) throw cause;
  const { deps, run } = work;
  deps.log.error("a range is applied again", cause, { runId: run.id, code: codeOf(cause) });
  const end = Math.min(upTo, progress.applied + progress.rangeRows);
  await underClaim(work, (tx) =>
    deps.imports.skipSuperseded(tx, placeOf(work), progress.applied + 1, end));
  for (let limit = progress.rangeRows; limit >= 1; limit = Math.floor(limit / 4)) {
    try {
      const prepared = await prepare(work, progress.applied, progress.batches, upTo, limit);
      if (prepared !== null) await write(work, progress, prepared);
      return;
    } catch (error) {
      if (isPassing(error)) throw error;
      if (limit === 1) await passOver(work, progress, upTo, error);
    }
  }
}

async function passOver(
  work: ImportWork,
  progress: Progress,
  upTo: number,
  cause: unknown,
): Promise<void> {
  const { deps, run } = work;
  progress.passed += 1;
  if (progress.passed > passedMax) throw cause;
  await underClaim(work, async (tx) => {
    const [row] = await deps.imports.next(tx, placeOf(work), progress.applied, upTo, 1);
    if (row === undefined) throw new JoineryError("ASSERTION_FAILED", "a failing row is there");
    await deps.imports.skip(tx, run.id, row.ordinal);
    await deps.runs.tally(tx, run.id, codeOf(cause), row.anchor, "it could not be applied");
  });
  deps.log.error("an object was passed over", cause, { runId: run.id, code: codeOf(cause) });
}

const danglingMax = 5_000;

/** Members that named nobody may name one of the accounts that came now. */
async function resolveDangling(work: ImportWork, progress: Progress): Promise<void> {
  const { deps, application, wave } = work;
  for (;;) {
    const resolved = await underClaim(work, async (tx) => {
      const found = await deps.imports.resolveDangling(tx, application.id, danglingMax);
      const changes = found.map(({ group, member, account }): ChangedMember => ({
        group, member, memberAccount: account, present: true,
      }));
      const places = { own: null, next: progress.batches };
      const events = await sealImportEvents(work, places, [], changes);
      await insertOutbox(tx.client, events);
      if (events.length > 0) await deps.waves.change(tx, wave.id, { addBatches: events.length });
      return { n: found.length, events: events.length };
    });
    progress.batches += resolved.events;
    if (resolved.n < danglingMax) return;
  }
}
