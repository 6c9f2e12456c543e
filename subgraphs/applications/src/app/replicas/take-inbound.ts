import type { InboundChanged } from "@joinery/events";
import { uuidv5 } from "@joinery/kit";
import { endStates, ErrorTallies, type Run } from "../../domain/run.js";
import { failRunIn } from "../fail-run.js";
import { wholeOrganisation, type Deps, type Tx } from "../ports.js";
import { tell, toldRun } from "../telling.js";

/**
 * What the vault says of a run's inbound wave. `finished` is its manifest: with it outbound begins,
 * once as many batches of identities were taken as it counts. A snapshot says it again, of every
 * recent run: what is said of one that does not wait for the vault any more is ignored.
 */
export async function takeInbound(deps: Deps, tx: Tx, told: InboundChanged): Promise<void> {
  const run = await deps.runs.lock(tx, told.runId);
  if (run === null || endStates.has(run.state)) return;
  const wave = await deps.waves.ensure(tx, {
    id: uuidv5(tx.tenant, run.id, "inbound"),
    runId: run.id,
    process: "inbound",
    applicationId: run.applicationId,
    state: "computing",
  });
  const isHeld = wave.state === "held";
  if (run.state !== "inbound" && !(run.state === "held" && isHeld)) return;
  if (told.state === "held" && isHeld) return;
  await deps.waves.change(tx, wave.id, {
    state: told.state, counts: told.counts, breaches: told.breaches, batches: told.batches,
    // Whoever let it through before looked at something else.
    stage: { vaultWave: told.waveId, ...(told.state === "held" ? { approvedBy: [] } : {}) },
  });
  if (told.state === "held") await hold(deps, tx, run, told);
  else if (told.state === "discarded") await discard(deps, tx, run);
  else if (told.state === "failed") await fail(deps, tx, run, told);
  else await beginOutbound(deps, tx, run, told);
}

async function hold(deps: Deps, tx: Tx, run: Run, told: InboundChanged): Promise<void> {
  const code = told.code ?? "GUARD_HELD";
  const reason = told.reason ?? "more identities would change than the limits allow";
  await deps.runs.change(tx, run.id, { state: "held", code, reason });
  const application = await deps.applications.find(tx, run.applicationId);
  if (application === null) return;
  const { breaches } = told;
  await tell(deps, tx, [toldRun(tx, application, run, "held", { code, reason, breaches })]);
}

async function discard(deps: Deps, tx: Tx, run: Run): Promise<void> {
  await deps.runs.change(tx, run.id, { state: "discarded", finished: true });
  const application = await deps.applications.find(tx, run.applicationId);
  if (application !== null) await tell(deps, tx, [toldRun(tx, application, run, "discarded")]);
}

async function fail(deps: Deps, tx: Tx, run: Run, told: InboundChanged): Promise<void> {
  const application = await deps.applications.find(tx, run.applicationId);
  if (application === null) return;
  const code = told.code ?? "INBOUND_FAILED";
  await failRunIn(deps, tx, application, run, code, told.reason ?? "the inbound wave failed");
}

/** Nothing is planned from half of what changed; the identities that came stay due. */
async function beginOutbound(deps: Deps, tx: Tx, run: Run, told: InboundChanged): Promise<void> {
  const taken = run.counts["identityBatches"] ?? 0;
  if (taken < told.batches) {
    const reason = `${told.batches - taken} of ${told.batches} batches of identities are missing`;
    await fail(deps, tx, run, { ...told, code: "INBOUND_INCOMPLETE", reason });
    return;
  }
  await keepFailures(deps, tx, run, told.failures ?? []);
  await deps.runs.change(tx, run.id, {
    state: "outbound", code: null, reason: null, progress: { identities: told.identities },
  });
  await deps.tasks.wish(tx, "outbound", wholeOrganisation);
}

/** Whose newest state the vault could not take in, beside what went wrong in other waves. */
export async function keepFailures(
  deps: Deps,
  tx: Tx,
  run: Run,
  failures: NonNullable<InboundChanged["failures"]>,
): Promise<void> {
  if (failures.length === 0) return;
  const applications = await deps.applications.list(tx);
  const keys = new Map(applications.map(({ id, key }) => [id, key]));
  const errors = new ErrorTallies(run.errors);
  for (const { code, count, samples } of failures) {
    for (const [nth, { applicationId, anchor, mapper }] of samples.entries()) {
      const own = nth === 0 ? count - samples.length + 1 : 1;
      errors.add(code, anchor, `${keys.get(applicationId) ?? applicationId}, ${mapper}`, own);
    }
  }
  await deps.runs.change(tx, run.id, { errors: errors.toJSON() });
}
