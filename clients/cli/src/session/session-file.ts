import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError } from "../failure.js";

/** A session at one address. A token is sent to its own address and nowhere else. */
export interface KeptSession {
  /** Null after sign-out. */
  readonly token: string | null;
  /** Of the last session: the server knows this device by it. */
  readonly formerToken: string | null;
  readonly email: string;
  readonly organisation: string;
  readonly expiresAt: string;
}

export interface KeptSessions {
  /** Address of the last sign-in. */
  readonly current: string | null;
  /** By address. */
  readonly sessions: Readonly<Record<string, KeptSession>>;
}

const nothing: KeptSessions = { current: null, sessions: {} };
const format = 1;

/** Throws SESSION_FILE_DAMAGED. A file that others could read is closed to them first. */
export async function readSessions(file: string): Promise<KeptSessions> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    const message = `cannot read ${file}: ${error.code ?? "unknown"}`;
    throw new CliError("SESSION_FILE_DAMAGED", message, { cause: error });
  });
  if (text === null) return nothing;
  if (await isOpenToOthers(file)) await chmod(file, 0o600);
  try {
    const { format: found, ...kept } = JSON.parse(text) as KeptSessions & { format: number };
    if (found === format && typeof kept.sessions === "object") return kept;
  } catch {
    // Told below, as is any other content that is not ours.
  }
  const message = `${file} is damaged or of another version: delete it and sign in`;
  throw new CliError("SESSION_FILE_DAMAGED", message);
}

/** Whole or not at all, and readable by its owner only from the first byte on. */
export async function writeSessions(file: string, kept: KeptSessions): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.${process.pid}.new`;
  await rm(next, { force: true });
  const handle = await open(next, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ format, ...kept }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}

/** Whether group or others may read or write it; never on systems without such bits. */
export async function isOpenToOthers(file: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  return ((await stat(file)).mode & 0o077) !== 0;
}
