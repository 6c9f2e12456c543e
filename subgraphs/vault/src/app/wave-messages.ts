import {
  accountChanged, accountRestated, memberChanged, memberRestated, type RestatedAccount,
} from "@joinery/events";
import type { LaneMessage, TenantTransaction } from "@joinery/kit";
import type { StagedAccount } from "../domain/accounts.js";
import { replaceMembers, saveMembers } from "../persistence/members.js";
import { mergeAccounts, stageAccounts, stageMissing } from "../persistence/staging.js";
import type { Wave } from "../persistence/waves.js";

/** Puts what a message says of accounts into the wave's working rows. Answers how many. */
export async function stageMessage(
  tx: TenantTransaction,
  wave: Wave,
  message: LaneMessage,
): Promise<number> {
  const { name } = message.envelope;
  const stage = wave.stage.adopted ? mergeAccounts : stageAccounts;
  if (name === accountRestated.name) {
    const told = accountRestated.parse(message.payload);
    const staged = await stage(tx, wave.id, told.applicationId, told.accounts.map(toStaged));
    return staged + (await stageMissing(tx, wave.id, told));
  }
  if (name !== accountChanged.name) return 0;
  const { accounts, applicationId } = accountChanged.parse(message.payload);
  return stage(tx, wave.id, applicationId, accounts.map(toStaged));
}

/** Keeps what a message says of members. Answers the groups that it says something of. */
export async function keepMembers(
  tx: TenantTransaction,
  applicationId: string,
  { envelope, payload }: LaneMessage,
): Promise<string[]> {
  if (envelope.name === memberRestated.name) {
    return replaceMembers(tx, applicationId, memberRestated.parse(payload));
  }
  const { members } = memberChanged.parse(payload);
  await saveMembers(tx, members);
  return [...new Set(members.map((member) => member.group))];
}

export function toStaged(account: RestatedAccount): StagedAccount {
  return {
    accountId: account.id,
    kind: account.kind,
    anchor: account.anchor,
    name: account.name,
    attributes: account.attributes,
    enabled: account.enabled ?? null,
    revision: account.revision,
    state: account.state,
    given: account.identityId ?? null,
  };
}
