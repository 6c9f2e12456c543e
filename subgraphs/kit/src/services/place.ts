import { createHash } from "node:crypto";
import { chmod, chown, lstat, mkdir, realpath, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { makeFolder } from "./make-folder.js";
import { canReach, type ServerUser } from "./server-user.js";

export interface PlaceOptions {
  dataFolder: string;
  /** The folder wanted inside the data folder. */
  name: string;
  user: ServerUser | undefined;
  /** Used when the user cannot enter the data folder. */
  systemFolder: string;
  log: Log;
}

/**
 * A folder for a server inside the data folder, which the server's user can really enter.
 *
 * Run as ourselves that is `<data folder>/<name>`. As root the server has another user, who may
 * be shut out: by the data folder itself (0700), which is then opened for passing through and not
 * for listing (its secret files are 0600 each); or by a folder above it (`/root`), whose mode is
 * not ours to change. Then the folder lives below the system folder (`/var/lib/joinery`) and
 * `<data folder>/<name>` is a symbolic link to it, so that it is found again and backed up.
 */
export async function placeFor(options: PlaceOptions): Promise<string> {
  const wanted = join(options.dataFolder, options.name);
  const existing = await realpath(wanted).catch(() => undefined);
  if (existing && (await canReach(existing, options.user))) return existing;
  if (await canPass(options.dataFolder, options.user)) return existing ?? wanted;
  if (existing) throw unreachable(existing, options.user);
  return relocated(wanted, options);
}

/** Makes an empty folder that belongs to the user alone. */
export async function makeOwned(path: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (user) await chown(path, user.uid, user.gid);
}

async function canPass(dataFolder: string, user: ServerUser | undefined): Promise<boolean> {
  if (await canReach(dataFolder, user)) return true;
  if (!(await canReach(dirname(dataFolder), user))) return false;
  const { mode, uid } = await stat(dataFolder);
  if (uid !== process.getuid?.()) return false;
  await chmod(dataFolder, (mode & 0o777) | 0o011);
  return canReach(dataFolder, user);
}

async function relocated(wanted: string, options: PlaceOptions): Promise<string> {
  await makeSystemFolder(options.systemFolder, options.user);
  const folder = dirname(wanted);
  const key = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const elsewhere = join(options.systemFolder, `${options.name}-${key}`);
  if (!(await isThere(wanted))) await symlink(elsewhere, wanted);
  options.log.warn("the database's user cannot enter the data folder; its files live elsewhere", {
    dataFolder: options.dataFolder,
    elsewhere,
  });
  return elsewhere;
}

/** `DATA_FOLDER_UNREACHABLE` when even this folder is closed to the user. */
export async function makeSystemFolder(
  systemFolder: string,
  user: ServerUser | undefined,
): Promise<void> {
  try {
    await makeFolder(systemFolder, 0o711);
  } catch (cause) {
    throw unreachable(systemFolder, user, cause);
  }
  if (!(await canReach(systemFolder, user))) throw unreachable(systemFolder, user);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function unreachable(path: string, user: ServerUser | undefined, cause?: unknown): JoineryError {
  const uid = user?.uid ?? -1;
  return new JoineryError(
    "DATA_FOLDER_UNREACHABLE",
    `PostgreSQL runs as user ${uid}, who cannot enter ${path}: choose a data folder ` +
      "below folders that everybody may pass, or set DATABASE_URL",
    { path, uid },
    { cause },
  );
}
