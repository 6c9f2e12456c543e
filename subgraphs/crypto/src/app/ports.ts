import type { SealedEvent } from "@joinery/events";
import type {
  Actor, Clock, KeyLease, Log, Role, ServiceName, TenantId,
} from "@joinery/kit";
import type { Client } from "../domain/client.js";
import type { Email } from "../domain/email.js";
import type { Operator, OperatorChange, OperatorView } from "../domain/operator.js";
import type { Secret } from "../domain/secret.js";
import type { SessionEnd, SessionTimes } from "../domain/session-life.js";
import type { Admission, Attempts } from "../domain/throttle.js";

/** Who asks, in which request. */
export interface Caller {
  readonly actor: Actor;
  readonly requestId: string;
  /** Network address, where the edge knows it. */
  readonly address?: string;
}

export interface Deps {
  readonly organisations: OrganisationStore;
  readonly organisationKeys: OrganisationKeyStore;
  readonly operators: OperatorStore;
  readonly credentials: CredentialStore;
  readonly sessions: SessionStore;
  readonly attempts: AttemptStore;
  readonly secrets: SecretStore;
  readonly initialPasswords: InitialPasswordStore;
  readonly clients: ClientStore;
  readonly passwords: Passwords;
  readonly segments: Segments;
  /** Whether the organisation has such an application, and it is one that others push into. */
  readonly takesPushes: (tenant: TenantId, applicationId: string) => Promise<boolean>;
  readonly recorder: Recorder;
  readonly random: (bytes: number) => Uint8Array;
  readonly newTenantId: () => TenantId;
  readonly newId: () => string;
  readonly clock: Clock;
  /** Starts measuring; the function it answers waits until that much time has gone by. */
  readonly stopwatch: () => (ms: number) => Promise<void>;
  readonly log: Log;
}

/** What is told to `audit`, sealed; stores write it in the transaction of its effect. */
export type Trail = readonly SealedEvent[];

export interface RecordedAction {
  readonly tenant: TenantId;
  /** `<noun>.<verb>`: `operator.add`. */
  readonly action: string;
  readonly target: {
    readonly kind: "account" | "client" | "operator" | "organisation" | "secret";
    readonly id: string;
  };
  readonly refusal?: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

export interface Recorder {
  /** Throws KEYS_DESTROYED: what cannot be recorded does not happen. */
  prepare(by: Caller, ...actions: readonly RecordedAction[]): Promise<Trail>;
  /** Writes what has no other effect: a refusal. */
  write(trail: Trail): Promise<void>;
}

export type OrganisationState = "provisioning" | "active" | "destroyed";

export interface Organisation {
  readonly id: TenantId;
  readonly name: string;
  readonly slug: string;
  readonly state: OrganisationState;
  readonly createdAt: Date;
}

export interface NewOperator {
  readonly id: string;
  readonly email: Email;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
}

export interface NewOrganisation {
  readonly id: TenantId;
  readonly name: string;
  readonly slug: string;
  readonly owner: NewOperator;
  /** It is the one that `bootstrap` makes. */
  readonly first: boolean;
}

export interface OrganisationStore {
  find(id: TenantId): Promise<Organisation | null>;
  findBySlug(slug: string): Promise<Organisation | null>;
  list(state: OrganisationState): Promise<readonly Organisation[]>;
  /**
   * Row, four keys and owner at once, claimed by the caller. False when the slug or, for the first
   * organisation, the place of the first is taken; nothing was written then.
   */
  add(organisation: NewOrganisation, now: Date, claimedUntil: Date): Promise<boolean>;
  /** Takes the right to provision; false while somebody else has it or nothing is to be done. */
  claim(id: TenantId, now: Date, until: Date): Promise<boolean>;
  releaseClaim(id: TenantId): Promise<void>;
  /** From provisioning to active; false when it was not provisioning any more. */
  activate(id: TenantId, now: Date, trail: Trail): Promise<boolean>;
  /** The organisation of the first start, and whether its owner's password was handed out. */
  first(): Promise<{ readonly id: TenantId | null; readonly passwordIssued: boolean }>;
  /** True for one caller only. */
  issueFirstPassword(owner: string, passwordHash: string, now: Date): Promise<boolean>;
}

export interface OrganisationKeyStore {
  /** Throws ORGANISATION_NOT_FOUND, KEYS_DESTROYED, SEAL_BROKEN for a tampered row. */
  lease(tenant: TenantId): Promise<KeyLease["keys"]>;
}

export interface Segments {
  /** Makes the service's part of an organisation. Idempotent. */
  provision(service: ServiceName, tenant: TenantId): Promise<void>;
}

export type OperatorPosition = readonly [name: string, id: string];

export interface OperatorStore {
  find(tenant: TenantId, id: string): Promise<Operator | null>;
  findMany(tenant: TenantId, ids: readonly string[]): Promise<readonly Operator[]>;
  /** In order of name, `limit` rows after `after`. */
  page(
    tenant: TenantId,
    limit: number,
    after: OperatorPosition | null,
  ): Promise<readonly Operator[]>;
  active(tenant: TenantId, roles: readonly Role[]): Promise<readonly Operator[]>;
  /** Id of the person with this address, in whatever organisation; a new one when there is none. */
  personOf(email: Email, now: Date): Promise<string>;
  /** Adds a person, or brings a disabled one back. Null for an active one: nothing was written. */
  add(tenant: TenantId, operator: NewOperator, now: Date, trail: Trail): Promise<Operator | null>;
  view(tenant: TenantId, id: string): Promise<OperatorView | null>;
  /**
   * Under a lock of the organisation: false when `view` no longer holds, nothing was written then.
   * Disabling ends every session of the operator in this organisation.
   */
  change(
    tenant: TenantId,
    id: string,
    view: OperatorView,
    change: OperatorChange,
    now: Date,
    trail: Trail,
  ): Promise<boolean>;
}

/** What a person signs in to one organisation with. */
export interface Credential {
  readonly operatorId: string;
  readonly tenant: TenantId;
  readonly slug: string;
  readonly organisationName: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  /** Operator and organisation are both active. */
  readonly usable: boolean;
}

export interface CredentialStore {
  /** At most `limit`, the oldest first; only of the organisation with `slug` when it is given. */
  find(emailKey: string, slug: string | null, limit: number): Promise<readonly Credential[]>;
  findOf(tenant: TenantId, operatorId: string): Promise<Credential | null>;
  /** Same password, newer parameters: nothing if the hash is no longer `before`. */
  rehash(tenant: TenantId, operatorId: string, before: string, after: string): Promise<void>;
  /** Ends every session of the operator but `exceptSession`; true when the operator is there. */
  setPassword(
    tenant: TenantId,
    operatorId: string,
    passwordHash: string,
    exceptSession: string | null,
    now: Date,
    trail: Trail,
  ): Promise<boolean>;
}

export interface NewSession extends SessionTimes {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly operatorId: string;
  readonly tenant: TenantId;
  readonly createdAt: Date;
}

export interface LiveSession extends SessionTimes {
  readonly id: string;
  readonly tenant: TenantId;
  readonly operatorId: string;
  readonly name: string;
  readonly role: Role;
}

export interface SessionStore {
  /**
   * False when the operator is no longer active or has another password than the one that was
   * verified; nothing was written then. Beyond fifty live ones of an operator the oldest end.
   */
  add(session: NewSession, passwordHash: string, trail: Trail): Promise<boolean>;
  /** Not ended, of an active operator in an active organisation; its times are not looked at. */
  find(tokenHash: Buffer): Promise<LiveSession | null>;
  noteUse(id: string, at: Date): Promise<void>;
  /** Ends one session, or all of its operator in its organisation. Answers how many ended. */
  end(
    tenant: TenantId,
    operatorId: string,
    which: string | "all",
    because: SessionEnd,
    now: Date,
    trail: Trail,
  ): Promise<number>;
  /**
   * The organisation of a session that was given to the person with this address and ended by
   * itself or by signing out since `since`, or is alive; null for any other.
   */
  findFormer(
    tokenHash: Buffer,
    emailKey: string,
    since: Date,
  ): Promise<{ readonly slug: string } | null>;
  /** Deletes what ended or expired before `before`, some thousand rows a call; answers how many. */
  prune(before: Date): Promise<number>;
}

export interface AttemptStore {
  /** Counts the attempt as failed, unless `admit` refuses it. One after the other for a key. */
  begin(
    key: Buffer,
    known: boolean,
    admit: (before: Attempts | null) => Admission,
  ): Promise<Admission>;
  succeed(keys: readonly Buffer[]): Promise<void>;
  /** Deletes what is older than `before`, and the oldest unknown keys beyond `unknownMax`. */
  prune(before: Date, unknownMax: number): Promise<number>;
}

export interface Passwords {
  /** Whether another one would be hashed at once or soon; memory and waiting are both bounded. */
  hasRoom(): boolean;
  /** Throws TOO_MANY_ATTEMPTS when there is no room. */
  hash(password: Secret): Promise<string>;
  verify(hash: string, password: Secret): Promise<boolean>;
  /** The work of `verify` for nobody's hash. */
  verifyNone(password: Secret): Promise<false>;
  /** Whether the hash was made with other parameters than today's. */
  isOutdated(hash: string): boolean;
}

export interface StoredSecret {
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SecretStore {
  page(tenant: TenantId, limit: number, after: string | null): Promise<readonly StoredSecret[]>;
  count(tenant: TenantId): Promise<number>;
  find(tenant: TenantId, name: string): Promise<StoredSecret | null>;
  set(
    tenant: TenantId,
    name: string,
    value: Secret,
    now: Date,
    trail: Trail,
  ): Promise<StoredSecret>;
  /** False when there was none; nothing was written then. */
  delete(tenant: TenantId, name: string, trail: Trail): Promise<boolean>;
  /** Null when there is none. Throws SEAL_BROKEN, KEYS_DESTROYED. */
  open(tenant: TenantId, name: string): Promise<Secret | null>;
}

/** An account whose first password was set and nobody has taken. */
export interface WaitingPassword {
  readonly accountId: string;
  readonly setAt: Date;
  readonly expiresAt: Date;
}

export interface InitialPasswordStore {
  /** Keeps each unless its account has one that lasts; answers the one that every account has. */
  ensure(
    tenant: TenantId,
    wished: ReadonlyMap<string, Secret>,
    now: Date,
    expiresAt: Date,
  ): Promise<ReadonlyMap<string, Secret>>;
  /** Those that are set wait to be taken; those that are unused are forgotten. */
  settle(
    tenant: TenantId,
    set: readonly string[],
    unused: readonly string[],
    now: Date,
  ): Promise<void>;
  page(
    tenant: TenantId,
    now: Date,
    limit: number,
    after: string | null,
  ): Promise<readonly WaitingPassword[]>;
  /** Null when none waits; nothing was written then. Throws SEAL_BROKEN. */
  take(tenant: TenantId, accountId: string, now: Date, trail: Trail): Promise<Secret | null>;
  /** Deletes those that no longer last; answers how many. */
  prune(tenant: TenantId, now: Date): Promise<number>;
}

export interface ClientStore {
  add(tenant: TenantId, client: Client, tokenHash: Buffer, trail: Trail): Promise<void>;
  find(tenant: TenantId, id: string): Promise<Client | null>;
  /** Of an organisation that is in service; whether it is alive is not looked at. */
  findByToken(
    tokenHash: Buffer,
  ): Promise<{ readonly tenant: TenantId; readonly client: Client } | null>;
  /** By id, `limit` rows after `after`. */
  page(tenant: TenantId, limit: number, after: string | null): Promise<readonly Client[]>;
  countAlive(tenant: TenantId, now: Date): Promise<number>;
  /** Nothing when it is revoked already. */
  revoke(tenant: TenantId, id: string, now: Date, trail: Trail): Promise<void>;
  noteUse(id: string, at: Date): Promise<void>;
}
