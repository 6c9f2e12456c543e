import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { servicesConfig, type ServicesConfig } from "./config.js";
import { holdWhenFree } from "./hold.js";
import { makeFolder } from "./make-folder.js";
import { fetchFromDebian } from "./nats-from-debian.js";
import { fetchFromHomebrew } from "./nats-from-homebrew.js";
import { fetchRelease } from "./nats-from-release.js";
import { isAtLeast, oldestNats } from "./nats-version.js";
import { run } from "./run.js";

/** Where the program came from. */
export type NatsSource = "path" | "data folder" | "cache" | "debian" | "homebrew" | "release";

export interface NatsServerProgram {
  path: string;
  /** "2.9.10". */
  version: string;
  source: NatsSource;
}

export interface FindNatsOptions {
  dataFolder: string;
  log: Log;
  config?: ServicesConfig | undefined;
}

/** Puts the program into the folder and returns its path, or throws and says why it cannot. */
export type NatsFetcher = (folder: string, config: ServicesConfig, log: Log) => Promise<string>;

const fetchers: readonly (readonly [NatsSource, NatsFetcher])[] = [
  ["debian", fetchFromDebian],
  ["homebrew", fetchFromHomebrew],
  ["release", fetchRelease],
];

/**
 * Finds `nats-server`, 2.9 or newer: on the PATH, in the data folder, in the user's cache; else
 * fetches it into the cache, from Debian or Ubuntu, from Homebrew, from the official release.
 * Nothing is installed into the system. Any number of processes may ask at once: one fetches.
 *
 * `NATS_NOT_FOUND` lists what was tried and what to do.
 */
export async function findNatsServer(options: FindNatsOptions): Promise<NatsServerProgram> {
  const config = options.config ?? servicesConfig();
  const there = await findKept(options.dataFolder, config, options.log);
  if (there) return there;
  const folder = await writableFolder(config.cacheFolder, options.dataFolder);
  const hold = await holdWhenFree(folder, "nats-fetch", 600_000);
  try {
    const meanwhile = await findKept(options.dataFolder, config, options.log);
    return meanwhile ?? (await fetchFirst(folder, config, options.log));
  } finally {
    hold.release();
  }
}

/** The version a program says it has; nothing when it does not run or is too old. */
export async function usableVersion(path: string, log: Log): Promise<string | undefined> {
  const options = { env: {}, timeoutMs: 10_000 };
  const said = await run(path, ["--version"], options).catch(() => undefined);
  const version = /v(\d+\.\d+\.\d+\S*)/.exec(said?.stdout ?? "")?.[1];
  if (version && isAtLeast(version, oldestNats)) return version;
  log.info("passed over a nats-server that does not run or is too old", { path, version });
  return undefined;
}

async function findKept(
  dataFolder: string,
  config: ServicesConfig,
  log: Log,
): Promise<NatsServerProgram | undefined> {
  for (const [source, folder] of [
    ...config.programFolders.map((each) => ["path", each] as const),
    ["data folder", dataFolder] as const,
    ["cache", config.cacheFolder] as const,
  ]) {
    const path = join(folder, "nats-server");
    if (!(await isProgram(path))) continue;
    if (source !== "path" && !(await isOurs(path))) continue;
    const version = await usableVersion(path, log);
    if (version) return { path, version, source };
  }
  return undefined;
}

async function fetchFirst(
  folder: string,
  config: ServicesConfig,
  log: Log,
): Promise<NatsServerProgram> {
  const reasons: string[] = [];
  for (const [source, fetcher] of fetchers) {
    try {
      const path = await fetcher(folder, config, log);
      const version = await usableVersion(path, log);
      if (version) {
        log.info("fetched a NATS server", { source, version, path });
        return { path, version, source };
      }
      reasons.push(`${source}: it does not run here or is older than ${oldestNats}`);
    } catch (error) {
      reasons.push(`${source}: ${error instanceof Error ? error.message : "failed"}`);
    }
  }
  throw new JoineryError(
    "NATS_NOT_FOUND",
    "found no nats-server: install one (https://nats.io/download) so that it is on the PATH, " +
      `or set NATS_URL to a running server. Tried, after PATH and caches: ${reasons.join("; ")}`,
  );
}

async function writableFolder(wanted: string, fallback: string): Promise<string> {
  try {
    await makeFolder(wanted);
    await access(wanted, constants.W_OK | constants.X_OK);
    return wanted;
  } catch {
    return fallback; // A home that is read-only or missing: keep it with the data.
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** A cache may be a shared folder: run only what we or root put there and others cannot write. */
async function isOurs(path: string): Promise<boolean> {
  const { uid, mode } = await stat(path);
  const trusted = uid === 0 || uid === process.getuid?.();
  return trusted && (mode & 0o022) === 0;
}
