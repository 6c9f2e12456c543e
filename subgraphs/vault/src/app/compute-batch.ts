import type { Actor } from "@joinery/events";
import { createHash } from "node:crypto";
import { JoineryError, type TenantTransaction } from "@joinery/kit";
import type { StagedAccount } from "../domain/accounts.js";
import {
  computeGroups, computeInbound, type InboundInput, type InboundResult,
} from "../domain/inbound.js";
import type { WavePosition } from "../persistence/inbound-reads.js";
import { storeComputed } from "../persistence/inbound-writes.js";
import type { Wave } from "../persistence/waves.js";
import { digestOf, sealBatch, type Sink } from "./batch-events.js";
import { loadBatch, loadGroups, type WaveContext } from "./load-batch.js";
import type { VaultDeps } from "./ports.js";

export interface BatchRequest {
  readonly wave: Wave;
  readonly applicationId: string;
  readonly accounts: readonly StagedAccount[];
  readonly actor: Actor;
  readonly cause: string;
  readonly sink: Sink;
}

/**
 * Computes one batch, keeps it in the wave's working rows and answers the wave with it counted in.
 * Nothing of the vault changes. Throws APPLICATION_UNKNOWN when its record has not come yet.
 */
export async function computeBatch(
  deps: VaultDeps,
  tx: TenantTransaction,
  context: WaveContext,
  request: BatchRequest,
): Promise<Wave> {
  const { wave } = request;
  const application = context.applications.get(request.applicationId);
  if (!application) {
    throw new JoineryError("APPLICATION_UNKNOWN", "the application's record is not here yet");
  }
  const input = await loadBatch(tx, context, wave.id, application, request.accounts);
  const result = computeInbound(input);
  const groups = await loadGroups(tx, context, wave.id, result.groups.map(({ id }) => id));
  const { identities, classes } = computeGroups(input, result, groups);
  const batch = wave.stage.computed;
  const { sealed, identityEvents } = await sealBatch(
    deps.keys.events,
    {
      tenant: tx.tenant,
      runId: wave.runId,
      applicationId: wave.applicationId,
      actor: request.actor,
      cause: request.cause,
    },
    identities,
    request.sink,
  );
  await storeComputed(tx, {
    waveId: wave.id,
    batch,
    applicationId: application.id,
    decisions: result.decisions,
    identities,
    events: sealed,
  });
  await request.sink.keepKeys(tx, ...waiting(input, result));
  const digest = digestOf(context.digestKey, application.key, identities);
  return {
    ...wave,
    counts: added(wave.counts, result.counts),
    classes: added(wave.classes, classes),
    stage: {
      ...wave.stage,
      position: positionOf(request),
      computed: batch + 1,
      digest: createHash("sha256").update(wave.stage.digest).update(digest).digest("hex"),
      events: wave.stage.events + identityEvents,
      identities: wave.stage.identities + identities.length,
    },
  };
}

function positionOf({ applicationId, accounts }: BatchRequest): WavePosition | null {
  const last = accounts.at(-1);
  return last ? { applicationId, anchor: last.anchor, accountId: last.accountId } : null;
}

/** Accounts that found nobody keep their keys; those that were decided otherwise lose them. */
function waiting(
  input: InboundInput,
  result: InboundResult,
): [accounts: string[], keys: { account: string; key: string }[]] {
  const accounts: string[] = [];
  const keys: { account: string; key: string }[] = [];
  for (const decision of result.decisions) {
    const offered = input.keys.get(decision.accountId);
    if (!offered) continue;
    const isNew = input.known.get(decision.accountId) === undefined;
    const waits = decision.situation === "unmatched" || decision.situation === "disputed";
    if (waits || !isNew) accounts.push(decision.accountId);
    if (!waits) continue;
    const marks = new Set(offered.map((key) => key.blind));
    for (const key of marks) keys.push({ account: decision.accountId, key });
  }
  return [accounts, keys];
}

function added<K extends string>(
  a: Readonly<Partial<Record<K, number>>>,
  b: Readonly<Partial<Record<K, number>>>,
): Record<K, number> {
  const sum = { ...a } as Record<K, number>;
  for (const [key, n] of Object.entries(b) as [K, number][]) sum[key] = (sum[key] ?? 0) + n;
  return sum;
}

