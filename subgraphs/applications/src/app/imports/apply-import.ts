import { definePoints, insertOutbox, type SealedEvent } from "@joinery/events";
import { codeOf, JoineryError } from "@joinery/kit";
import { firstMember, type AppliedRange, type StagedRow } from "../import-ports.js";
import { isPassing } from "../passing.js";
import {
  accountChangesOf, memberChangesOf, sealImportEvents, type ChangedMember,
} from "./import-events.js";
import { checkStage, placeOf, underClaim, type ImportWork } from "./import-work.js";

const point = definePoints("import.apply.before", "import.apply.after");
const rangeMax = 1_000;
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
}

/** More failing rows than this are no rows' fault. */
const passedMax = 100;

/**
 * Applies a released wave: accounts first, then members. Each range is one transaction: rows, due
 * identities, events, progress. The next range is read and sealed while one is written; it can be
 * written only after it. A row that cannot be applied is passed over alone, with its code.
 */
export async function applyImport(work: ImportWork, progress: Progress): Promise<void> {
  await applyUpTo(work, progress, firstMember);
  if (progress.applied < firstMember) await resolveDangling(work, progress);
  await applyUpTo(work, progress, lastOrdinal);
}

async function applyUpTo(work: ImportWork, progress: Progress, upTo: number): Promise<void> {
  let ahead = prepare(work, progress.applied, progress.batches, upTo, rangeMax);
  for (;;) {
    const prepared = await ahead.catch((error: unknown) => error as Error);
    if (prepared === null) return;
    if (prepared instanceof Error) {
      await applyAlone(work, progress, upTo, prepared);
      ahead = prepare(work, progress.applied, progress.batches, upTo, rangeMax);
      continue;
    }
    ahead = prepare(work, prepared.to, progress.batches + prepared.events.length, upTo, rangeMax);
    ahead.catch(() => undefined);
    try {
      await write(work, progress, prepared);
    } catch (error) {
      await ahead.catch(() => undefined);
      await applyAlone(work, progress, upTo, error);
      ahead = prepare(work, progress.applied, progress.batches, upTo, rangeMax);
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
  const { deps, task } = work;
  const rows = await deps.within(task.tenant, async (tx) => {
    await checkStage(work, tx);
    return deps.imports.next(tx, placeOf(work), after, upTo, limit);
  });
  if (rows.length === 0) return null;
  const accounts = accountChangesOf(rows);
  return {
    from: after + 1,
    to: (rows.at(-1) as StagedRow).ordinal,
    expected: accounts.map(({ id, revision }) => ({ id, revision: revision - 1 })),
    has: contentsOf(rows),
    events: await sealImportEvents(work, batch, accounts, memberChangesOf(rows)),
  };
}

function contentsOf(rows: readonly StagedRow[]): AppliedRange["has"] {
  return {
    onlyUnknown: rows.every((row) => row.operation === "new" && row.known === null),
    gone: rows.some(({ operation }) => operation === "gone"),
    members: rows.some(({ member }) => member !== null),
    owned: rows.some((row) =>
      row.member !== null || row.identityId !== null || (row.known?.identityId ?? null) !== null),
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
  const end = Math.min(upTo, progress.applied + rangeMax);
  await underClaim(work, (tx) =>
    deps.imports.skipSuperseded(tx, placeOf(work), progress.applied + 1, end));
  for (let limit = rangeMax; limit >= 1; limit = Math.floor(limit / 4)) {
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
      const events = await sealImportEvents(work, progress.batches, [], changes);
      await insertOutbox(tx.client, events);
      if (events.length > 0) await deps.waves.change(tx, wave.id, { addBatches: events.length });
      return { n: found.length, events: events.length };
    });
    progress.batches += resolved.events;
    if (resolved.n < danglingMax) return;
  }
}
