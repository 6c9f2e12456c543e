import {
  accountChanged, accountRestated, memberChanged, memberRestated, type RestatedAccount,
} from "@joinery/events";
import type { LaneMessage, TenantTransaction } from "@joinery/kit";
import type { StagedAccount } from "../domain/accounts.js";
import { replaceMembers, saveMembers, type MemberPair } from "../persistence/members.js";
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

/** Whose memberships a message may change: single members, or groups as a whole. */
export interface KeptMembers {
  readonly pairs: readonly MemberPair[];
  readonly groups: readonly string[];
}

/** Keeps what a message says of members. */
export async function keepMembers(
  tx: TenantTransaction,
  applicationId: string,
  { envelope, payload }: LaneMessage,
): Promise<KeptMembers> {
  if (envelope.name === memberRestated.name) {
    const told = memberRestated.parse(payload);
    return { pairs: [], groups: await replaceMembers(tx, applicationId, told) };
  }
  return { pairs: await saveMembers(tx, memberChanged.parse(payload).members), groups: [] };
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
