import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { JoineryError } from "../errors.js";

/** An exclusive claim. It ends when released or when this process ends, however it ends. */
export interface Hold {
  release(): void;
}

/** SQLite's primary result code for "another connection has the lock". */
const sqliteBusy = 5;

/** Keeps the handles from the garbage collector, which would close them and lose the claim. */
const held = new Set<DatabaseSync>();

/**
 * Claims `<folder>/<name>.lock` for this process, or throws `DATA_FOLDER_IN_USE` at once.
 *
 * The claim is SQLite's exclusive lock on an empty database file: a record lock of the operating
 * system (`fcntl`, owned by the process, not inherited by children), so `kill -9` leaves nothing
 * behind, a reused process id cannot be mistaken for the holder, and two containers that share a
 * volume see each other, which a file with a process id in it cannot promise.
 */
export function holdFolder(folder: string, name: string): Hold {
  const file = join(folder, `${name}.lock`);
  const database = claim(file, folder);
  held.add(database);
  writeFileSync(`${file}.pid`, `${process.pid}\n`);
  giveToFolderOwner(folder, [file, `${file}.pid`]);
  return {
    release() {
      if (!held.delete(database)) return;
      database.close();
    },
  };
}

/** Waits for the claim; for work that several processes may want done, once. */
export async function holdWhenFree(
  folder: string,
  name: string,
  timeoutMs: number,
): Promise<Hold> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return holdFolder(folder, name);
    } catch (error) {
      const busy = error instanceof JoineryError && error.code === "DATA_FOLDER_IN_USE";
      if (!busy || performance.now() > giveUpAt) throw error;
    }
    await delay(50);
  }
}

function claim(file: string, folder: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    // SQLite opens a file that it may not write all the same, and then locks nobody out. Never
    // look by opening the file: closing it again would drop a lock that this process has.
    for (const each of [file, `${file}.pid`].filter(existsSync)) accessSync(each, constants.W_OK);
    database = new DatabaseSync(file, { timeout: 0 });
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      const holder = holderOf(file);
      throw new JoineryError(
        "DATA_FOLDER_IN_USE",
        `another Joinery${holder ? ` (process ${holder})` : ""} uses the folder ${folder}`,
        { folder, ...(holder ? { holder } : {}) },
        { cause: error },
      );
    }
    throw new JoineryError(
      "DATA_FOLDER_UNUSABLE",
      `cannot lock ${file}: it needs to be a file that this user may write`,
      { folder },
      { cause: error },
    );
  }
}

/** So that an owner who once used sudo is not locked out. */
function giveToFolderOwner(folder: string, files: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  if (uid !== 0) for (const file of files) chownSync(file, uid, gid);
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !("errcode" in error)) return false;
  return typeof error.errcode === "number" && (error.errcode & 0xff) === sqliteBusy;
}

/** Only for the message: who wrote it last, which is the holder unless it started this instant. */
function holderOf(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(`${file}.pid`, "utf8"), 10) || undefined;
  } catch {
    return undefined; // The file is a courtesy; the claim does not depend on it.
  }
}
