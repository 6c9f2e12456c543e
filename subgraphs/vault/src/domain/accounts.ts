import type { AccountState, Attributes, ObjectKind } from "@joinery/engine";

/** An application as the vault knows it from its events. */
export interface SourceApplication {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** Kinds whose accounts may create identities. */
  readonly authoritativeFor: readonly ObjectKind[];
}

/** An account as a wave brings it. */
export interface StagedAccount {
  readonly accountId: string;
  readonly kind: ObjectKind;
  readonly anchor: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly enabled: boolean | null;
  readonly revision: number;
  readonly state: "present" | "gone";
  /** The identity that the account was made for, when it was made by us. */
  readonly given: string | null;
}

/** An account as the vault holds it. */
export interface KnownAccount extends Omit<StagedAccount, "given"> {
  readonly applicationId: string;
  readonly identityId: string | null;
  readonly joinKind: string;
  readonly joinRule: string | null;
  readonly situation: string;
}

export function toAccountState(
  account: Omit<StagedAccount, "given">,
  application: string,
): AccountState {
  return {
    id: account.accountId,
    application,
    kind: account.kind,
    anchor: account.anchor,
    name: account.name,
    attributes: account.attributes,
    ...(account.enabled === null ? {} : { enabled: account.enabled }),
  };
}
