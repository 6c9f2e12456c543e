import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { JoineryError } from "../errors.js";
import { makeFolder } from "./make-folder.js";

/**
 * Makes the data folder where it is missing (for its owner only) and returns its real path.
 * `DATA_FOLDER_WRONG_OWNER` when this user may not write in it, or one of the entries named
 * belongs to somebody else (root may take all); `DATA_FOLDER_UNUSABLE` when it cannot be made or
 * is no folder. Nothing was changed then.
 */
export async function openDataFolder(folder: string, entries: readonly string[]): Promise<string> {
  const path = await openFolder(folder);
  for (const entry of entries) await requireOwned(join(path, entry));
  return path;
}

async function openFolder(folder: string): Promise<string> {
  try {
    await makeFolder(resolve(folder));
    const path = await realpath(folder);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    const denied = cause instanceof Error && "code" in cause && cause.code === "EACCES";
    if (denied) throw wrongOwner(folder, (await ownerOf(folder)) ?? -1, cause);
    throw new JoineryError(
      "DATA_FOLDER_UNUSABLE",
      `the data folder ${folder} cannot be made or is no folder`,
      { folder },
      { cause },
    );
  }
}

async function requireOwned(path: string): Promise<void> {
  const me = process.getuid?.() ?? -1;
  if (me === 0) return;
  const owner = await ownerOf(path);
  if (owner !== undefined && owner !== me) throw wrongOwner(path, owner);
}

/** The user id that owns the path; nothing when it is not there or cannot be seen. */
export async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch {
    return undefined; // Missing, or behind a folder that we may not enter: the same to callers.
  }
}

function wrongOwner(path: string, owner: number, cause?: unknown): JoineryError {
  const me = process.getuid?.() ?? -1;
  const message =
    `${path} belongs to user ${owner} and this process is user ${me}: ` +
    "run as its owner, change the owner, or choose another data folder";
  return new JoineryError("DATA_FOLDER_WRONG_OWNER", message, { path, owner, me }, { cause });
}
