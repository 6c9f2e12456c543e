import { readFile, stat } from "node:fs/promises";
import { JoineryError } from "../errors.js";
import { run } from "./run.js";

/** The account a server runs as when we are root and it refuses to be. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

interface Account extends ServerUser {
  readonly name: string;
}

/**
 * Whom PostgreSQL runs as. Not root: ourselves (nothing returned). Root: it refuses to run as
 * root, so the first of
 *
 * 1. the owner of an existing cluster, which then stays as it is;
 * 2. the owner of the data folder, so that he can go on without root;
 * 3. `postgres`, where the machine has that account;
 * 4. `nobody`, which every system has. Nothing is ever added to the system's accounts.
 *
 * initdb looks the account up by its id, hence only accounts that have a name.
 * `NO_SERVER_USER` when there is none.
 */
export async function chooseServerUser(
  cluster: string,
  dataFolder: string,
): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await statOrNothing(cluster);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const folderOwner = await statOrNothing(dataFolder);
  const chosen =
    (folderOwner && folderOwner.uid !== 0 ? await accountOf(String(folderOwner.uid)) : undefined) ??
    (await accountOf("postgres")) ??
    (await accountOf("nobody"));
  if (chosen) return { uid: chosen.uid, gid: chosen.gid };
  throw new JoineryError(
    "NO_SERVER_USER",
    "PostgreSQL does not run as root, and the system has neither a postgres nor a nobody " +
      "account: start Joinery as another user, or set DATABASE_URL",
  );
}

/** Whether that user may run the program, or enter the folder, at this path. */
export async function canReach(path: string, user: ServerUser | undefined): Promise<boolean> {
  if (!user) return true;
  try {
    const options = { env: {}, user, timeoutMs: 10_000 };
    return (await run("/bin/sh", ["-c", 'test -x "$0"', path], options)).code === 0;
  } catch (cause) {
    throw new JoineryError(
      "NO_SERVER_USER",
      "this root user may not become the unprivileged user that PostgreSQL needs: " +
        "start Joinery as another user, or set DATABASE_URL",
      { uid: user.uid },
      { cause },
    );
  }
}

/** By name or id; from the file, else from the system's directory of names (LDAP and the like). */
async function accountOf(nameOrId: string): Promise<Account | undefined> {
  const local = find(await readFile("/etc/passwd", "utf8").catch(() => ""), nameOrId);
  if (local) return local;
  const options = { env: { PATH: "/usr/bin:/bin" }, timeoutMs: 5_000 };
  const listed = await run("getent", ["passwd", nameOrId], options).catch(() => undefined);
  return listed?.code === 0 ? find(listed.stdout, nameOrId) : undefined;
}

function find(passwd: string, nameOrId: string): Account | undefined {
  for (const line of passwd.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name === undefined || uid === undefined || gid === undefined) continue;
    if (name === nameOrId || uid === nameOrId) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

async function statOrNothing(path: string): Promise<ServerUser | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined; // Not there yet.
  }
}
