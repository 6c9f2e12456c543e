import type {
  AttributeSchema, Candidate, Engine, GuardClass, JoinKey, Key, ObjectKind,
} from "@joinery/engine";
import type { KnownAccount, SourceApplication, StagedAccount } from "./accounts.js";
import type { StoredIdentity } from "./identities.js";
import { foldIdentity, type ComputedIdentity, type FoldInput, type GroupWish } from "./fold.js";
import type { MapAccount, ReferenceOf } from "./mapping.js";

/**
 * A key by which an account looks for its identity, as it is stored: a blind index, never its text.
 */
export interface BlindJoinKey extends JoinKey {
  readonly blind: string;
}

/** Everything that a batch of accounts needs, read before; the computing itself is pure. */
export interface InboundInput {
  readonly engine: Engine;
  readonly tenant: string;
  readonly application: SourceApplication;
  readonly now: string;
  /** In anchor order: earlier accounts win a race. */
  readonly accounts: readonly StagedAccount[];
  /** As the vault holds them, by account. */
  readonly known: ReadonlyMap<string, KnownAccount>;
  /** Identities that are joined, given or candidates. */
  readonly identities: ReadonlyMap<string, StoredIdentity>;
  /** Accounts of those identities, in their newest state, this wave's included. */
  readonly joined: ReadonlyMap<string, readonly KnownAccount[]>;
  /**
   * Keys by account, in rule order, and who has each key: identities stored or earlier in the wave.
   */
  readonly keys: ReadonlyMap<string, readonly BlindJoinKey[]>;
  readonly holders: ReadonlyMap<string, readonly string[]>;
  /** Identities that already have a present account of this application, with that account. */
  readonly taken: ReadonlyMap<string, string>;
  readonly map: MapAccount;
  readonly schemaOf: (kind: ObjectKind, attribute: string) => AttributeSchema;
  readonly applicationOf: (id: string) => SourceApplication | undefined;
  readonly referenceOf: ReferenceOf;
  readonly newIdentityId: (account: StagedAccount) => string;
  readonly groupId: (rule: string, key: string) => string;
  readonly blind: (key: Key) => string;
}

export type Situation = "joined" | "unmatched" | "disputed" | "failed";

export interface AccountDecision {
  readonly accountId: string;
  readonly anchor: string;
  readonly situation: Situation;
  readonly identityId: string | null;
  readonly rule: string | null;
  readonly candidates: readonly string[];
  readonly failure: { readonly code: string; readonly mapper: string } | null;
}

export interface InboundResult {
  readonly decisions: readonly AccountDecision[];
  /** Those that change, each once. */
  readonly identities: readonly ComputedIdentity[];
  /** Groups that those call for, each once: `computeGroups` says which of them change. */
  readonly groups: readonly GroupWish[];
  /** Accounts of each identity that the batch touched, as they will be. */
  readonly accountsOf: ReadonlyMap<string, readonly KnownAccount[]>;
  readonly counts: Readonly<Record<string, number>>;
  readonly classes: Partial<Record<GuardClass, number>>;
}

/**
 * Assesses, decides and folds one batch. What an account decides is seen by those after it, so the
 * same accounts in the same order always give the same result.
 */
export function computeInbound(input: InboundInput): InboundResult {
  const batch = new Batch(input);
  for (const account of input.accounts) batch.decide(account);
  return batch.finish();
}

/** What the vault holds of groups that a batch calls for. */
export interface KnownGroups extends Pick<InboundInput, "map" | "referenceOf"> {
  readonly identities: ReadonlyMap<string, StoredIdentity>;
  readonly joined: ReadonlyMap<string, readonly KnownAccount[]>;
}

/**
 * The identities that a batch changes, those groups included that its rules call for and that are
 * new, gone, or not as their rule says by now. A group that lives needs nothing.
 */
export function computeGroups(
  input: InboundInput,
  result: InboundResult,
  known: KnownGroups,
): Pick<InboundResult, "identities" | "classes"> {
  const classes = { ...result.classes };
  const identities = new Map(result.identities.map((identity) => [identity.id, identity]));
  for (const { id, rule, kept: made } of result.groups) {
    const stored = known.identities.get(id) ?? null;
    // A rule that contributes nothing any more takes nothing away.
    const kept = made.length > 0 ? made : (stored?.kept ?? []);
    const accounts = result.accountsOf.get(id) ?? known.joined.get(id) ?? [];
    const folded = foldIdentity({
      ...input, ...known, id, kind: "group", accounts, stored, kept,
      isCalledFor: true,
      joinRules: stored?.state === "active" ? [] : [rule],
    });
    if (folded.outcome !== "changed") continue;
    identities.set(id, folded.identity);
    // One that is new is its members' doing, and counted with them.
    if (stored === null) continue;
    for (const name of folded.classes) classes[name] = (classes[name] ?? 0) + 1;
  }
  return { identities: [...identities.values()], classes };
}

class Batch {
  readonly #input: InboundInput;
  readonly #decisions: AccountDecision[] = [];
  readonly #counts: Record<string, number> = {};
  readonly #classes: Partial<Record<GuardClass, number>> = {};
  /** Per touched identity: its accounts as they will be. */
  readonly #accounts = new Map<string, Map<string, KnownAccount>>();
  readonly #taken: Map<string, string>;
  readonly #holders = new Map<string, Set<string>>();
  readonly #joinRules = new Map<string, string[]>();

  constructor(input: InboundInput) {
    this.#input = input;
    this.#taken = new Map(input.taken);
  }

  decide(staged: StagedAccount): void {
    const known = this.#input.known.get(staged.accountId);
    // A state that came late says nothing any more: the newer one is decided about.
    const isLate = known !== undefined && known.revision > staged.revision;
    const account = isLate ? { ...known, given: staged.given } : staged;
    const decision = this.#assess(account, known);
    this.#count(decision.situation);
    this.#decisions.push(decision);
    if (decision.identityId === null) return;
    if (known?.identityId && known.identityId !== decision.identityId) this.#classCount("rejoin");
    this.#join(account, decision.identityId, decision.rule, known);
  }

  /**
   * | known join | given | candidates | authoritative | becomes |
   * | ---------- | ----- | ---------- | ------------- | ------- |
   * | yes, slot free | –  | –          | –             | joined, as before |
   * | no         | yes   | –          | –             | joined, as given |
   * | no         | no    | one, free  | –             | joined by the rule |
   * | no         | no    | taken, many | –            | disputed |
   * | no         | no    | none       | yes           | joined to a new identity |
   * | no         | no    | none       | no            | unmatched |
   */
  #assess(account: StagedAccount, known: KnownAccount | undefined): AccountDecision {
    const kept = known?.identityId ?? account.given;
    if (kept !== null && kept !== undefined && this.#free(kept, account)) {
      const rule = known?.identityId ? known.joinRule : "given";
      return decided(account, "joined", { identityId: kept, rule });
    }
    if (account.state === "gone") return decided(account, "unmatched", {});
    const keys = this.#input.keys.get(account.accountId) ?? [];
    const found = this.#input.engine.correlate(
      keys,
      keys.map((key) => this.#candidates(key, account)),
    );
    switch (found.situation) {
      case "unjoined":
        return decided(account, "joined", { identityId: found.identity, rule: found.rule });
      case "disputed":
        return decided(account, "disputed", { rule: found.rule, candidates: found.candidates });
      case "unmatched": {
        if (!this.#input.application.authoritativeFor.includes(account.kind)) {
          return decided(account, "unmatched", {});
        }
        const identityId = this.#input.newIdentityId(account);
        return decided(account, "joined", { identityId, rule: "new" });
      }
    }
  }

  /** One present account per identity, application and join kind. */
  #free(identity: string, account: StagedAccount): boolean {
    const holder = this.#taken.get(identity);
    return account.state === "gone" || holder === undefined || holder === account.accountId;
  }

  #candidates(key: BlindJoinKey, account: StagedAccount): readonly Candidate[] {
    const holders = new Set(this.#input.holders.get(key.blind));
    for (const identity of this.#holders.get(key.blind) ?? []) holders.add(identity);
    return [...holders].map((identity) => ({
      identity,
      taken: !this.#free(identity, account),
    }));
  }

  #join(
    account: StagedAccount,
    identityId: string,
    rule: string | null,
    known: KnownAccount | undefined,
  ): void {
    const accounts = this.#accountsOf(identityId);
    accounts.set(account.accountId, {
      ...account,
      applicationId: this.#input.application.id,
      identityId,
      joinKind: known?.joinKind ?? "primary",
      joinRule: rule,
      situation: "joined",
    });
    if (account.state === "present") this.#taken.set(identityId, account.accountId);
    if (rule !== null && rule !== "new" && !known?.identityId) {
      this.#joinRules.set(identityId, [...(this.#joinRules.get(identityId) ?? []), rule]);
    }
    // A new identity can be found by the accounts that follow in this batch.
    if (!this.#input.identities.has(identityId)) this.#announce(account, identityId);
  }

  #announce(account: StagedAccount, identityId: string): void {
    const mapped = this.#input.map(account, this.#input.application.id);
    const folded = this.#input.engine.fold(account.kind, mapped.contributions);
    for (const key of this.#input.engine.identityKeys(account.kind, folded.attributes)) {
      const blind = this.#input.blind(key);
      this.#holders.set(blind, (this.#holders.get(blind) ?? new Set()).add(identityId));
    }
  }

  #accountsOf(identityId: string): Map<string, KnownAccount> {
    let accounts = this.#accounts.get(identityId);
    if (!accounts) {
      const stored = this.#input.joined.get(identityId) ?? [];
      accounts = new Map(stored.map((account) => [account.accountId, account]));
      this.#accounts.set(identityId, accounts);
    }
    return accounts;
  }

  finish(): InboundResult {
    const identities: ComputedIdentity[] = [];
    const groups = new Map<string, GroupWish>();
    for (const [id, accounts] of this.#accounts) {
      const computed = foldIdentity(this.#foldInput(id, [...accounts.values()]));
      if (computed.outcome === "failed") {
        this.#fail(id, computed.account, computed.failure);
        continue;
      }
      if (computed.outcome === "unchanged") continue;
      for (const guardClass of computed.classes) this.#classCount(guardClass);
      identities.push(computed.identity);
      for (const wish of computed.groups) if (!groups.has(wish.id)) groups.set(wish.id, wish);
    }
    return {
      decisions: this.#decisions,
      identities,
      groups: [...groups.values()],
      accountsOf: new Map([...this.#accounts].map(([id, own]) => [id, [...own.values()]])),
      counts: this.#counts,
      classes: this.#classes,
    };
  }

  #foldInput(id: string, accounts: readonly KnownAccount[]): FoldInput {
    const { identities } = this.#input;
    const kind = identities.get(id)?.kind ?? accounts[0]?.kind;
    if (kind === undefined) throw new Error(`neither an account nor a stored identity ${id}`);
    return {
      ...this.#input,
      id,
      kind,
      accounts,
      stored: identities.get(id) ?? null,
      kept: identities.get(id)?.kept ?? [],
      joinRules: this.#joinRules.get(id) ?? [],
    };
  }

  /**
   * The identity stays as it is; the accounts of this batch that would have changed it are failed.
   */
  #fail(identityId: string, account: string, failure: { code: string; mapper: string }): void {
    this.#decisions.forEach((decision, index) => {
      if (decision.identityId !== identityId) return;
      this.#decisions[index] = {
        ...decision,
        situation: "failed",
        // A join that never came to be is not kept.
        identityId: this.#input.known.get(decision.accountId)?.identityId ?? null,
        failure: decision.accountId === account ? failure : { ...failure, mapper: failure.mapper },
      };
      this.#count("failed");
      this.#counts["joined"] = (this.#counts["joined"] ?? 1) - 1;
      this.#count(`failed.${failure.code}`);
    });
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  #classCount(name: GuardClass): void {
    this.#classes[name] = (this.#classes[name] ?? 0) + 1;
  }
}

function decided(
  account: StagedAccount,
  situation: Situation,
  more: { identityId?: string; rule?: string | null; candidates?: readonly string[] },
): AccountDecision {
  return {
    accountId: account.accountId,
    anchor: account.anchor,
    situation,
    identityId: more.identityId ?? null,
    rule: more.rule ?? null,
    candidates: more.candidates ?? [],
    failure: null,
  };
}
