import { ConnectorError, type Connector } from "@joinery/connectors";
import { canonicalJson } from "@joinery/engine";
import { serviceActor } from "@joinery/kit";
import { effectiveSchema } from "../../domain/application.js";
import type { ChangePosition } from "../../domain/change-position.js";
import { isLook, type Run } from "../../domain/run.js";
import { describe } from "../discover.js";
import { tell, toldApplication, toldRun } from "../telling.js";
import { underClaim, type ImportWork } from "./import-work.js";
import { readChanges } from "./read-changes.js";
import { readSource } from "./read-source.js";
import type { ReadTally } from "./read-tally.js";

/** What was read of a system, all of it in the stage. */
export interface SourceRead {
  /** With the application's schema and the run as the read left them. */
  readonly work: ImportWork;
  readonly tally: ReadTally;
  /** Only what changed was read: who is not in it is as before. */
  readonly isReport: boolean;
  /** Where to go on from once this is applied; null where the system tells no changes. */
  readonly position: ChangePosition | null;
}

/**
 * Reads what the run asks for: changes where the system tells them and still knows where we were,
 * else everything. Throws ConnectorError.
 */
export async function readApplication(
  work: ImportWork,
  connector: Connector,
): Promise<SourceRead> {
  if (work.run.reads === "everything") return readEverything(work, connector);
  const known = await work.deps.within(work.task.tenant, (tx) =>
    work.deps.reports.position(tx, work.application.id));
  if (known === null || connector.changes === undefined) {
    return readEverything(await askForEverything(work), connector);
  }
  try {
    const { tally, token } = await readChanges(work, connector.changes, known.token);
    return { work, tally, isReport: true, position: { ...known, token } };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== "DELTA_TOKEN_REJECTED") throw error;
    const everything = await askForEverything(work);
    work.deps.log.warn("changes are not known any more, everything is read", {
      runId: work.run.id, code: error.code,
    });
    return readEverything(everything, connector);
  }
}

/** The position is taken before: what changes during the read is told by the next report. */
async function readEverything(work: ImportWork, connector: Connector): Promise<SourceRead> {
  if (connector.reads === undefined) {
    throw new ConnectorError("stop", "MISCONFIGURED", "this connector does not read");
  }
  const described = await learnSchema(work, connector);
  const position = await positionOfNow(work, connector);
  const tally = await readSource(described, connector);
  return { work: described, tally, isReport: false, position };
}

/** Null also where the system refuses to tell of changes: whoever may read may read everything. */
async function positionOfNow(
  { deps, run, signal }: ImportWork,
  connector: Connector,
): Promise<ChangePosition | null> {
  try {
    return await connector.changes?.begin(signal) ?? null;
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind === "retry") throw error;
    deps.log.warn("a system does not tell of changes", { runId: run.id, code: error.code });
    return null;
  }
}

/** A look that reads everything is a run like any other: it is told of from the beginning. */
async function askForEverything(work: ImportWork): Promise<ImportWork> {
  const { deps, application, run } = work;
  const reads: Run["reads"] = "everything";
  await underClaim(work, async (tx) => {
    await deps.runs.change(tx, run.id, { reads });
    if (isLook(run)) await tell(deps, tx, [toldRun(tx, application, run, "started")]);
  });
  return { ...work, run: { ...run, reads } };
}

/** What the system has may have changed since the last import; all replicas learn of it then. */
async function learnSchema(work: ImportWork, connector: Connector): Promise<ImportWork> {
  const { deps, application, run } = work;
  const described = await describe(connector, work.signal) ?? {};
  const wanted = effectiveSchema(described, application.schemaOverride);
  if (canonicalJson(wanted) === canonicalJson(application.schema)) return work;
  const by = { actor: serviceActor("applications"), requestId: run.id };
  const changed = await underClaim(work, async (tx) => {
    const after = await deps.applications.change(tx, application.id, { discovered: described });
    await tell(deps, tx, [toldApplication(tx, by, after)]);
    return after;
  });
  return { ...work, application: changed };
}
