import { execFile, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const startMsMax = 20_000;
const makeMsMax = 120_000;

/** The first of the folders that has such a file, as a path. */
export function findIn(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Why no certificate can be made here, undefined when one can. */
export function opensslMissing(): string | undefined {
  const isThere = findIn(["/usr/bin", "/usr/local/bin", "/bin"], "openssl") !== undefined;
  return isThere ? undefined : "openssl is not installed";
}

/** Writes `server.key` and `server.pem`, a certificate that signed itself, for these names. */
export async function makeCertificate(folder: string, names: readonly string[]): Promise<void> {
  await run("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    "-days", "30", "-subj", "/CN=joinery test directory",
    "-addext", `subjectAltName=${names.join(",")}`,
    "-keyout", join(folder, "server.key"), "-out", join(folder, "server.pem"),
  ]);
}

/** True when all ports answer before the process has ended and before its time is up. */
export async function comesUp(
  child: ChildProcess, host: string, ports: readonly number[],
): Promise<boolean> {
  const deadline = performance.now() + startMsMax;
  while (performance.now() < deadline && child.exitCode === null && child.pid !== undefined) {
    const answers = await Promise.all(ports.map((port) => answersAt(host, port)));
    if (answers.every(Boolean)) return true;
    await sleep(20);
  }
  return false;
}

export function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => { resolve(false); });
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}

/**
 * The folder, which the first who needs it makes while the others wait; so whatever stands in it
 * is whole. Whoever failed to make it leaves that to the next.
 */
export async function madeByFirst(
  folder: string, make: (folder: string) => Promise<void>,
): Promise<string> {
  const deadline = performance.now() + makeMsMax;
  await mkdir(dirname(folder), { recursive: true });
  for (;;) {
    if (existsSync(folder)) return folder;
    try {
      await mkdir(`${folder}.lock`);
    } catch (error) {
      if (performance.now() > deadline) throw new Error("nobody made it", { cause: error });
      await sleep(50);
      continue;
    }
    try {
      if (existsSync(folder)) return folder;
      await rm(`${folder}.making`, { recursive: true, force: true });
      await make(`${folder}.making`);
      await rename(`${folder}.making`, folder);
      return folder;
    } finally {
      await rm(`${folder}.lock`, { recursive: true, force: true });
    }
  }
}

/** Sends a signal; whether there was such a process. */
export function processLives(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
