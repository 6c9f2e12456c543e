import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ConnectorError } from "../connector.js";
import { encode, toText, type CsvEncoding } from "./encoding.js";
import { readRange, type FileIndex } from "./file-index.js";
import {
  errorCode,
  handleState,
  pathState,
  sameState,
  type FileState,
  type OpenFile,
} from "./files.js";

const copyBytes = 1024 * 1024;

/** What a file shall become; rows are numbered as in its index. */
export interface Edits {
  /** New bytes of a row with its line end; no bytes delete it. */
  readonly replaced: ReadonlyMap<number, Buffer>;
  readonly appended: readonly Buffer[];
}

export interface RewriteOptions {
  readonly encoding: CsvEncoding;
  /** Asked just before the new file takes the place of the old. */
  readonly isHeld: () => Promise<boolean>;
}

/**
 * Writes a new file beside the old one, syncs it and renames it into place, so that a reader and
 * a crash see either all of the old or all of the new. Mode, owner (where we may set it), byte
 * order mark and every untouched byte stay. Undefined, with nothing changed, when somebody else
 * changed the file meanwhile. Throws ConnectorError `MISCONFIGURED` when the folder cannot be
 * written, `LIMIT_EXCEEDED` when the disk is full.
 */
export async function rewrite(
  file: OpenFile, index: FileIndex, edits: Edits, options: RewriteOptions,
): Promise<FileState | undefined> {
  const temporary = join(dirname(file.path), `.${basename(file.path)}.${randomUUID()}.tmp`);
  try {
    const handle = await writeTemporary(temporary, file, index, edits, options);
    try {
      const state = await handleState(handle);
      if (!(await options.isHeld()) || !sameState(await pathState(file.path), index.state)) {
        return undefined;
      }
      await rename(temporary, file.path);
      await syncFolder(dirname(file.path));
      return state;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asWriteError(file.path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeTemporary(
  temporary: string, file: OpenFile, index: FileIndex, edits: Edits, { encoding }: RewriteOptions,
): Promise<FileHandle> {
  const appendOnly = edits.replaced.size === 0;
  if (appendOnly) {
    // The system copies faster than we do, and shares the blocks where the file system can.
    await copyFile(file.path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  const handle = await open(temporary, appendOnly ? "r+" : "wx+", 0o600);
  try {
    let length = appendOnly ? (await handleState(handle)).size : 0;
    if (!appendOnly) length = await copyEdited(file.handle, handle, index, edits.replaced);
    if (edits.appended.length > 0) {
      const mend = await missingLineEnd(handle, length, index.lineEnd, encoding);
      length = await writeAll(handle, [mend, ...edits.appended], length);
    }
    await handle.chmod(file.mode);
    await keepOwner(handle, file);
    await handle.sync();
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Copies the file with its rows replaced and returns the length of the copy. */
async function copyEdited(
  from: FileHandle, to: FileHandle, index: FileIndex, replaced: ReadonlyMap<number, Buffer>,
): Promise<number> {
  const rows = [...replaced.keys()].sort((a, b) => a - b);
  const offsets = index.offsets(rows);
  let copied = 0;
  let length = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const put = async (bytes: Buffer): Promise<void> => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waitingBytes < copyBytes) return;
    length = await writeAll(to, waiting, length);
    waiting = [];
    waitingBytes = 0;
  };
  const copyTo = async (end: number): Promise<void> => {
    while (copied < end) {
      const bytes = Math.min(copyBytes, end - copied);
      await put(await readRange(from, copied, bytes));
      copied += bytes;
    }
  };
  for (const [at, row] of rows.entries()) {
    await copyTo(offsets[at] as number);
    await put(replaced.get(row) as Buffer);
    copied += index.length(row);
  }
  await copyTo(index.state.size);
  return writeAll(to, waiting, length);
}

async function writeAll(
  handle: FileHandle, parts: readonly Buffer[], position: number,
): Promise<number> {
  const bytes = Buffer.concat(parts);
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
  return position + bytes.length;
}

/** A last row without a line end gets one before rows are put behind it. */
async function missingLineEnd(
  handle: FileHandle, length: number, lineEnd: string, encoding: CsvEncoding,
): Promise<Buffer> {
  const unit = encoding === "utf-16le" || encoding === "utf-16be" ? 2 : 1;
  const last = await readRange(handle, length - unit, unit);
  const ends = unit === 1 ? last[0] === 10 || last[0] === 13
    : /[\r\n]/.test(toText(encoding, last).text);
  return ends ? Buffer.alloc(0) : (encode(encoding, lineEnd) as Buffer);
}

async function keepOwner(handle: FileHandle, file: OpenFile): Promise<void> {
  const stats = await handle.stat();
  if (stats.uid === file.uid && stats.gid === file.gid) return;
  try {
    await handle.chown(file.uid, file.gid);
  } catch (error) {
    // Only root may give files away; for everybody else the file becomes the writer's own.
    if (errorCode(error) !== "EPERM") throw error;
  }
}

/** Makes a file with a header row where there is none. */
export async function createFile(path: string, header: Buffer): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o640);
    try {
      await writeAll(handle, [header], 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw asWriteError(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes what an interrupted rewrite left. Precondition: the file is locked. */
export async function removeLeftovers(path: string): Promise<void> {
  const begin = `.${basename(path)}.`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(begin) && /^[0-9a-f-]{36}\.tmp$/.test(name.slice(begin.length))) {
      await rm(join(dirname(path), name), { force: true });
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asWriteError(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof ConnectorError || code === undefined) return error;
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  const message = `"${basename(path)}" cannot be written: ${code}`;
  return new ConnectorError("stop", full ? "LIMIT_EXCEEDED" : "MISCONFIGURED", message, {
    cause: error,
  });
}
