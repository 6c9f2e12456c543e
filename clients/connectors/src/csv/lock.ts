import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectorError } from "../connector.js";
import { errorCode } from "./files.js";

const lockSuffix = ".lock";
const pollMs = 25;
const beatMs = 5_000;
/** A holder on another machine that has not shown life for so long is taken for dead. */
const staleMs = 60_000;

export interface FileLock {
  /** False when the lock was taken over, as after a long standstill of this process. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly token: string;
}

/**
 * One writer at a time for one file, among processes and machines that share its folder: a file
 * `.<name>.lock` beside it, touched every 5 s. A lock whose holder died is taken over: at once on
 * the same machine, after 60 s without a touch on another.
 * Throws ConnectorError `CONNECTOR_BUSY` when it stays held for `waitMs`.
 */
export async function lockFile(
  path: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<FileLock> {
  const lockPath = join(dirname(path), `.${basename(path)}${lockSuffix}`);
  const holder: Holder = { host: hostname(), pid: process.pid, token: randomUUID() };
  const deadline = performance.now() + waitMs;
  while ((await readHolder(lockPath)) !== "gone" || !(await tryCreate(lockPath, holder))) {
    signal.throwIfAborted();
    if (await removeDead(lockPath)) continue;
    if (performance.now() >= deadline) {
      throw new ConnectorError(
        "retry",
        "CONNECTOR_BUSY",
        `"${basename(path)}" has another writer`,
        {
          retryAfterMs: 1_000,
        },
      );
    }
    await sleep(pollMs);
  }
  const beat = setInterval(() => {
    // A lock that cannot be touched is merely taken for dead sooner.
    utimes(lockPath, new Date(), new Date()).catch(() => undefined);
  }, beatMs);
  beat.unref();
  const isHeld = async (): Promise<boolean> => {
    const now = await readHolder(lockPath);
    return now !== "gone" && now?.token === holder.token;
  };
  return {
    isHeld,
    release: async () => {
      clearInterval(beat);
      if (await isHeld()) await rm(lockPath, { force: true });
    },
  };
}

/** The lock appears with its holder's name in it: one without could not be told dead from alive. */
async function tryCreate(lockPath: string, holder: Holder): Promise<boolean> {
  const prepared = `${lockPath.slice(0, -lockSuffix.length)}.${holder.token}.tmp`;
  try {
    await writeFile(prepared, JSON.stringify(holder), { flag: "wx", mode: 0o600 });
    return await linkLock(prepared, lockPath);
  } catch (error) {
    throw new ConnectorError(
      "stop",
      "MISCONFIGURED",
      `its folder cannot be written: ${errorCode(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(prepared, { force: true });
  }
}

async function linkLock(prepared: string, lockPath: string): Promise<boolean> {
  try {
    await link(prepared, lockPath);
    return true;
  } catch (error) {
    // Held by another; or its holder swept what we prepared, as what a killed writer left.
    if (errorCode(error) === "EEXIST" || errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Takes a dead holder's lock away; true when the way may be free now. */
async function removeDead(lockPath: string): Promise<boolean> {
  const before = await readHolder(lockPath);
  if (before === "gone") return true;
  if (!(await isDead(lockPath, before))) return false;
  const aside = `${lockPath}.${randomUUID()}`;
  try {
    await rename(lockPath, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    throw error;
  }
  const taken = await readHolder(aside);
  if (taken !== "gone" && taken?.token !== before?.token) {
    // Another process was quicker and this is its live lock: give it back.
    await rename(aside, lockPath);
    return false;
  }
  await rm(aside, { force: true });
  return true;
}

async function isDead(lockPath: string, holder: Holder | undefined): Promise<boolean> {
  if (holder !== undefined && holder.host === hostname() && !isRunning(holder.pid)) return true;
  try {
    return Date.now() - (await stat(lockPath)).mtimeMs > staleMs;
  } catch {
    // It went away while we looked; the next attempt to create it will tell.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** Undefined when it cannot be told whose lock it is. */
async function readHolder(lockPath: string): Promise<Holder | undefined | "gone"> {
  try {
    return JSON.parse(await readFile(lockPath, "utf8")) as Holder;
  } catch (error) {
    return errorCode(error) === "ENOENT" ? "gone" : undefined;
  }
}
