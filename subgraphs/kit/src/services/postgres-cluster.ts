import { randomBytes } from "node:crypto";
import { chmod, chown, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { JoineryError } from "../errors.js";
import { readIfThere } from "./private-file.js";
import { makeOwned } from "./place.js";
import type { PostgresBinaries } from "./postgres-binaries.js";
import { run } from "./run.js";
import type { ServerUser } from "./server-user.js";

export interface ClusterOptions {
  /** Where the cluster is to be. Its parent is written to by us, never by the server's user. */
  folder: string;
  password: string;
  binaries: PostgresBinaries;
  user: ServerUser | undefined;
  /** False only where losing everything is fine: tests. */
  durable: boolean;
}

export const superuser = "postgres";

/**
 * Makes a cluster: UTF-8, sorted by code point with the collation that PostgreSQL 17 and later
 * bring themselves, so no system locale and no ICU version can change an index; passwords by
 * SCRAM for everybody; data checksums. It is made aside and renamed, so what exists is whole.
 * `POSTGRES_INIT_FAILED` leaves nothing behind.
 */
export async function createCluster(options: ClusterOptions): Promise<void> {
  await removeUnfinished(options.folder);
  // A new name each time: an initdb whose launcher was killed may still write to the old one.
  const making = `${options.folder}.new-${randomBytes(4).toString("hex")}`;
  const passwordFile = `${making}.password`;
  try {
    await makeOwned(making, options.user);
    await writeFile(passwordFile, `${options.password}\n`, { flag: "wx", mode: 0o600 });
    if (options.user) await chown(passwordFile, options.user.uid, options.user.gid);
    await initdb(making, passwordFile, options);
    await rename(making, options.folder);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(making, { recursive: true, force: true });
  }
}

async function removeUnfinished(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.new-`)) continue;
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The major version that made the cluster, or nothing when there is no cluster. */
export async function clusterVersion(folder: string): Promise<number | undefined> {
  const text = await readIfThere(join(folder, "PG_VERSION"));
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/**
 * PostgreSQL refuses a cluster that others own or may read. Root's copies (a restored backup) and
 * modes widened by a volume driver are put right; anybody else's cluster was refused before.
 */
export async function repairOwnership(folder: string, user: ServerUser | undefined): Promise<void> {
  const found = await stat(folder);
  if (user && found.uid !== user.uid) {
    const options = { env: { PATH: "/usr/bin:/bin:/usr/sbin" }, timeoutMs: 600_000 };
    const owner = `${user.uid}:${user.gid}`;
    const done = await run("chown", ["-h", "-R", owner, folder], options);
    if (done.code !== 0) throw initFailed(`chown said: ${done.stderr.slice(0, 400)}`);
  }
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

async function initdb(
  folder: string,
  passwordFile: string,
  { binaries, user, durable }: ClusterOptions,
): Promise<void> {
  const sorted =
    binaries.major >= 17
      ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
      : ["--locale-provider=libc", "--locale=C"];
  const args = [
    `--pgdata=${folder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--data-checksums",
    ...sorted,
    ...(durable ? [] : ["--no-sync"]),
  ];
  const env = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" };
  const options = { env, user, timeoutMs: 120_000 };
  const done = await run(join(binaries.folder, "initdb"), args, options);
  if (done.code !== 0) throw initFailed(`initdb said: ${done.stderr.trim().slice(-600)}`);
  await readFile(join(folder, "PG_VERSION"));
}

function initFailed(said: string): JoineryError {
  return new JoineryError("POSTGRES_INIT_FAILED", `no database cluster could be made; ${said}`);
}
