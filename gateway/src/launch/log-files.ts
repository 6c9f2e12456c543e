import { createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { createLog, type Log } from "@joinery/kit";

const sizeMax = 32 * 1024 * 1024;

/**
 * The file that a process writes its log to. One that has grown large steps aside at the next start
 * of the launcher, in the place of the one before: two files per process, never more.
 */
export async function openLogFile(folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.log`);
  const size = await stat(file).then((found) => found.size, () => 0); // Not there yet.
  if (size > sizeMax) await rename(file, `${file}.1`);
  return file;
}

/** The launcher's own log; what it tells the terminal is told to people, this is for later. */
export async function openLauncherLog(dataFolder: string): Promise<Log> {
  const folder = join(dataFolder, "logs");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await openLogFile(folder, "launcher");
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  stream.on("error", () => undefined); // A full disk must not end what runs.
  return createLog({ level: "info", service: "launcher", role: "launcher" }, stream);
}
