import { randomBytes } from "node:crypto";
import { chown, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { JoineryError } from "../errors.js";

/**
 * Writes a file that only its owner may read (0600), whole or not at all, and durable. As root
 * it is given to the owner of its folder, so that an owner who once used sudo is not locked out.
 */
export async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await giveToFolderOwner(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** What a server of ours needs to come back as the same: its port, its secret, its last process. */
export interface ServerState {
  port: number;
  secret: string;
  running?: { pid: number; startedAt: string; fingerprint: string };
}

/** `DATA_FOLDER_DAMAGED` when the file is there but is not what we write. */
export async function readServerState(path: string): Promise<ServerState | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isServerState(value)) return value;
  } catch (cause) {
    throw damaged(path, cause);
  }
  throw damaged(path);
}

export function writeServerState(path: string, state: ServerState): Promise<void> {
  return writePrivate(path, `${JSON.stringify(state, null, 2)}\n`);
}

/** A secret for one server: 256 random bits, safe in a URL. */
export function newSecret(): string {
  return randomBytes(32).toString("hex");
}

function isServerState(value: unknown): value is ServerState {
  if (typeof value !== "object" || value === null) return false;
  const state = value as Partial<Record<keyof ServerState, unknown>>;
  return (
    typeof state.port === "number" &&
    typeof state.secret === "string" &&
    (state.running === undefined || typeof state.running === "object")
  );
}

function damaged(path: string, cause?: unknown): JoineryError {
  const message = `${path} is damaged: restore it from a backup of the data folder`;
  return new JoineryError("DATA_FOLDER_DAMAGED", message, { path }, { cause });
}

async function giveToFolderOwner(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const folder = await stat(dirname(path));
  if (folder.uid !== 0) await chown(path, folder.uid, folder.gid);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
