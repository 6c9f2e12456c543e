import { createHash, createHmac, type KeyObject } from "node:crypto";
import { canonicalJson } from "./canonical.js";
import type { ApplicationKey, ObjectKind, PlannedItem } from "./model.js";

const hashBytes = 32;
const buckets = 256;

/** What an item is about. `identity` is null for an account that belongs to nobody. */
export interface ItemObject {
  readonly application: ApplicationKey;
  readonly kind: ObjectKind;
  readonly identity: string | null;
  readonly account: string;
}

/**
 * HMAC-SHA-256 over the RFC 8785 bytes of `{after, because, before, object, operation}`. The key
 * is the organisation's digest key, 32 bytes; anything else throws RangeError. For many items give
 * a KeyObject: it is several times as fast as bytes.
 */
export function itemHash(
  key: Uint8Array | KeyObject,
  object: ItemObject,
  item: PlannedItem,
): Buffer {
  const length = key instanceof Uint8Array ? key.length : key.symmetricKeySize;
  if (length !== hashBytes) throw new RangeError(`a digest key has ${hashBytes} bytes`);
  const text = canonicalJson({
    after: item.after,
    because: item.because,
    before: item.before,
    object: {
      account: object.account,
      application: object.application,
      identity: object.identity,
      kind: object.kind,
    },
    operation: item.operation,
  });
  return createHmac("sha256", key).update(text).digest();
}

/**
 * The digest of a set of item hashes, whatever the order and the batches in which they come. Each
 * hash belongs to the bucket of its first byte; a bucket's digest is SHA-256 over its sorted
 * hashes, the root SHA-256 over the 256 bucket digests. A hash given twice counts twice. Keeps
 * every hash: 32 MB for a million items.
 */
export class DigestBuilder {
  readonly #buckets: Bucket[] = Array.from({ length: buckets }, () => new Bucket());
  #count = 0;

  /** How many hashes were added. */
  get count(): number {
    return this.#count;
  }

  /** Throws RangeError for anything but 32 bytes. */
  add(hash: Uint8Array): void {
    if (hash.length !== hashBytes) throw new RangeError(`an item hash has ${hashBytes} bytes`);
    (this.#buckets[hash[0] as number] as Bucket).add(hash);
    this.#count += 1;
  }

  /** Adds hashes that stand one after another. Throws RangeError for a broken one at the end. */
  addPacked(hashes: Uint8Array): void {
    if (hashes.length % hashBytes !== 0) throw new RangeError("packed item hashes end too early");
    for (let at = 0; at < hashes.length; at += hashBytes) {
      this.add(hashes.subarray(at, at + hashBytes));
    }
  }

  /** The digests of the 256 buckets, for finding where two sets differ. */
  bucketDigests(): readonly Buffer[] {
    return this.#buckets.map((bucket) => bucket.digest());
  }

  root(): Buffer {
    const hash = createHash("sha256");
    for (const bucket of this.#buckets) hash.update(bucket.digest());
    return hash.digest();
  }
}

class Bucket {
  #bytes = Buffer.alloc(0);
  #length = 0;

  add(hash: Uint8Array): void {
    if (this.#length === this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(4 * hashBytes, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, this.#length);
    this.#length += hashBytes;
  }

  digest(): Buffer {
    const hashes: Buffer[] = [];
    for (let at = 0; at < this.#length; at += hashBytes) {
      hashes.push(this.#bytes.subarray(at, at + hashBytes));
    }
    hashes.sort((a, b) => a.compare(b));
    const hash = createHash("sha256");
    for (const each of hashes) hash.update(each);
    return hash.digest();
  }
}
