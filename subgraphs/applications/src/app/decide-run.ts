import { inboundDecided, type OutgoingEvent } from "@joinery/events";
import { permit, toEventActor } from "@joinery/kit";
import { isSignedOff } from "../domain/application.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import { isForSignOff, type Counts, type Run, type Wave } from "../domain/run.js";
import { finishRunIfDone } from "./finish-run.js";
import { releaseTarget } from "./outbound/seal-outbound.js";
import type { Caller, Deps, Tx } from "./ports.js";
import { tell, toldAction, toldRun } from "./telling.js";

type Decision = "released" | "discarded";

/** Lets everything through that the guards of this run hold; entered in their ledgers. */
export function releaseRun(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Run>> {
  return decideRun(deps, by, input.id, "released");
}

/** Gives up everything that the guards of this run hold: nothing of it is written. */
export function discardRun(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Run>> {
  return decideRun(deps, by, input.id, "discarded");
}

async function decideRun(
  deps: Deps,
  by: Caller,
  id: string,
  decision: Decision,
): Promise<Outcome<Run>> {
  const { tenant } = permit(by.actor, "run:release");
  return deps.within(tenant, async (tx) => {
    const run = await deps.runs.lock(tx, id);
    if (run === null) return refuse("RUN_NOT_FOUND");
    const waves = await deps.waves.ofRuns(tx, [id]);
    const all = waves.filter(({ state }) => state === "held");
    if (all.length === 0) return refuse("RUN_NOT_HELD");
    // What is to be written is approved item by item, perhaps by two.
    const held = decision === "discarded" ? all
      : all.filter((wave) => wave.process !== "export" || !isForSignOff(wave));
    if (held.length === 0) return refuse("SIGN_OFF_NEEDED");
    for (const wave of held) await decideWave(deps, tx, by, run, wave, decision);
    const action = decision === "released" ? "run.release" : "run.discard";
    await tell(deps, tx, [
      toldAction(tx, by, {
        action, target: { kind: "run", id }, after: { waves: held.map(({ process }) => process) },
      }),
    ]);
    const decided = await deps.runs.find(tx, id);
    return accept(decided ?? run);
  });
}

async function decideWave(
  deps: Deps,
  tx: Tx,
  by: Caller,
  run: Run,
  wave: Wave,
  decision: Decision,
): Promise<void> {
  switch (wave.process) {
    case "inbound":
      if (decision === "released" && (await needsAnother(deps, tx, by, wave))) return;
      // The vault decides by its own record, and answers with what became of the wave: it may be
      // held anew, where what it comes to is not what the person saw any more.
      await tell(deps, tx, [decidedEvent(tx, by, run, wave, decision)]);
      if (decision === "discarded") return;
      await deps.waves.change(tx, wave.id, { state: "released" });
      await deps.runs.change(tx, run.id, { state: "inbound", code: null, reason: null });
      return;
    case "import":
      if (decision === "released") await releaseWave(deps, tx, wave);
      else await discardImport(deps, tx, run, wave);
      await deps.tasks.wish(tx, "import", wave.applicationId);
      return;
    case "export":
      if (decision === "released") await releaseExport(deps, tx, wave);
      else await discardExport(deps, tx, wave);
      // Others of its waves may still be planned.
      if (run.state === "held") {
        await deps.runs.change(tx, run.id, { state: "exporting", code: null, reason: null });
      }
      await deps.tasks.wish(tx, "export", wave.applicationId);
      await finishRunIfDone(deps, tx, run.id);
      break;
    case "outbound":
  }
}

/**
 * Where two people have to sign off, the first of them is noted and the wave waits for the other.
 */
async function needsAnother(deps: Deps, tx: Tx, by: Caller, wave: Wave): Promise<boolean> {
  const application = await deps.applications.find(tx, wave.applicationId);
  if (application?.exportPolicy.fourEyes !== true || !isSignedOff(application)) return false;
  const approvers = new Set((wave.stage["approvedBy"] ?? []) as readonly string[]);
  approvers.add(by.actor.id);
  await deps.waves.change(tx, wave.id, { stage: { approvedBy: [...approvers] } });
  return approvers.size < 2;
}

/** Entered in the ledger as if the guard had let it through: the next wave is measured with it. */
async function releaseWave(deps: Deps, tx: Tx, wave: Wave): Promise<void> {
  const ledger = (wave.stage["ledger"] ?? {}) as Counts;
  await deps.guard.record(tx, wave.applicationId, deps.clock(), ledger);
  // Read again after a crash it is the same wave only if its items are the same.
  const stage = { approvedRoot: wave.root?.toString("hex") ?? "" };
  await deps.waves.change(tx, wave.id, { state: "released", stage });
  if (wave.process !== "import") return;
  await deps.runs.change(tx, wave.runId, { state: "importing", code: null, reason: null });
}

async function discardImport(deps: Deps, tx: Tx, run: Run, wave: Wave): Promise<void> {
  await deps.imports.clear(tx, run.id);
  await deps.waves.change(tx, wave.id, { state: "discarded" });
  await deps.runs.change(tx, run.id, {
    state: "discarded",
    finished: true,
    code: "DISCARDED",
    reason: "a person discarded the held wave",
  });
  const application = await deps.applications.find(tx, run.applicationId);
  if (application) await tell(deps, tx, [toldRun(tx, application, run, "discarded")]);
}

/** As the guard does when it lets a wave through: the ledger learns, planned accounts stand. */
async function releaseExport(deps: Deps, tx: Tx, wave: Wave): Promise<void> {
  const application = await deps.applications.find(tx, wave.applicationId);
  if (application === null) return;
  const classes = (wave.stage["ledger"] ?? {}) as Counts;
  await releaseTarget(deps, tx, application, wave.id, classes);
  await deps.waves.change(tx, wave.id, { state: "released" });
}

/** Whoever was in it is planned for again: a plan that was given up is not a decision for ever. */
async function discardExport(deps: Deps, tx: Tx, wave: Wave): Promise<void> {
  await deps.waves.change(tx, wave.id, { state: "discarded" });
  await deps.outbound.makeDueAgain(tx, wave.id);
  await deps.exports.discardWave(tx, wave.id, "DISCARDED");
}

function decidedEvent(
  tx: Tx,
  by: Caller,
  run: Run,
  wave: Wave,
  decision: Decision,
): OutgoingEvent {
  const vaultWave = wave.stage["vaultWave"];
  const waveId = typeof vaultWave === "string" ? vaultWave : wave.id;
  return {
    event: inboundDecided,
    tenant: tx.tenant,
    actor: toEventActor(by.actor),
    correlation: by.requestId,
    payload: { runId: run.id, waveId, decision },
  };
}
