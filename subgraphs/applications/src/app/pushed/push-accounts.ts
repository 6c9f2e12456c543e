import { nameKey } from "../../domain/name-key.js";
import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import { decidePush, type PushStep, type PushView } from "../../domain/push-batch.js";
import {
  readAccount, type PushRefusal, type Reference, type SentAccount, type WantedAccount,
} from "../../domain/push-sent.js";
import type { PushedTypes } from "../../domain/pushed-types.js";
import { nameOf } from "../../domain/pushed.js";
import type { PushedMember } from "../pushed-ports.js";
import type { Caller, Deps, Tx } from "../ports.js";
import { tell } from "../telling.js";
import { closed, inPushed, toldPush, type ClientCall } from "./client-call.js";
import { requireClient } from "./graph-client.js";

/** Bounds of one call. */
export const pushLimits = { objects: 1_000, members: 10_000 } as const;

/** What became of one object, in the order in which they were sent. */
export interface PushResult {
  readonly outcome: "created" | "updated" | "unchanged" | "deleted" | "absent" | "refused";
  readonly id: string | null;
  readonly version: number | null;
  readonly error: PushRefusal | null;
}

/** A batch that lost its race for a name or a lock is decided anew. */
export const racing: ReadonlySet<string> = new Set(["PG_40P01", "PG_23505"]);

/**
 * Makes the objects or changes them to what is said, each by its external id: sent again, they are
 * as they are and nothing is written. An object is refused alone. Answers PUSH_TOO_LARGE,
 * PUSH_CLOSED; nothing was written then. At most eleven statements, one transaction.
 */
export async function pushAccounts(
  deps: Deps,
  by: Caller,
  { accounts }: { readonly accounts: readonly SentAccount[] },
): Promise<Outcome<readonly PushResult[]>> {
  const call: ClientCall = { deps, client: requireClient(by), requestId: by.requestId };
  if (!fits(accounts)) return refuse("PUSH_TOO_LARGE");
  const newIds = accounts.map(() => deps.newId());
  const results = await inPushed(call, racing, async (tx, types) => {
    const wanted = accounts.map((each) => {
      const read = readAccount(each, types);
      return read.ok ? read.value : { error: read.error };
    });
    const readable = wanted.flatMap((each) => ("error" in each ? [] : [each]));
    const steps = decidePush(wanted, await viewOf(call, tx, readable), newIds);
    return write({ ...call, tx, types }, steps);
  });
  return results === closed ? refuse("PUSH_CLOSED") : accept(results);
}

function fits(accounts: readonly SentAccount[]): boolean {
  const members = accounts.reduce((sum, each) => sum + (each.members?.length ?? 0)
    + (each.addMembers?.length ?? 0) + (each.removeMembers?.length ?? 0), 0);
  return accounts.length >= 1 && accounts.length <= pushLimits.objects
    && members <= pushLimits.members;
}

async function viewOf(
  { deps, client: { applicationId } }: ClientCall,
  tx: Tx,
  wanted: readonly WantedAccount[],
): Promise<PushView> {
  const { pushedBatches } = deps;
  const references = wanted.flatMap(({ members }): readonly Reference[] =>
    (members === null ? [] : [...members.come, ...members.leave]));
  const nameKeys = wanted.flatMap(({ kind, resource }) =>
    (kind === "user" && resource !== null ? [nameKey(nameOf(kind, resource))] : []));
  await pushedBatches.takeTurn(tx, applicationId);
  return {
    held: await pushedBatches.lockNamed(tx, applicationId, wanted),
    named: references.length === 0
      ? new Map() : await pushedBatches.idsOf(tx, applicationId, references),
    names: nameKeys.length === 0
      ? new Map() : await pushedBatches.ownersOf(tx, applicationId, nameKeys),
  };
}

type Taken = Exclude<PushStep, { kind: "refuse" }>;

interface OpenCall extends ClientCall {
  readonly tx: Tx;
  readonly types: PushedTypes;
}

async function write(
  call: OpenCall,
  steps: readonly PushStep[],
): Promise<readonly PushResult[]> {
  const { deps: { pushedBatches }, client: { applicationId }, tx, types } = call;
  const toContent = ({ id, of, resource }: Taken) => ({ id, kind: of, type: types[of], resource });
  const taken = steps.flatMap((step) => (step.kind === "refuse" ? [] : [step]));
  const created = taken.filter(({ kind }) => kind === "create").map(toContent);
  if (created.length > 0) await pushedBatches.addAll(tx, applicationId, created);
  const moved = await writeMembers(call, taken);
  const changed = taken.filter(({ kind, id }) =>
    kind === "change" || (kind === "keep" && moved.has(id)));
  if (changed.length > 0) await pushedBatches.changeAll(tx, changed.map(toContent));
  const changedIds = new Set(changed.map(({ id }) => id));
  if (created.length + changed.length > 0) {
    const attributes = new Set(changed.flatMap((each) => each.attributes));
    await tell(call.deps, tx, [toldPush(
      call, "batch", { kind: "application", id: applicationId }, {
        created: created.length, updated: changed.length, groupsWithNewMembers: moved.size,
        attributes: [...attributes].toSorted(),
      })]);
  }
  return steps.map((step) => toResult(step, changedIds));
}

/** Groups in which somebody came or went. */
async function writeMembers(
  { deps: { pushedBatches }, client: { applicationId }, tx }: OpenCall,
  taken: readonly Taken[],
): Promise<ReadonlySet<string>> {
  const pairsOf = (pick: (step: NonNullable<Taken["members"]>) => readonly string[]) =>
    taken.flatMap(({ id: group, members }): readonly PushedMember[] =>
      (members === null ? [] : pick(members).map((member) => ({ group, member }))));
  const come = pairsOf((members) => members.come);
  const leave = pairsOf((members) => members.leave);
  // Of a group that was just made nobody can leave.
  const whole = taken.filter(({ kind, members }) => kind !== "create" && members?.isAll === true);
  const moved: string[] = [];
  if (whole.length > 0) {
    const groups = whole.map(({ id }) => id);
    moved.push(...await pushedBatches.removeOthers(tx, groups, come));
  }
  if (leave.length > 0) moved.push(...await pushedBatches.removePairs(tx, leave));
  if (come.length > 0) moved.push(...await pushedBatches.addPairs(tx, applicationId, come));
  return new Set(moved);
}

function toResult(step: PushStep, changed: ReadonlySet<string>): PushResult {
  if (step.kind === "refuse") {
    return { outcome: "refused", id: null, version: null, error: step.error };
  }
  const { kind, id, version } = step;
  if (kind === "create") return { outcome: "created", id, version: 1, error: null };
  const isChanged = changed.has(id);
  return {
    outcome: isChanged ? "updated" : "unchanged", id, error: null,
    version: isChanged ? version + 1 : version,
  };
}
