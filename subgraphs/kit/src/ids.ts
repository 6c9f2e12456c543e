import { hash, randomBytes } from "node:crypto";

/**
 * Sixteen characters of Crockford's base 32, lower case: short enough for role and schema names.
 */
export type TenantId = string;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const tenantPattern = /^[0-9a-hjkmnp-tv-z]{16}$/;

/** Eighty random bits; the caller keeps it, nothing can be told from it. */
export function newTenantId(): TenantId {
  let bits = 0n;
  for (const byte of randomBytes(10)) bits = (bits << 8n) | BigInt(byte);
  let id = "";
  for (let i = 0; i < 16; i += 1) {
    id = alphabet.charAt(Number(bits & 31n)) + id;
    bits >>= 5n;
  }
  return id;
}

export function isTenantId(candidate: unknown): candidate is TenantId {
  return typeof candidate === "string" && tenantPattern.test(candidate);
}

/** UUID version 7 (RFC 9562 §5.7): sortable by time of making. */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return formatUuid(bytes);
}

/**
 * UUID version 5 (RFC 9562 §5.5) of the parts under one fixed namespace: the same parts give the
 * same id in a simulation and in the real run. Parts are joined so that no two lists collide.
 */
export function uuidv5(...parts: readonly string[]): string {
  let name = "";
  for (const part of parts) name += `${Buffer.byteLength(part)}:${part}`;
  const length = namespace.length + Buffer.byteLength(name);
  const bytes = length <= scratch.length ? scratch : Buffer.concat([namespace], length);
  bytes.write(name, namespace.length);
  return versioned(hash("sha1", bytes.subarray(0, length), "hex"));
}

const namespace = Buffer.from("8f5a2c1e7d3b4a6f9e0c1b2d3f4a5b6c", "hex");
/** Begins with the namespace; ids are made by the hundred thousand. */
const scratch = Buffer.concat([namespace], 1024);

/** The first sixteen bytes of a digest, with version 5 and variant set. */
function versioned(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const tail = `${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${tail}`;
}

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  const head = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}`;
  return `${head}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
