import type { TenantId } from "../ids.js";
import type { Actor } from "../permissions.js";

/** Every service makes its own segment of a new organisation. Idempotent. */
export interface SegmentMethods {
  readonly provision: { readonly input: { readonly tenant: TenantId }; readonly output: null };
  readonly [method: string]: { readonly input: unknown; readonly output: unknown };
}

/** The four keys of an organisation. */
export const keyPurposes = ["data", "blindIndex", "digest", "event"] as const;
export type KeyPurpose = (typeof keyPurposes)[number];

/** Unwrapped keys on loan: held in memory only, and not beyond `leaseMs`. Base64, 32 bytes each. */
export interface KeyLease {
  readonly leaseMs: number;
  readonly keys: Readonly<
    Record<KeyPurpose, readonly { readonly version: number; readonly key: string }[]>
  >;
}

/** A client that pushes people and groups into one application. */
export interface PushClient {
  readonly id: string;
  readonly name: string;
  readonly tenant: TenantId;
  readonly applicationId: string;
}

/** A SCIM request as the edge took it apart; `path` begins behind the base address. */
export interface ScimRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Public address of the service, in links. */
  readonly base: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly body: unknown;
}

export interface ScimReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What `vault` does for the others. */
export interface VaultMethods extends SegmentMethods {
  /**
   * Applications with accounts of identities that are due: a date that inbound rules look at has
   * come, and a wave of one of them computes these again.
   */
  readonly applicationsDue: {
    readonly input: { readonly tenant: TenantId };
    readonly output: readonly string[];
  };
}

/** What `applications` does for the others. */
export interface ApplicationsMethods extends SegmentMethods {
  /** Whether the organisation has such an application, and it is one that others push into. */
  readonly takesPushes: {
    readonly input: { readonly tenant: TenantId; readonly applicationId: string };
    readonly output: boolean;
  };
  /** Answers whatever the request is worth, refusals of the protocol too. */
  readonly scim: {
    readonly input: {
      readonly client: PushClient;
      readonly requestId: string;
      readonly request: ScimRequest;
    };
    readonly output: ScimReply;
  };
}

/** What `crypto` does for the others. */
export interface CryptoMethods extends SegmentMethods {
  /** Throws ORGANISATION_NOT_FOUND, KEYS_DESTROYED. */
  readonly leaseKeys: { readonly input: { readonly tenant: TenantId }; readonly output: KeyLease };
  /** Plain text of a named secret. Throws SECRET_NOT_FOUND. */
  readonly openSecret: {
    readonly input: { readonly tenant: TenantId; readonly name: string };
    readonly output: { readonly plain: string };
  };
  /**
   * First passwords of accounts that are about to be made, by account; the same for every attempt
   * at one account.
   */
  readonly makeInitialPasswords: {
    readonly input: { readonly tenant: TenantId; readonly accountIds: readonly string[] };
    readonly output: { readonly plain: Readonly<Record<string, string>> };
  };
  /** Which of them their systems took, and which are nobody's. */
  readonly settleInitialPasswords: {
    readonly input: {
      readonly tenant: TenantId;
      readonly set: readonly string[];
      readonly unused: readonly string[];
    };
    readonly output: null;
  };
  /** The actor behind a session token; null when it is unknown, expired or revoked. */
  readonly resolveSession: {
    readonly input: { readonly token: string };
    readonly output: { readonly actor: Actor; readonly expiresAt: string } | null;
  };
  /** The client behind a token; null when it is unknown, expired or revoked. */
  readonly resolveClient: {
    readonly input: { readonly token: string };
    readonly output: { readonly client: PushClient; readonly expiresAt: string } | null;
  };
  /** Organisations that are in service, for workers that serve each of them. */
  readonly listOrganisations: {
    readonly input: null;
    readonly output: readonly { readonly id: TenantId; readonly name: string }[];
  };
  /** Mail addresses of people of the organisation with one of the roles. */
  readonly listRecipients: {
    readonly input: { readonly tenant: TenantId; readonly roles: readonly string[] };
    readonly output: readonly { readonly name: string; readonly email: string }[];
  };
  /** Names of people of the organisation, to show who did something; unknown ids are left out. */
  readonly operatorNames: {
    readonly input: { readonly tenant: TenantId; readonly ids: readonly string[] };
    readonly output: readonly { readonly id: string; readonly name: string }[];
  };
  /**
   * Makes an organisation with its first owner in all services. Throws NAME_INVALID, SLUG_INVALID,
   * SLUG_TAKEN and the refusals of a bad owner; PROVISIONING_INCOMPLETE or PROVISIONING_RUNNING
   * leave it to be completed by the same call again, or by itself. A slug that is null is made of
   * the name.
   */
  readonly createOrganisation: {
    readonly input: {
      readonly name: string;
      readonly slug: string | null;
      readonly owner: { readonly email: string; readonly name: string; readonly password: string };
    };
    readonly output: { readonly id: TenantId; readonly slug: string };
  };
  /**
   * Makes the first organisation and its owner, once: the password is in the first answer that was
   * reached, every later one is null. Throws PROVISIONING_INCOMPLETE, PROVISIONING_RUNNING: call
   * again.
   */
  readonly bootstrap: {
    readonly input: { readonly organisationName: string; readonly ownerEmail: string };
    readonly output: {
      readonly organisation: TenantId;
      readonly slug: string;
      readonly email: string;
      readonly password: string;
    } | null;
  };
  /**
   * For whoever has the machine: a new password for an active operator who is locked out. Ends
   * their sessions and forgets failed attempts. Without a slug: in the one organisation where they
   * are an operator. Throws OPERATOR_NOT_FOUND, ORGANISATION_REQUIRED.
   */
  readonly recoverOperator: {
    readonly input: { readonly slug: string | null; readonly email: string };
    readonly output: { readonly slug: string; readonly password: string };
  };
}
