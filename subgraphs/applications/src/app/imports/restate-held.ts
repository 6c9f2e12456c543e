import {
  accountRestated, definePoints, memberRestated, splitRanges,
  type Actor as EventActor, type OutgoingEvent,
} from "@joinery/events";
import { assert } from "@joinery/kit";
import type { Wave } from "../../domain/run.js";
import type { MemberKey } from "../account-ports.js";
import type { Tx } from "../ports.js";
import { tell } from "../telling.js";
import { underClaim, type ImportWork } from "./import-work.js";

const point = definePoints("import.restate.before", "import.restate.after");

const accountPage = 1_000;
const memberPage = 5_000;

/** How far the telling is, in the stage of the wave. */
interface Place {
  /** The last account and member that were told; null before the first. */
  readonly account: string | null;
  readonly member: MemberKey | null;
  readonly next: "accounts" | "members" | "end";
}

const beginning: Place = { account: null, member: null, next: "accounts" };

/** Events without their place in the wave. */
type Unplaced = Omit<OutgoingEvent, "wave">;

/**
 * Instead of reading the system: tells all that we hold of it, accounts and then members, a page in
 * a transaction. No import changes any of it meanwhile, for this run has the claim of the
 * application; what an export writes in between has a newer revision. Answers the wave with what it
 * counts.
 */
export async function restateHeld(work: ImportWork): Promise<Wave> {
  let { wave } = work;
  while (placeOf(wave).next !== "end") {
    await point("import.restate.before");
    wave = await underClaim(work, (tx) => restatePage({ ...work, wave }, tx));
    await point("import.restate.after");
  }
  return wave;
}

async function restatePage(work: ImportWork, tx: Tx): Promise<Wave> {
  const { deps, wave } = work;
  const at = placeOf(wave);
  const { events, place, objects } =
    at.next === "accounts" ? await accountsAfter(work, tx, at) : await membersAfter(work, tx, at);
  await tell(deps, tx, events.map((event, nth) => ({
    ...event, wave: { id: wave.id, batch: wave.batches + nth },
  })));
  const restated = (wave.counts["restated"] ?? 0) + objects;
  await deps.waves.change(tx, wave.id, {
    addBatches: events.length, counts: { restated }, stage: { restating: place },
  });
  await deps.runs.change(tx, work.run.id, { progress: { restated } });
  const changed = await deps.waves.find(tx, wave.id);
  assert(changed !== null, "a wave that was changed is there");
  return changed;
}

interface Page {
  readonly events: readonly Unplaced[];
  readonly place: Place;
  readonly objects: number;
}

async function accountsAfter(work: ImportWork, tx: Tx, at: Place): Promise<Page> {
  const { deps, application } = work;
  const page = await deps.accounts.heldAfter(tx, application.id, at.account, accountPage);
  const isLast = page.length < accountPage;
  const ranges = splitRanges(page, ({ id }) => id, { after: at.account, isLast }, accountPage);
  const events = ranges.map(({ part, ...bounds }) => ({
    ...aboutOf(work),
    event: accountRestated,
    payload: { ...payloadOf(work), ...bounds, accounts: part },
  }));
  const next = isLast ? "members" as const : "accounts" as const;
  const place = { ...at, account: page.at(-1)?.id ?? at.account, next };
  return { events, place, objects: page.length };
}

async function membersAfter(work: ImportWork, tx: Tx, at: Place): Promise<Page> {
  const { deps, application } = work;
  const page = await deps.accounts.membersAfter(tx, application.id, at.member, memberPage);
  const isLast = page.length < memberPage;
  const toKey = ({ group, member }: MemberKey): MemberKey => ({ group, member });
  const ranges = splitRanges(page, toKey, { after: at.member, isLast });
  const events = ranges.map(({ part, ...bounds }) => ({
    ...aboutOf(work),
    event: memberRestated,
    payload: { ...payloadOf(work), ...bounds, members: part },
  }));
  const last = page.at(-1);
  const place: Place = {
    ...at,
    member: last === undefined ? at.member : toKey(last),
    next: isLast ? "end" : "members",
  };
  return { events, place, objects: page.length };
}

function aboutOf({ task, run }: ImportWork) {
  return { tenant: task.tenant, actor: run.actor as EventActor, correlation: run.id };
}

function payloadOf({ application, run }: ImportWork) {
  return { applicationId: application.id, runId: run.id };
}

function placeOf(wave: Wave): Place {
  return (wave.stage["restating"] as Place | undefined) ?? beginning;
}
