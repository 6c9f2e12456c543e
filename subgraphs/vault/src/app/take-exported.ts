import type { accountChanged } from "@joinery/events";
import type { LaneContext, LaneMessage, LaneOutcome } from "@joinery/kit";
import type { StagedAccount } from "../domain/accounts.js";
import { applyBatch, storedBatch, tellBatch } from "../persistence/inbound-apply.js";
import { takeGivenAccounts } from "../persistence/given-joins.js";
import { activeBundle } from "../persistence/replicas.js";
import { clearWave, stageAccounts } from "../persistence/staging.js";
import { emptyStage, enterLedger, type Wave } from "../persistence/waves.js";
import { asChanges } from "./batch-events.js";
import { computeBatch } from "./compute-batch.js";
import type { VaultDeps } from "./ports.js";
import { loadContext } from "./wave-context.js";
import { toStaged } from "./wave-messages.js";

type Exported = LaneMessage<ReturnType<typeof accountChanged.parse>>;

/**
 * Takes in what an export left behind: given joins, and what the application contributes back, in
 * one transaction. The export was guarded before it was sent, so this is entered in the ledger and
 * never held. Accounts of an application without inbound rules change no identity: one statement.
 */
export async function takeExported(
  deps: VaultDeps,
  message: Exported,
  lane: LaneContext,
): Promise<LaneOutcome> {
  const { applicationId, runId } = message.payload;
  const accounts = message.payload.accounts.map(toStaged);
  await lane.commit(
    async (tx) => {
      const bundle = await activeBundle(tx);
      const context = await loadContext(deps, tx, bundle, deps.clock().toISOString());
      const application = context.applications.get(applicationId);
      const rules = application && context.ruleSet.applications[application.key];
      const contributes = (account: StagedAccount) => rules?.[account.kind]?.inbound !== undefined;
      const silent = accounts.filter((account) => !contributes(account));
      if (silent.length > 0) await takeGivenAccounts(tx, applicationId, silent);
      const speaking = accounts.filter(contributes);
      if (speaking.length === 0) return;
      const wave: Wave = {
        id: message.envelope.id, runId, applicationId, bundle, state: "applying", counts: {},
        classes: {}, breaches: [], stage: emptyStage(context.now),
      };
      await stageAccounts(tx, wave.id, applicationId, speaking);
      const computed = await computeBatch(deps, tx, context, {
        wave,
        applicationId,
        accounts: speaking,
        actor: message.envelope.actor,
        cause: message.envelope.id,
        sink: asChanges,
      });
      await applyBatch(tx, wave.id, await storedBatch(tx, wave.id, 0));
      await tellBatch(tx, wave.id, 0);
      await enterLedger(tx, computed);
      await clearWave(tx, wave.id);
    },
    { handled: true },
  );
  return "done";
}
