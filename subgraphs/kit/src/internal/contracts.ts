import type { TenantId } from "../ids.js";
import type { Actor } from "../permissions.js";

/** Every service makes its own segment of a new organisation. Idempotent. */
export interface SegmentMethods {
  readonly provision: { readonly input: { readonly tenant: TenantId }; readonly output: null };
  readonly [method: string]: { readonly input: unknown; readonly output: unknown };
}

/** The four keys of an organisation (MECHANISMS §9). */
export const keyPurposes = ["data", "blindIndex", "digest", "event"] as const;
export type KeyPurpose = (typeof keyPurposes)[number];

/** Unwrapped keys on loan: held in memory only, and not beyond `leaseMs`. Base64, 32 bytes each. */
export interface KeyLease {
  readonly leaseMs: number;
  readonly keys: Readonly<
    Record<KeyPurpose, readonly { readonly version: number; readonly key: string }[]>
  >;
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
  /** The actor behind a session token; null when it is unknown, expired or revoked. */
  readonly resolveSession: {
    readonly input: { readonly token: string };
    readonly output: { readonly actor: Actor; readonly expiresAt: string } | null;
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
}
