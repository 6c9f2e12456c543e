import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { constants, zstdCompress, zstdCompressSync, zstdDecompress } from "node:zlib";
import { EventError } from "./errors.js";

/** Sealed payloads are at most this long: two of them fit a message of the broker's 1 MiB. */
export const sealedBytesMax = 512 * 1024;
/** A payload never grows beyond this when it is opened. */
export const plainBytesMax = 64 * 1024 * 1024;
/** Nonce, tag, key id and header of a seal take less than this. */
export const sealOverheadMax = 256;

const format = { json: 0, zstd: 1 } as const;
/** Below this, compressing costs more than it saves. */
const compressFrom = 256;
/** From here on the work leaves the event loop. */
const offloadFrom = 64 * 1024;

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** JSON, compressed (zstd level 1), behind one byte that says how. */
export async function packPayload(payload: unknown): Promise<Uint8Array> {
  const json = Buffer.from(JSON.stringify(payload));
  if (json.length < compressFrom) return framed(format.json, json);
  const packed =
    json.length < offloadFrom ? zstdCompressSync(json, level) : await compressAsync(json, level);
  return framed(format.zstd, packed);
}

/** Length in bytes that `packPayload` would give. */
export function packedLength(json: string): number {
  return 1 + zstdCompressSync(json, level).length;
}

/** Throws EVENT_UNREADABLE for an unknown format, damaged bytes or more than `plainBytesMax`. */
export async function unpackPayload(packed: Uint8Array): Promise<unknown> {
  try {
    return JSON.parse((await plainOf(packed)).toString()) as unknown;
  } catch (error) {
    if (error instanceof EventError) throw error;
    throw new EventError("EVENT_UNREADABLE", "a payload cannot be read", {}, { cause: error });
  }
}

async function plainOf(packed: Uint8Array): Promise<Buffer> {
  const body = Buffer.from(packed.buffer, packed.byteOffset + 1, packed.byteLength - 1);
  if (packed[0] === format.json) return body;
  if (packed[0] === format.zstd) {
    return await decompressAsync(body, { maxOutputLength: plainBytesMax });
  }
  throw new EventError("EVENT_UNREADABLE", "a payload has an unknown format");
}

function framed(kind: number, body: Buffer): Uint8Array {
  const bytes = Buffer.allocUnsafe(body.length + 1);
  bytes[0] = kind;
  body.copy(bytes, 1);
  return bytes;
}
