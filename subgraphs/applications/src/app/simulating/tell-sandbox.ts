import {
  accountRestated, definePoints, importSimulated, splitRanges, type Actor as EventActor,
} from "@joinery/events";
import { assert } from "@joinery/kit";
import {
  isInSandbox, unavailableInSimulation, type Application,
} from "../../domain/application.js";
import type { Wave } from "../../domain/run.js";
import { failRunIn } from "../fail-run.js";
import { underClaim, type ImportWork } from "../imports/import-work.js";
import type { Tx } from "../ports.js";
import { tell } from "../telling.js";

const point = definePoints("simulate.tell.before", "simulate.tell.after");
const accountPage = 1_000;

/** How far the telling is, in the stage of the wave. */
interface Place {
  /** In the order of computing: those that make identities first. */
  readonly applicationIds: readonly string[];
  /** Which of them is told, and its last account that was. */
  readonly at: number;
  readonly account: string | null;
}

/**
 * Tells the vault what the applications in the sandbox hold, a page in a transaction, and closes it
 * with a manifest of a simulation. No application is read for it.
 */
export async function tellSandbox(work: ImportWork): Promise<void> {
  let { wave } = work;
  for (;;) {
    const place = wave.stage["simulating"] as Place | undefined;
    await point("simulate.tell.before");
    const next = await underClaim(work, (tx) => {
      if (place === undefined) return begin(work, tx, wave);
      if (place.at < place.applicationIds.length) return tellPage(work, tx, wave, place);
      return finish(work, tx, wave, place);
    });
    await point("simulate.tell.after");
    if (next === null) return;
    wave = next;
  }
}

/** Null where there is nothing to simulate any more. */
async function begin(work: ImportWork, tx: Tx, wave: Wave): Promise<Wave | null> {
  const { deps, application, run } = work;
  const makes = ({ authoritativeFor }: Application) => Number(authoritativeFor.length > 0);
  const applicationIds = (await deps.applications.list(tx))
    .filter((each) => isInSandbox(each) && unavailableInSimulation(each) === null)
    .toSorted((a, b) => makes(b) - makes(a))
    .map(({ id }) => id);
  if (applicationIds.length === 0) {
    const reason = "no application is in the sandbox any more";
    await failRunIn(deps, tx, application, run, "SANDBOX_EMPTY", reason);
    return null;
  }
  await deps.simulations.clear(tx, run.id);
  return keep(work, tx, wave, { applicationIds, at: 0, account: null }, 0, 0);
}

async function tellPage(work: ImportWork, tx: Tx, wave: Wave, place: Place): Promise<Wave> {
  const { deps, task, run } = work;
  const applicationId = place.applicationIds[place.at] as string;
  const page = await deps.accounts.heldAfter(tx, applicationId, place.account, accountPage);
  const isLast = page.length < accountPage;
  const ranges = splitRanges(page, ({ id }) => id, { after: place.account, isLast }, accountPage);
  await tell(deps, tx, ranges.map(({ part, ...bounds }, nth) => ({
    event: accountRestated,
    tenant: task.tenant, actor: run.actor as EventActor, correlation: run.id,
    wave: { id: wave.id, batch: wave.batches + nth },
    payload: { applicationId, runId: run.id, ...bounds, accounts: part },
  })));
  const next = isLast
    ? { ...place, at: place.at + 1, account: null }
    : { ...place, account: page.at(-1)?.id ?? place.account };
  return keep(work, tx, wave, next, ranges.length, page.length);
}

async function keep(
  { deps, run }: ImportWork,
  tx: Tx,
  wave: Wave,
  place: Place,
  events: number,
  objects: number,
): Promise<Wave> {
  await deps.waves.change(tx, wave.id, { addBatches: events, stage: { simulating: place } });
  await deps.runs.change(tx, run.id, { counts: { restated: objects } });
  const changed = await deps.waves.find(tx, wave.id);
  assert(changed !== null, "a wave that was changed is there");
  return changed;
}

async function finish({ deps, task, run }: ImportWork, tx: Tx, wave: Wave, place: Place) {
  const { applicationIds } = place;
  await tell(deps, tx, [{
    event: importSimulated,
    tenant: task.tenant, actor: run.actor as EventActor, correlation: run.id,
    wave: { id: wave.id, batch: wave.batches, manifest: true },
    payload: {
      runId: run.id, waveId: wave.id, applicationIds: [...applicationIds], batches: wave.batches,
      bundle: run.bundle,
    },
  }]);
  await deps.waves.change(tx, wave.id, { state: "finished" });
  await deps.runs.change(tx, run.id, { state: "inbound" });
  return null;
}
