import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export const tokenRandomBytes = 32;
/** `jns_` sessions of people, `jnc_` clients that push. */
export type TokenPrefix = "jns_" | "jnc_";

const shape = /^[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}$/;

/**
 * The prefix, 32 random bytes and a CRC-32, base64url. The prefix lets scanners find a leaked
 * token, the checksum lets us refuse a mistyped one without asking the database; neither makes it
 * safe.
 */
export function toToken(prefix: TokenPrefix, random: Uint8Array): string {
  const body = `${prefix}${Buffer.from(random).toString("base64url")}`;
  return `${body}${checksumOf(body)}`;
}

/** Digest of a well-formed token, the only thing that is kept of it; null for anything else. */
export function digestOf(prefix: TokenPrefix, text: string): Buffer | null {
  if (!text.startsWith(prefix) || !shape.test(text.slice(prefix.length))) return null;
  if (checksumOf(text.slice(0, -6)) !== text.slice(-6)) return null;
  return createHash("sha256").update(text).digest();
}

function checksumOf(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64url");
}
