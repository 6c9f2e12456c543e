import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from "node:crypto";
import { JoineryError } from "../errors.js";

const format = 1;
const headerBytes = 5;
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: `format, key version (4), nonce (12),
 * tag (16), ciphertext`. The header is authenticated with the additional data.
 */
export function sealBox(
  key: KeyObject,
  version: number,
  plain: Uint8Array,
  additional: Uint8Array,
): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(format, 0);
  header.writeUInt32BE(version, 1);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.concat([header, additional]));
  const body = cipher.update(plain);
  const last = cipher.final();
  return Buffer.concat([header, iv, cipher.getAuthTag(), body, last]);
}

/** Throws SEAL_BROKEN when key, additional data or bytes are not those that were sealed. */
export function openBox(
  keyOf: (version: number) => KeyObject | undefined,
  sealed: Uint8Array,
  additional: Uint8Array,
): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < headerBytes + ivBytes + tagBytes || bytes[0] !== format) throw broken();
  const header = bytes.subarray(0, headerBytes);
  const key = keyOf(header.readUInt32BE(1));
  if (!key) throw broken();
  const iv = bytes.subarray(headerBytes, headerBytes + ivBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.concat([header, additional]));
  const body = headerBytes + ivBytes + tagBytes;
  decipher.setAuthTag(bytes.subarray(headerBytes + ivBytes, body));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]);
  } catch (cause) {
    throw broken(cause);
  }
}

function broken(cause?: unknown): JoineryError {
  return new JoineryError("SEAL_BROKEN", "sealed bytes do not open", {}, { cause });
}
