import { ConnectorError } from "@joinery/connectors";
import { definePoints } from "@joinery/events";
import { codeOf, JoineryError, uuidv5 } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import { isLook, isSimulation, type Run } from "../../domain/run.js";
import { withConnector } from "../connect.js";
import { failRun, failRunIn } from "../fail-run.js";
import { isPassing } from "../passing.js";
import type { Deps, Task, Tx } from "../ports.js";
import { noteFailedRead } from "../quarantine/note-failed-read.js";
import { noteSuccess } from "../quarantine/note-health.js";
import { tellSandbox } from "../simulating/tell-sandbox.js";
import { tell, toldRun } from "../telling.js";
import { applyImport } from "./apply-import.js";
import { awaitCreates } from "./await-creates.js";
import { finishImport } from "./finish-import.js";
import { underClaim, type ImportWork } from "./import-work.js";
import { readApplication } from "./read-application.js";
import { restateHeld } from "./restate-held.js";
import { guardImport, rootOf, sealImport } from "./seal-import.js";

const point = definePoints("import.begin.after", "import.seal.after", "import.release.after",
  "import.finish.before", "import.finish.after");

/** Does what the application's runs wait for, one run at a time. Answers when to come again. */
export async function runImports(deps: Deps, task: Task, signal: AbortSignal): Promise<null> {
  for (;;) {
    const work = await begin(deps, task, signal);
    if (work === null) return null;
    await point("import.begin.after");
    try {
      await importRun(work);
    } catch (error) {
      if (signal.aborted || isPassing(error)) throw error;
      await stopReading(work, error);
    }
  }
}

/** The oldest run that is to be imported; the first time it is begun and pinned to its bundle. */
async function begin(deps: Deps, task: Task, signal: AbortSignal): Promise<ImportWork | null> {
  return underClaim({ deps, task, signal }, async (tx) => {
    const application = await deps.applications.find(tx, task.subject);
    const runs = await deps.runs.inState(tx, task.subject, ["importing", "queued"]);
    const run = runs.find((each) => each.state === "importing") ?? runs[0];
    if (application === null || run === undefined) return null;
    if (run.state === "queued") await start(deps, tx, application, run);
    const wave = await deps.waves.ensure(tx, {
      id: uuidv5(tx.tenant, run.id, "import"), runId: run.id, process: "import",
      applicationId: application.id, state: "computing",
    });
    const begun = await deps.runs.find(tx, run.id);
    return begun && { deps, task, signal, application, run: begun, wave };
  });
}

async function start(deps: Deps, tx: Tx, application: Application, run: Run): Promise<void> {
  const bundle = await deps.replicas.activeBundle(tx);
  const population = await deps.accounts.population(tx, application.id);
  await deps.runs.change(tx, run.id, {
    state: "importing", started: true, population: population.joined, accounts: population.present,
    bundle: bundle?.hash ?? null, bundleVersion: bundle?.version ?? null,
  });
  // A look is told of when it found something.
  if (!isLook(run)) await tell(deps, tx, [toldRun(tx, application, run, "started")]);
}

async function importRun(work: ImportWork): Promise<void> {
  if (work.application.state === "deleted") {
    await failRun(work, "APPLICATION_DELETED", "the application does not run");
    return;
  }
  if (isSimulation(work.run)) {
    await tellSandbox(work);
    return;
  }
  if (work.run.reads === "nothing") {
    const wave = await restateHeld(work);
    await finishImport({ ...work, wave }, { batches: wave.batches, applyMs: 0, isWhole: true });
    return;
  }
  if (work.wave.state === "held") return;
  const released = work.wave.state === "released" && await isIntact(work)
    ? work : await readAndSeal(work);
  if (released === null) return;
  await point("import.release.after");
  const began = performance.now();
  const { wave } = released;
  const progress = {
    applied: Number(wave.stage["applied"] ?? 0),
    batches: wave.batches,
    passed: 0,
    rangeRows: Number(wave.stage["rangeRows"] ?? 1_000),
  };
  await applyImport(released, progress);
  await point("import.finish.before");
  await finishImport(released, {
    batches: progress.batches, applyMs: Math.round(performance.now() - began), isWhole: true,
  });
  await point("import.finish.after");
}

/**
 * The stage is unlogged: it is gone after a crash of the database, and everything is read again.
 */
async function isIntact({ deps, task, run, wave }: ImportWork): Promise<boolean> {
  return deps.within(task.tenant, async (tx) => {
    if (wave.root === null || !(await deps.imports.isWhole(tx, run.id))) return false;
    return (await rootOf(deps, tx, run.id)).equals(wave.root);
  });
}

/** Null when the guard holds the wave. */
async function readAndSeal(work: ImportWork): Promise<ImportWork | null> {
  const { deps, task, application } = work;
  const began = performance.now();
  const fresh = await noteReadStart(work);
  const source = await withConnector(deps, task.tenant, application, (connector) =>
    readApplication(fresh, connector));
  const known = source.work;
  await awaitCreates(known, source.tally);
  const read = performance.now();
  const sealed = await sealImport(known, source);
  await point("import.seal.after");
  const isReleased = await guardImport(known, sealed, source);
  const wave = await underClaim(known, async (tx) => {
    if (application.health.failures > 0) await noteSuccess(deps, tx, application.id);
    await deps.runs.change(tx, known.run.id, { timings: {
      readMs: Math.round(read - began), sealMs: Math.round(performance.now() - read),
    } });
    return deps.waves.find(tx, known.wave.id);
  });
  return isReleased && wave !== null ? { ...known, wave } : null;
}

async function noteReadStart(work: ImportWork): Promise<ImportWork> {
  const { deps } = work;
  const run = await underClaim(work, async (tx) => {
    await deps.runs.change(tx, work.run.id, { readStarted: true });
    return deps.runs.find(tx, work.run.id);
  });
  if (run === null) throw new JoineryError("RUN_NOT_FOUND", "the run is gone");
  return { ...work, run };
}

/**
 * The source stopped. Nothing of it is applied, and the run fails with the connector's code; only
 * a wave of which batches have left already is closed, for what left stands.
 */
async function stopReading(work: ImportWork, error: unknown): Promise<void> {
  const { deps, run } = work;
  const isSources = error instanceof ConnectorError;
  if (!isSources) deps.log.error("an import failed", error, { runId: run.id, code: codeOf(error) });
  const code = isSources ? error.code : codeOf(error);
  const reason = isSources ? error.message : "an unexpected error, told in the log";
  const wave = await deps.within(work.task.tenant, (tx) => deps.waves.find(tx, work.wave.id));
  if (wave === null || wave.batches === 0) {
    await underClaim(work, async (tx) => {
      const repeated = isSources && (await noteFailedRead(work, tx, error));
      await failRunIn(deps, tx, work.application, run, code, reason, { repeated });
    });
    return;
  }
  // What is half applied for a reason of ours is tried again, until it is whole.
  if (!isSources) throw error;
  await underClaim(work, (tx) => deps.runs.tally(tx, run.id, code, error.object ?? "", reason));
  await finishImport({ ...work, wave }, { batches: wave.batches, applyMs: 0, isWhole: false });
}
