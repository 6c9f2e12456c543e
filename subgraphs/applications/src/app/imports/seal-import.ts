import { DigestBuilder, objectKinds } from "@joinery/engine";
import { assessImport, type ImportVerdict } from "../../domain/import-guard.js";
import { isInSandbox } from "../../domain/application.js";
import { isLook, type Breach, type Counts } from "../../domain/run.js";
import { firstMember } from "../../domain/stage-order.js";
import type { AbsenceInput, GoneOfKind, StageCounts } from "../import-ports.js";
import type { Deps, Tx } from "../ports.js";
import { tell, toldRun } from "../telling.js";
import { checkStage, placeOf, underClaim, type ImportWork } from "./import-work.js";
import type { SourceRead } from "./read-application.js";
import type { ReadTally } from "./read-tally.js";

const digestsAtOnce = 50_000;

export interface SealedImport {
  readonly counts: StageCounts;
  /** Of each kind that was read whole and misses some. */
  readonly kinds: readonly GoneOfKind[];
  /** Absent accounts that stay because somebody unknown was passed over. */
  readonly withheld: number;
  readonly root: Buffer;
}

/**
 * Closes what was read: finds what is absent where everything was read, what went where changes
 * were, counts, digests.
 */
export async function sealImport(
  work: ImportWork,
  { tally, isReport }: SourceRead,
): Promise<SealedImport> {
  const { deps, run } = work;
  return underClaim(work, async (tx) => {
    await checkStage(work, tx);
    const withheld = isReport
      ? await closeReport(work, tx, tally) : await closeRead(work, tx, tally);
    await deps.imports.markReplaced(tx, run.id);
    const counts = await deps.imports.count(tx, run.id, work.application.id);
    const kinds = isReport || counts.gone === 0 ? []
      : await deps.imports.goneByKind(tx, run.id, work.application.id);
    return { counts, kinds, withheld, root: await rootOf(deps, tx, run.id) };
  });
}

/** A report leaves nobody out: who is not in it is as before. */
async function closeReport(work: ImportWork, tx: Tx, tally: ReadTally): Promise<number> {
  const { deps } = work;
  await dropDuplicates(work, tx, tally);
  const isOvertaken = await deps.reports.settleMembers(tx, placeOf(work), {
    wholeGroups: [...tally.wholeGroups],
    goneGroups: [...tally.goneGroups],
    seenMembers: tally.members.bits,
    lastMember: firstMember + tally.lastMember,
  });
  if (isOvertaken) tally.isOvertaken = true;
  return 0;
}

/**
 * Takes duplicates out and finds what is absent. Nothing absent is taken for gone while rows were
 * passed over of which nobody knows whose they are (docs/decisions/0011): answers how many that
 * keeps.
 */
async function closeRead(work: ImportWork, tx: Tx, tally: ReadTally): Promise<number> {
  const { deps } = work;
  await dropDuplicates(work, tx, tally);
  const absence: AbsenceInput = {
    ...placeOf(work),
    kinds: objectKinds.filter((kind) => work.application.schema[kind] !== undefined),
    seenAccounts: tally.accounts.bits,
    seenMembers: tally.members.bits,
    unreadGroups: [...tally.unreadGroups],
    lastObject: tally.lastObject,
    lastMember: firstMember + tally.lastMember,
  };
  if (tally.unknown > 0) return deps.imports.countAbsent(tx, absence);
  await deps.imports.stageAbsent(tx, absence);
  return 0;
}

async function dropDuplicates(work: ImportWork, tx: Tx, tally: ReadTally): Promise<void> {
  const { deps, run } = work;
  for (const kind of objectKinds) {
    const anchors = [...tally.duplicates[kind]];
    if (anchors.length > 0) await deps.imports.unstage(tx, run.id, kind, anchors);
  }
  for (const { anchor, n } of await deps.imports.unstageDuplicates(tx, run.id)) {
    tally.errors.add("ANCHOR_DUPLICATE", anchor, "rows share this anchor", n);
  }
}

/** Root digest of the stage; equal while the stage is what it was. */
export async function rootOf(deps: Deps, tx: Tx, runId: string): Promise<Buffer> {
  const digest = new DigestBuilder();
  let after = 0;
  for (;;) {
    const { packed, last } = await deps.imports.digests(tx, runId, after, digestsAtOnce);
    digest.addPacked(packed);
    if (last === null) return digest.root();
    after = last;
  }
}

/**
 * The guard: in one transaction the wave becomes released or held, and the ledger learns of it.
 * A wave whose very items a person approved before is released. Answers whether it is released.
 */
export async function guardImport(
  work: ImportWork,
  sealed: SealedImport,
  { tally, position }: SourceRead,
): Promise<boolean> {
  const { deps, run, application } = work;
  const { counts, kinds, root, withheld } = sealed;
  const now = deps.clock();
  return underClaim(work, async (tx) => {
    await checkStage(work, tx);
    const { isOvertaken } = tally;
    const verdict = assessImport({
      population: run.population,
      accounts: run.accounts,
      created: counts.new,
      updated: counts.changed,
      gone: counts.gone,
      goneJoined: counts.goneJoined,
      kinds,
      members: counts.membersHeld,
      membersRemoved: counts.membersRemoved,
      membersRemovedJoined: counts.membersRemovedJoined,
      ledger24h: await deps.guard.last24h(tx, application.id, now),
      firstLiveRunDone: application.firstLiveRunAt !== null,
      limits: application.limits,
    });
    const approved = work.wave.stage["approvedRoot"] === root.toString("hex");
    // Of the sandbox nobody is told: what is read there harms nobody.
    const isHeld = verdict.breaches.length > 0 && !approved && !isInSandbox(application);
    if (isLook(run) && hasFound({ ...counts })) {
      await tell(deps, tx, [toldRun(tx, application, run, "started")]);
    }
    if (!isHeld) await deps.guard.record(tx, application.id, now, verdict.ledger);
    // Days may pass: what happens then is told with the time of then.
    else await deps.imports.unstageEvents(tx, run.id);
    await deps.waves.change(tx, work.wave.id, {
      state: isHeld ? "held" : "released",
      root,
      counts: { ...counts },
      breaches: toBreaches(application.id, verdict),
      stage: {
        applied: 0, ledger: verdict.ledger, rangeRows: tally.rangeRows, position, isOvertaken,
      },
    });
    await deps.runs.change(tx, run.id, {
      errors: tally.errors.toJSON(),
      progress: {
        ...tally.counts, ...shown({ ...counts }),
        ...(withheld > 0 ? { goneWithheld: withheld } : {}),
      },
      ...(isHeld ? { state: "held" as const, code: "GUARD_HELD", reason: heldReason } : {}),
    });
    if (isHeld) await tellHeld(work, tx, toBreaches(application.id, verdict));
    return !isHeld;
  });
}

const heldReason = "the import changes more than the limits of the application allow";

async function tellHeld(work: ImportWork, tx: Tx, breaches: readonly Breach[]): Promise<void> {
  const { deps, application, run } = work;
  const known = await deps.runs.find(tx, run.id) ?? run;
  const code = "GUARD_HELD";
  await tell(deps, tx, [
    toldRun(tx, application, known, "held", { code, reason: heldReason, breaches }),
  ]);
}

function toBreaches(applicationId: string, { breaches }: ImportVerdict): Breach[] {
  return breaches.map(({ class: name, n, limit, population, rule }) => ({
    applicationId, class: name, n, limit, population, rule,
  }));
}

/** Whether there is anything to tell; a look tells only then that it began. */
export function hasFound(counts: Counts): boolean {
  return Object.values(shown(counts)).some((n) => n > 0);
}

/** What a run says of an import, in the words of the run. */
function shown(counts: Counts) {
  const { new: added = 0, changed = 0, gone = 0, membersAdded = 0, membersRemoved = 0 } = counts;
  return { new: added, changed, gone, membersAdded, membersRemoved };
}
