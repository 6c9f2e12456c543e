import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";
import { codeOf, JoineryError, openBox, sealBox } from "@joinery/kit";
import { placeOf } from "../domain/place.js";

const keyBytes = 32;
/** The master key of this release; a rotation will count up and re-wrap. */
const version = 1;

/** Wraps and unwraps under the master key, each value bound to its place. */
export class MasterKey {
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
  }

  /**
   * Reads 32 bytes as base64. Throws MASTER_KEY_MISSING, MASTER_KEY_EXPOSED when group or others
   * may read the file, MASTER_KEY_INVALID. Never says anything of the content.
   */
  static async load(file: string): Promise<MasterKey> {
    const text = await readPrivate(file);
    const key = Buffer.from(text.trim(), "base64");
    if (key.length !== keyBytes || key.toString("base64") !== text.trim()) {
      const message = `${file} does not hold ${keyBytes} bytes as base64`;
      throw new JoineryError("MASTER_KEY_INVALID", message, { file });
    }
    return new MasterKey(createSecretKey(key));
  }

  wrap(plain: Uint8Array, place: Uint8Array): Buffer {
    return sealBox(this.#key, version, plain, place);
  }

  /** Throws SEAL_BROKEN. */
  unwrap(wrapped: Uint8Array, place: Uint8Array): Buffer {
    return openBox((asked) => (asked === version ? this.#key : undefined), wrapped, place);
  }

  /** A value that only this key opens; stored at the first start. */
  newCheck(): Buffer {
    return this.wrap(checkText, checkPlace);
  }

  /** Throws MASTER_KEY_WRONG for a check that another key made. Nothing was written. */
  verifyCheck(check: Uint8Array): void {
    try {
      this.unwrap(check, checkPlace);
    } catch (cause) {
      const message =
        "the master key is not the one that this database was made with: restore that key file; " +
        "nothing was changed";
      throw new JoineryError("MASTER_KEY_WRONG", message, {}, { cause });
    }
  }
}

const checkText = Buffer.from("joinery master key check");
const checkPlace = placeOf("joinery.master-key-check.1");

/**
 * Makes the key at the first start, readable by its owner only, durable before it returns. An
 * existing file is left as it is; answers whether one was made.
 */
export async function createMasterKeyFile(file: string): Promise<boolean> {
  let handle;
  try {
    handle = await open(file, "wx", 0o600);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
  try {
    await handle.writeFile(`${randomBytes(keyBytes).toString("base64")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}

async function readPrivate(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    // Windows has no such bits: access lists of the folder protect the file there.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const message = `${file} may be read by others: allow its owner alone (chmod 600)`;
      throw new JoineryError("MASTER_KEY_EXPOSED", message, { file });
    }
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof JoineryError) throw cause;
    const message = `the master key file ${file} cannot be read (${codeOf(cause)})`;
    throw new JoineryError("MASTER_KEY_MISSING", message, { file }, { cause });
  }
}
