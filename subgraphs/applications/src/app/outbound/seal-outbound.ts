import { assessGuard, ledgerEntries, DigestBuilder, type GuardVerdict } from "@joinery/engine";
import type { Actor as EventActor } from "@joinery/events";
import { isSignedOff, type Application } from "../../domain/application.js";
import { nameKey } from "../../domain/name-key.js";
import { whyHeld, type Breach } from "../../domain/run.js";
import { underClaim } from "../imports/import-work.js";
import type { TargetCounts } from "../outbound-ports.js";
import type { Deps, Tx } from "../ports.js";
import { tell, toldRun } from "../telling.js";
import { exportWaveId, type OutboundWork } from "./outbound-work.js";

const hashesAtOnce = 50_000;
const createsAtOnce = 5_000;

/**
 * Closes what was planned for one application: counts, digest, guard. One transaction decides,
 * tells the ledger, and makes planned accounts what the wave is going to create; a wave without
 * items is none. Where people sign off, it waits for them whatever the guard says, with what the
 * guard would have held it for.
 */
export async function sealTarget(work: OutboundWork, application: Application): Promise<void> {
  const { deps, run } = work;
  const id = exportWaveId(work.task.tenant, run.id, application.id);
  await underClaim(work, async (tx) => {
    // Whether people sign off is settled here: it may have changed since planning began.
    const signOff = isSignedOff(await deps.applications.lock(tx, application.id) ?? application);
    await deps.plans.align(tx, id, signOff);
    const counts = await deps.outbound.count(tx, id);
    if (Object.keys(counts.operations).length === 0) return;
    const root = await rootOf(deps, tx, id);
    const verdict = await assess(work, tx, application, counts);
    const ledger = ledgerEntries(counts.classes, application.firstExportAt !== null);
    const breaches = shownBreaches(application.id, verdict);
    await deps.waves.ensure(tx, {
      id, runId: run.id, process: "export", applicationId: application.id, state: "computing",
    });
    const state = signOff ? "held" : verdict.verdict;
    await deps.waves.change(tx, id, {
      state, root, counts: { ...counts.operations, ...shownClasses(counts.classes) },
      breaches, stage: { ledger, signOff },
    });
    if (state === "released") await releaseTarget(deps, tx, application, id, ledger);
  });
}

/**
 * What a release does, by the guard or by a person: the ledger learns, planned accounts stand. Of a
 * wave that is approved in parts only what may leave by now.
 */
export async function releaseTarget(
  deps: Deps,
  tx: Tx,
  application: Application,
  waveId: string,
  ledger: Readonly<Record<string, number>>,
): Promise<void> {
  await deps.guard.record(tx, application.id, deps.clock(), ledger);
  const naming = { user: namingOf(application, "user"), group: namingOf(application, "group") };
  let after = "0";
  for (;;) {
    const creates = await deps.outbound.creates(tx, waveId, naming, after, createsAtOnce);
    const last = creates.at(-1);
    if (last === undefined) break;
    await deps.outbound.savePlanned(tx, application.id, creates.map((each) => {
      // Without a name that the plan gives, nothing else may ever be taken for it.
      const name = each.name ?? `${each.kind} ${each.accountId}`;
      return { ...each, name, nameKey: nameKey(name) };
    }));
    after = last.itemId;
  }
  await deps.tasks.wish(tx, "export", application.id);
}

function namingOf({ schema }: Application, kind: "user" | "group"): string | null {
  return schema[kind]?.find((each) => each.naming === true)?.name ?? null;
}

async function assess(
  { deps }: OutboundWork,
  tx: Tx,
  application: Application,
  { classes }: TargetCounts,
): Promise<GuardVerdict> {
  const { joined } = await deps.accounts.population(tx, application.id);
  return assessGuard({
    population: joined,
    counts: classes,
    ledger24h: await deps.guard.last24h(tx, application.id, deps.clock()),
    firstLiveRunDone: application.firstExportAt !== null,
    limits: application.limits,
  });
}

/** What a guard holds a wave for; nothing of one that it lets through. */
export function shownBreaches(applicationId: string, verdict: GuardVerdict): Breach[] {
  if (verdict.verdict !== "held") return [];
  return verdict.breaches.map(({ class: name, n, limit, population, rule }) => ({
    applicationId, class: name, n, limit, population, rule,
  }));
}

/** Counts of classes by the names that a wave shows them under. */
export function shownClasses(classes: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(classes).map(([name, n]) => [`class.${name}`, n]));
}

/** Root digest over the hashes of a wave's items. */
export async function rootOf(deps: Deps, tx: Tx, exportWave: string): Promise<Buffer> {
  const digest = new DigestBuilder();
  let after = "0";
  for (;;) {
    const { packed, last } = await deps.outbound.hashes(tx, exportWave, after, hashesAtOnce);
    digest.addPacked(packed);
    if (last === null) return digest.root();
    after = last;
  }
}

/** Says that waves of a run wait for a person, with all that they went over. */
export async function tellHeld(work: OutboundWork, tx: Tx, source: Application): Promise<void> {
  const { deps, run } = work;
  const held = (await deps.waves.ofRuns(tx, [run.id])).filter(({ state }) => state === "held");
  const breaches = held.flatMap((wave) => wave.breaches);
  const known = await deps.runs.find(tx, run.id) ?? run;
  const actor = known.actor as EventActor;
  await tell(deps, tx, [
    toldRun(tx, source, { ...known, actor }, "held", { ...whyHeld(held), breaches }),
  ]);
}
