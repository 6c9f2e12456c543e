import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { JoineryError } from "../errors.js";
import type { TenantId } from "../ids.js";
import type { InternalClient } from "../internal/calls.js";
import {
  keyPurposes,
  type CryptoMethods,
  type KeyLease,
  type KeyPurpose,
} from "../internal/contracts.js";
import { openBox, sealBox } from "./box.js";

interface Leased {
  readonly until: number;
  readonly versions: Readonly<Record<KeyPurpose, ReadonlyMap<number, KeyObject>>>;
  readonly current: Readonly<Record<KeyPurpose, { version: number; key: KeyObject }>>;
}

/** Where leases come from: the internal client in a process, `crypto` itself in its own tests. */
export type LeaseSource = (tenant: TenantId) => Promise<KeyLease>;

export function leasesFrom(client: InternalClient): LeaseSource {
  return (tenant) => client.call<CryptoMethods, "leaseKeys">("crypto", "leaseKeys", { tenant });
}

/** An organisation's keys on loan from `crypto`, never longer than the lease, never on disk. */
export class KeyRing {
  readonly #source: LeaseSource;
  readonly #held = new Map<TenantId, Promise<Leased>>();

  constructor(source: LeaseSource) {
    this.#source = source;
  }

  /**
   * Seals under the key of `purpose`; `additional` says what the bytes are and where they belong.
   */
  async seal(
    tenant: TenantId,
    purpose: KeyPurpose,
    plain: Uint8Array,
    additional: Uint8Array,
  ): Promise<Buffer> {
    const { version, key } = (await this.#lease(tenant)).current[purpose];
    return sealBox(key, version, plain, additional);
  }

  /** Throws SEAL_BROKEN for anything but what was sealed for this tenant, purpose and place. */
  async open(
    tenant: TenantId,
    purpose: KeyPurpose,
    sealed: Uint8Array,
    additional: Uint8Array,
  ): Promise<Buffer> {
    const { versions } = await this.#lease(tenant);
    return openBox((version) => versions[purpose].get(version), sealed, additional);
  }

  /** The key under which item hashes of this organisation are made. */
  async digestKey(tenant: TenantId): Promise<KeyObject> {
    return (await this.#lease(tenant)).current.digest.key;
  }

  /**
   * A function that turns a normalised value into 16 bytes (as hex) that tell equality and nothing
   * else: HMAC-SHA-256 under the blind-index key, cut.
   */
  async blindIndex(tenant: TenantId): Promise<(text: string) => string> {
    const { key } = (await this.#lease(tenant)).current.blindIndex;
    return (text) => createHmac("sha256", key).update(text).digest("hex").slice(0, 32);
  }

  /** Forgets the tenant's keys at once, as after their destruction. */
  forget(tenant: TenantId): void {
    this.#held.delete(tenant);
  }

  /** `events` seals payloads through this. */
  readonly events = {
    seal: (tenant: TenantId, plain: Uint8Array, additional: Uint8Array): Promise<Uint8Array> =>
      this.seal(tenant, "event", plain, additional),
    open: (tenant: TenantId, sealed: Uint8Array, additional: Uint8Array): Promise<Uint8Array> =>
      this.open(tenant, "event", sealed, additional),
  };

  async #lease(tenant: TenantId): Promise<Leased> {
    const held = this.#held.get(tenant);
    if (held) {
      const lease = await held;
      if (lease.until > Date.now()) return lease;
    }
    const asked = this.#source(tenant).then(toLeased);
    this.#held.set(tenant, asked);
    asked.catch(() => this.#held.delete(tenant));
    return asked;
  }
}

function toLeased(lease: KeyLease): Leased {
  const versions = {} as Record<KeyPurpose, Map<number, KeyObject>>;
  const current = {} as Record<KeyPurpose, { version: number; key: KeyObject }>;
  for (const purpose of keyPurposes) {
    const keys = lease.keys[purpose].map(({ version, key }) => ({
      version,
      key: createSecretKey(Buffer.from(key, "base64")),
    }));
    const newest = keys.toSorted((a, b) => b.version - a.version)[0];
    if (!newest) throw new JoineryError("KEYS_DESTROYED", `the organisation has no ${purpose} key`);
    versions[purpose] = new Map(keys.map(({ version, key }) => [version, key]));
    current[purpose] = newest;
  }
  return { until: Date.now() + lease.leaseMs, versions, current };
}
