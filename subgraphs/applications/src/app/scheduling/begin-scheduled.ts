import type { Engine } from "@joinery/engine";
import { codeOf, serviceActor, toEventActor } from "@joinery/kit";
import { isAdmitted, putOffMs } from "../../domain/admission.js";
import { isQuarantined, unavailableFor, type Application } from "../../domain/application.js";
import { isLook, isSimulation, type Run } from "../../domain/run.js";
import type { Schedule } from "../../domain/schedule.js";
import { changesOrAll } from "../changes-or-all.js";
import { openRunOf } from "../open-run.js";
import { compiledRules } from "../outbound/rules-cache.js";
import { targetsFor } from "../outbound/run-outbound.js";
import { wholeOrganisation, type Deps, type Tx } from "../ports.js";
import { beginInbound } from "./begin-inbound.js";
import { tell, toldRun } from "../telling.js";

/** What became of a schedule that was due, or in how many milliseconds to try again. */
export type Begun =
  | { readonly outcome: string; readonly runId: string | null }
  | { readonly inMs: number };

const actor = toEventActor(serviceActor("applications"));
/** A look that reads what changed is over in a moment: it does not cost the schedule its turn. */
const lookMs = 5_000;

/** What is not written to is read nevertheless. */
const readAllTheSame: ReadonlySet<string> = new Set([
  "FIRST_IMPORT_MISSING", "PROVISIONING_OFF", "PHASE_NOT_AVAILABLE",
]);

/** Begins one run, in the transaction in which the application is locked. */
export async function beginScheduled(
  deps: Deps,
  tx: Tx,
  application: Application,
  schedule: Schedule,
  now: Date,
): Promise<Begun> {
  const isImport = schedule.direction === "import";
  const reason = application.stopped ? "APPLICATION_STOPPED" : unavailableFor(application);
  if (!isImport && reason === "PROVISIONING_OFF") {
    const isFree = (await openRunOf(deps, tx, application.id)) === null;
    const begun = isFree ? await beginInbound(deps, tx, application) : null;
    return begun ?? { outcome: reason, runId: null };
  }
  if (reason !== null && !(isImport && readAllTheSame.has(reason))) {
    return { outcome: reason, runId: null };
  }
  if (isImport && !application.imports) return { outcome: "IMPORT_OFF", runId: null };
  if (isQuarantined(application)) return { outcome: "APPLICATION_QUARANTINED", runId: null };
  const retryMs = (application.health.retryAt?.getTime() ?? 0) - now.getTime();
  if (isImport && retryMs > 0) return { inMs: retryMs };
  const open = await openRunOf(deps, tx, application.id);
  if (open !== null) return inTheWay(deps, open);
  if (isImport) return beginImport(deps, tx, application, schedule);
  return await beginInbound(deps, tx, application) ?? beginOutbound(deps, tx, application, now);
}

function inTheWay(deps: Deps, open: Run): Begun {
  if (open.state === "held") return { outcome: "RUN_HELD", runId: open.id };
  if (isLook(open)) return { inMs: Math.round(lookMs * (0.5 + deps.chance())) };
  return { outcome: "RUN_OPEN", runId: open.id };
}

async function beginImport(
  deps: Deps,
  tx: Tx,
  application: Application,
  { settings }: Schedule,
): Promise<Begun> {
  const waiting = await deps.schedules.waiting(tx);
  if (!isAdmitted(waiting)) return { inMs: putOffMs(waiting, deps.chance()) };
  const isChangesOnly = settings.changesOnly ?? application.watched;
  const run = await deps.runs.add(tx, {
    id: deps.newId(), applicationId: application.id, actor,
    reads: isChangesOnly ? await changesOrAll(deps, tx, application.id) : "everything",
  });
  await deps.tasks.wish(tx, "import", application.id);
  return { outcome: "STARTED", runId: run.id };
}

/**
 * Outbound plans for everybody who is due, in every application: a run that is on its way there
 * does it too.
 */
async function beginOutbound(
  deps: Deps,
  tx: Tx,
  application: Application,
  now: Date,
): Promise<Begun> {
  const before = await deps.runs.inState(tx, null, ["queued", "importing", "inbound", "outbound"]);
  const onItsWay = before.find((run) => !isSimulation(run));
  if (onItsWay !== undefined) return { outcome: "RUN_OPEN", runId: onItsWay.id };
  const bundle = await deps.replicas.activeBundle(tx);
  if (bundle === null || !(await hasDue(deps, tx, bundle, now))) {
    return { outcome: "NOTHING_DUE", runId: null };
  }
  const population = await deps.accounts.population(tx, application.id);
  const run = await deps.runs.add(tx, {
    id: deps.newId(), applicationId: application.id, actor, reads: "nothing",
  });
  await deps.runs.change(tx, run.id, {
    state: "outbound", started: true, population: population.joined, accounts: population.present,
    bundle: bundle.hash, bundleVersion: bundle.version,
  });
  await tell(deps, tx, [toldRun(tx, application, run, "started")]);
  await deps.tasks.wish(tx, "outbound", wholeOrganisation);
  return { outcome: "STARTED", runId: run.id };
}

/** Whether an outbound run would plan for anybody. */
async function hasDue(
  deps: Deps,
  tx: Tx,
  { hash, version }: { readonly hash: string; readonly version: number },
  now: Date,
): Promise<boolean> {
  const text = await deps.replicas.bundleText(tx, hash);
  if (text === null) return false;
  const engine = engineOf(deps, hash, text);
  if (engine === null) return false;
  const { targets } = await targetsFor(deps, tx, engine);
  if (targets.size === 0) return false;
  const allDue = await deps.outbound.allDue(tx, version);
  return [...targets.values()].some(({ id }) => allDue.has(id))
    || deps.schedules.hasDue(tx, now);
}

/** A rule set that does not compile fails the runs that need it, and stops no schedule. */
function engineOf(deps: Deps, hash: string, text: string): Engine | null {
  try {
    return compiledRules(hash, text).engine;
  } catch (error) {
    deps.log.error("a rule set does not compile", error, { hash, code: codeOf(error) });
    return null;
  }
}
