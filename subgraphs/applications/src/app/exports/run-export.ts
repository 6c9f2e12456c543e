import { setTimeout as delay } from "node:timers/promises";
import { ConnectorError, type WriteResult, type Writes } from "@joinery/connectors";
import { definePoints } from "@joinery/events";
import { isQuarantined, unavailableFor, type Application } from "../../domain/application.js";
import { connectionFailure, withConnector } from "../connect.js";
import { finishRunIfDone } from "../finish-run.js";
import { underClaim } from "../imports/import-work.js";
import type { Deps, Task } from "../ports.js";
import { noteFailure } from "../quarantine/note-health.js";
import type { ExportWork } from "./export-work.js";
import { settlePasswords, withPasswords } from "./initial-passwords.js";
import { settleItems } from "./settle-items.js";
import { takeItems, type Departing } from "./take-items.js";

const point = definePoints(
  "export.take.after", "export.write.before", "export.write.after", "export.settle.after",
  "export.finish.before", "export.finish.after",
);

/** Longest a call of a connector may take before its items are tried again. */
const writeMsMax = 120_000;
const pauseMs = { first: 2_000, longest: 900_000 };

type Claim = Pick<ExportWork, "deps" | "task" | "signal">;

/**
 * Sends what an application's released export waves hold, wave by wave. Answers in how many
 * milliseconds to come again; null: when it is wished.
 */
export async function runExports(
  deps: Deps,
  task: Task,
  signal: AbortSignal,
): Promise<number | null> {
  const claim = { deps, task, signal };
  const begun = await begin(claim);
  if (begun === null) return null;
  const { application, waves, pausedMs } = begun;
  if (pausedMs > 0) return pausedMs;
  try {
    return await withConnector(deps, task.tenant, application, async (connector) => {
      let nextMs: number | null = null;
      for (const wave of waves) {
        const inMs = await exportWave({ ...claim, application, connector, wave });
        if (inMs !== null) nextMs = Math.min(nextMs ?? inMs, inMs);
      }
      return nextMs;
    });
  } catch (error) {
    if (!(error instanceof ConnectorError) || signal.aborted) throw error;
    return pause(claim, application, error);
  }
}

/** Null when there is nothing that may leave. */
async function begin({ deps, task, signal }: Claim) {
  return underClaim({ deps, task, signal }, async (tx) => {
    const application = await deps.applications.find(tx, task.subject);
    const waves = await deps.exports.openWaves(tx, task.subject);
    if (application === null || waves.length === 0) return null;
    if (application.state === "deleted") {
      for (const wave of waves) await endWave(deps, tx, application, wave);
      return null;
    }
    if (unavailableFor(application) !== null || isQuarantined(application)) return null;
    await deps.exports.recoverInFlight(tx, application.id);
    return { application, waves, pausedMs: await deps.exports.pausedMs(tx, application.id) };
  });
}

/**
 * Null when the wave is finished or stopped, else in how many milliseconds its next item leaves.
 */
async function exportWave(work: ExportWork): Promise<number | null> {
  const { connector, application, signal } = work;
  const { writes } = connector;
  if (writes === undefined) {
    throw new ConnectorError("stop", "MISCONFIGURED", "this connector does not write");
  }
  const rate = application.exportPolicy.ratePerSecond ?? Infinity;
  const limit = Math.min(writes.writeBatchMax, Math.max(1, Math.floor(rate)));
  for (;;) {
    const began = performance.now();
    const departing = await takeItems(work, limit);
    await point("export.take.after");
    if (departing === "stopped") return null;
    if (departing === "empty") {
      const left = await whatIsLeft(work);
      if (left !== "more") return left;
      continue;
    }
    if (departing.writes.length === 0) continue;
    const complete = await withPasswords(work, departing).catch((error: unknown) =>
      notSent(work, error));
    await point("export.write.before");
    const results = await write(writes, complete, signal);
    await point("export.write.after");
    await settlePasswords(work, complete, results);
    await settleItems(work, complete, results);
    await point("export.settle.after");
    await keepRate(departing.writes.length, rate, began, signal);
  }
}

/** What was never sent was no attempt: what stands there by its name is not ours. */
async function notSent(work: ExportWork, error: unknown): Promise<never> {
  await underClaim(work, (tx) => work.deps.exports.noteInFlight(tx, work.application.id, []));
  throw error;
}

/** A call that takes too long is a refusal of the system like any other. */
async function write(
  writes: Writes,
  departing: Departing,
  signal: AbortSignal,
): Promise<readonly WriteResult[]> {
  const patience = AbortSignal.timeout(writeMsMax);
  try {
    return await writes.write(departing.writes, AbortSignal.any([signal, patience]));
  } catch (error) {
    if (error instanceof ConnectorError || signal.aborted || !patience.aborted) throw error;
    const message = `no answer within ${writeMsMax / 1_000} s`;
    throw new ConnectorError("retry", "CONNECTOR_TIMEOUT", message, { cause: error });
  }
}

/** Sleeps off what was sent faster than the rate allows. */
async function keepRate(sent: number, rate: number, began: number, signal: AbortSignal) {
  const owed = (sent / rate) * 1_000 - (performance.now() - began);
  if (owed > 0) await delay(owed, undefined, { signal }).catch(() => undefined);
}

/**
 * Nothing may leave now. References whose accounts have come are opened (`more`); when nothing is
 * left the wave ends, and when nothing is but what waits for approval it is held (null); else the
 * milliseconds until the next try.
 */
async function whatIsLeft(work: ExportWork): Promise<"more" | number | null> {
  const { deps, application, wave } = work;
  await point("export.finish.before");
  const outcome = await underClaim(work, async (tx) => {
    // People decide about what waits meanwhile: their release of the wave comes after, or before.
    await deps.waves.lock(tx, wave.id);
    if ((await deps.exports.openWaiting(tx, wave.id)) > 0) return "more" as const;
    const left = await deps.exports.left(tx, wave.id);
    if (left.open > 0) return left.nextInMs ?? 0;
    if (left.proposed > 0) {
      await deps.waves.change(tx, wave.id, { state: "held" });
      await finishRunIfDone(deps, tx, wave.runId);
      return null;
    }
    if (left.waiting > 0) await deps.exports.giveUpWaiting(tx, wave.id);
    await endWave(deps, tx, application, wave);
    return null;
  });
  await point("export.finish.after");
  return outcome;
}

async function endWave(
  deps: Deps,
  tx: Parameters<typeof finishRunIfDone>[1],
  application: Application,
  wave: ExportWork["wave"],
): Promise<void> {
  await deps.waves.change(tx, wave.id, { state: "finished" });
  await deps.exports.noteFirstExport(tx, application.id);
  await finishRunIfDone(deps, tx, wave.runId);
}

/** The whole system refused: nothing is lost, nothing leaves for a while, longer each time. */
async function pause(
  claim: Claim,
  application: Application,
  error: ConnectorError,
): Promise<number | null> {
  const { deps } = claim;
  const why = connectionFailure(error);
  const fields = { applicationId: application.id, code: error.code };
  deps.log.warn("an application takes nothing for now", fields);
  return underClaim(claim, async (tx) => {
    const { retryAfterMs } = error;
    const health = await noteFailure(deps, tx, application.id, { ...why, retryAfterMs });
    const inMs = await deps.exports.pause(tx, application.id, why, (pauses) => {
      const doubled = pauseMs.first * 2 ** Math.min(pauses - 1, 20);
      return Math.max(retryAfterMs ?? 0, Math.min(pauseMs.longest, doubled));
    });
    // The probe that is answered wishes for the rest.
    return (health?.quarantinedAt ?? null) === null ? inMs : null;
  });
}
