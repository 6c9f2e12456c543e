import { constants } from "node:fs";
import { open, realpath, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { ConnectorError } from "../connector.js";

/** What tells one state of a file from another. */
export interface FileState {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: number;
  readonly modifiedNs: bigint;
}

export interface OpenFile {
  readonly handle: FileHandle;
  /** Where the file really is, links resolved. */
  readonly path: string;
  readonly state: FileState;
  /** Permission bits, owner and group. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The real place of a file below a folder; its own folder must exist, it need not.
 * Throws ConnectorError `MISCONFIGURED` when links lead outside, `SOURCE_UNREADABLE` when a folder
 * on the way is missing or closed.
 */
export async function resolveBelow(root: string, path: string): Promise<string> {
  let real: string;
  let rootReal: string;
  try {
    rootReal = await realpath(root);
    const wanted = join(rootReal, path);
    real = await realpath(wanted).catch(async (error: unknown) => {
      if (errorCode(error) !== "ENOENT") throw error;
      return join(await realpath(dirname(wanted)), basename(wanted));
    });
  } catch (error) {
    throw unreadable(path, error);
  }
  const prefix = rootReal.endsWith(sep) ? rootReal : rootReal + sep;
  if (real.startsWith(prefix)) return real;
  throw new ConnectorError("stop", "MISCONFIGURED", `"${path}" leads outside the files folder`);
}

/**
 * Opens a regular file below a folder for reading. Throws ConnectorError `SOURCE_UNREADABLE` or
 * `MISCONFIGURED`; the caller closes the handle.
 */
export async function openBelow(root: string, path: string): Promise<OpenFile> {
  const real = await resolveBelow(root, path);
  let handle: FileHandle | undefined;
  try {
    // A link put in place meanwhile is refused, and a named pipe does not hold us up.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    handle = await open(real, flags);
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new Error("it is not a regular file");
    // A folder on the way may have become a link between looking and opening.
    if ((await resolveBelow(root, path)) !== real)
      throw new Error("it was moved while it was opened");
    return {
      handle, path: real, state: toState(stats),
      mode: Number(stats.mode) & 0o7777, uid: Number(stats.uid), gid: Number(stats.gid),
    };
  } catch (error) {
    await handle?.close();
    throw error instanceof ConnectorError ? error : unreadable(path, error);
  }
}

export async function handleState(handle: FileHandle): Promise<FileState> {
  return toState(await handle.stat({ bigint: true }));
}

/** State of the file now at a path, undefined when there is none. */
export async function pathState(path: string): Promise<FileState | undefined> {
  try {
    return toState(await stat(path, { bigint: true }));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw unreadable(basename(path), error);
  }
}

export function sameState(left: FileState | undefined, right: FileState | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.inode === right.inode && left.device === right.device && sameContent(left, right);
}

/** Whether the same open file still has the content it had. */
export function sameContent(left: FileState, right: FileState): boolean {
  return left.size === right.size && left.modifiedNs === right.modifiedNs;
}

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

export function unreadable(path: string, error: unknown): ConnectorError {
  const why = errorCode(error) ?? (error instanceof Error ? error.message : "unknown");
  return new ConnectorError("stop", "SOURCE_UNREADABLE", `"${path}" cannot be read: ${why}`, {
    cause: error,
  });
}

function toState(stats: {
  dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint;
}): FileState {
  return {
    device: stats.dev, inode: stats.ino, size: Number(stats.size), modifiedNs: stats.mtimeNs,
  };
}
