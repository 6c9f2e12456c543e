import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import {
  pushRefused, readReference, referenceKey, type PushRefusal, type Reference, type SentReference,
} from "../../domain/push-sent.js";
import type { PushedObject } from "../../domain/pushed.js";
import type { Caller, Deps } from "../ports.js";
import { tell } from "../telling.js";
import { closed, inPushed, toldPush, type ClientCall } from "./client-call.js";
import { requireClient } from "./graph-client.js";
import { pushLimits, racing, type PushResult } from "./push-accounts.js";

export interface SentDeletion extends SentReference {
  /** Of the object as the partner knows it; null for whatever is there. */
  readonly version: number | null;
}

type Wanted = Reference & { readonly version: number | null };
type Input = Wanted | { readonly error: PushRefusal };

/**
 * Deletes what is there of what is named; whoever they are in the vault is the import's to decide,
 * and its guard's. Answers PUSH_TOO_LARGE, PUSH_CLOSED; nothing was written then. At most seven
 * statements, one transaction.
 */
export async function pushDeletions(
  deps: Deps,
  by: Caller,
  { accounts }: { readonly accounts: readonly SentDeletion[] },
): Promise<Outcome<readonly PushResult[]>> {
  const client = requireClient(by);
  const call: ClientCall = { deps, client, requestId: by.requestId };
  const isBounded = accounts.length >= 1 && accounts.length <= pushLimits.objects;
  if (!isBounded) return refuse("PUSH_TOO_LARGE");
  const wanted = accounts.map((each): Input => {
    const read = readReference(each);
    return read.ok ? { ...read.value, version: each.version } : { error: read.error };
  });
  const { applicationId } = client;
  const results = await inPushed(call, racing, async (tx) => {
    const named = wanted.flatMap((each) => ("error" in each ? [] : [each]));
    await deps.pushedBatches.takeTurn(tx, applicationId);
    const held = await deps.pushedBatches.lockNamed(tx, applicationId, named);
    const decided = decide(wanted, held);
    const ids = decided.flatMap(({ outcome, id }) =>
      (outcome === "deleted" && id !== null ? [id] : []));
    if (ids.length > 0) {
      await deps.pushed.removeAll(tx, ids);
      await tell(deps, tx, [toldPush(
        call, "batch", { kind: "application", id: applicationId }, { deleted: ids.length })]);
    }
    return decided;
  });
  return results === closed ? refuse("PUSH_CLOSED") : accept(results);
}

function decide(
  wanted: readonly Input[],
  held: ReadonlyMap<string, readonly PushedObject[]>,
): readonly PushResult[] {
  const seen = new Set<string>();
  return wanted.map((each) => {
    if ("error" in each) return refused(each.error);
    const key = referenceKey(each);
    if (seen.has(key)) return refused(pushRefused("PUSH_REPEATED"));
    seen.add(key);
    const [object, another] = held.get(key) ?? [];
    if (another !== undefined) return refused(pushRefused("PUSH_AMBIGUOUS"));
    if (object === undefined) return { outcome: "absent", id: null, version: null, error: null };
    const { id, version } = object;
    if (each.version !== null && each.version !== version) {
      return refused(pushRefused("PUSH_VERSION_CONFLICT"));
    }
    return { outcome: "deleted", id, version: version + 1, error: null };
  });
}

function refused(error: PushRefusal): PushResult {
  return { outcome: "refused", id: null, version: null, error };
}
