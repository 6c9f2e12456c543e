import { importReleased, type Actor as EventActor } from "@joinery/events";
import { isInSandbox } from "../../domain/application.js";
import type { ChangePosition } from "../../domain/change-position.js";
import { isLook, isUnattended, type Wave } from "../../domain/run.js";
import { finishRunIfDone } from "../finish-run.js";
import { wholeOrganisation, type Tx } from "../ports.js";
import { simulateDaily } from "../simulating/start-simulation.js";
import { tell } from "../telling.js";
import { placeOf, underClaim, type ImportWork } from "./import-work.js";
import { hasFound } from "./seal-import.js";

export interface ImportEnd {
  /** Events of the wave, all of them on their way. */
  readonly batches: number;
  readonly applyMs: number;
  /** All that was read is applied, or was passed over with its reason. */
  readonly isWhole: boolean;
}

/**
 * Closes the wave. Its manifest goes to the vault where there is something to decide: changes,
 * another rule set, or what a person discarded before. Else outbound is next. A look that found
 * nothing leaves nothing but the position that it reached.
 */
export async function finishImport(work: ImportWork, end: ImportEnd): Promise<void> {
  const { deps, application, run, wave } = work;
  const { batches, applyMs, isWhole } = end;
  await underClaim(work, async (tx) => {
    if (isWhole) await keepPosition(work, tx);
    await deps.imports.clear(tx, run.id);
    const isForVault = !isInSandbox(application) && (batches > 0
      || (await deps.runs.lastBundle(tx, run)) !== run.bundle
      // What a person gave up is decided again when a person runs it, not by itself.
      || (!isUnattended(run) && (await deps.waves.isSetAside(tx, application.id))));
    if (!isForVault && isLook(run) && !hasFound(wave.counts) && (await hasNoErrors(work, tx))) {
      await deps.runs.remove(tx, run.id);
      return;
    }
    await deps.waves.change(tx, wave.id, { state: "finished" });
    if (isWhole && run.reads === "everything") {
      await deps.applications.noteFirstImport(tx, application.id);
    }
    if (isInSandbox(application)) {
      await deps.runs.change(tx, run.id, {
        state: "exporting", timings: { applyMs }, code: null, reason: null,
      });
      await finishRunIfDone(deps, tx, run.id);
      if (isWhole) await simulateDaily(deps, tx);
      return;
    }
    await deps.runs.change(tx, run.id, {
      state: isForVault ? "inbound" : "outbound", timings: { applyMs },
      code: null, reason: null,
    });
    if (isForVault) await tell(deps, tx, [manifest(tx, work, wave, batches)]);
    else await deps.tasks.wish(tx, "outbound", wholeOrganisation);
  });
}

/**
 * A full read knows at least what was there at its position. A report does not where a write of
 * ours came between: it is told again then, which changes nothing.
 */
async function keepPosition(work: ImportWork, tx: Tx): Promise<void> {
  const { deps, run, wave, application } = work;
  const position = wave.stage["position"] as ChangePosition | null | undefined;
  if (position === undefined || wave.stage["isOvertaken"] === true) return;
  if (run.reads === "changes" && (await deps.reports.isOvertaken(tx, placeOf(work)))) return;
  await deps.reports.keepPosition(tx, application.id, position);
}

async function hasNoErrors({ deps, run }: ImportWork, tx: Tx): Promise<boolean> {
  const known = await deps.runs.find(tx, run.id);
  return known !== null && Object.keys(known.errors).length === 0;
}

export function manifest(
  tx: Tx,
  { application, run }: Pick<ImportWork, "application" | "run">,
  wave: Wave,
  batches: number,
) {
  const { new: added = 0, changed = 0, gone = 0, restated = 0 } = wave.counts;
  return {
    event: importReleased,
    tenant: tx.tenant,
    actor: run.actor as EventActor,
    correlation: run.id,
    wave: { id: wave.id, batch: batches, manifest: true },
    payload: {
      runId: run.id, waveId: wave.id, applicationId: application.id, batches,
      objects: added + changed + gone + restated,
      digest: wave.root?.toString("hex") ?? "",
      bundle: run.bundle,
      population: run.population,
      limits: application.limits,
    },
  };
}
