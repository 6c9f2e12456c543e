import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  comesUp, findIn, freePort, madeByFirst, makeCertificate, opensslMissing, processLives,
} from "./server-process.js";

const run = promisify(execFile);
const programs = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
const stopMsMax = 10_000;

/** A MariaDB of its own on loopback; root signs in without a password. */
export interface MariaDb {
  readonly port: number;
  readonly pid: number;
  /** PEM of the certificate that signed the server's; for `localhost`. */
  readonly ca: string;
}

/** Why no MariaDB can be started here, undefined when one can. For a skipped test's message. */
export function mariaDbMissing(): string | undefined {
  for (const program of ["mariadbd", "mariadb-install-db"]) {
    if (findIn(programs, program) === undefined) {
      return `${program} is not installed (Debian: apt-get install mariadb-server)`;
    }
  }
  return opensslMissing();
}

/**
 * The server in a folder: started by the first who asks, shared by all who ask after it. It goes
 * on when the one who started it ends; `stopMariaDb` ends it. Throws when it does not come up.
 */
export async function shareMariaDb(folder: string): Promise<MariaDb> {
  const missing = mariaDbMissing();
  if (missing !== undefined) throw new Error(missing);
  const state = await madeByFirst(join(folder, "running"), (making) => start(folder, making));
  return JSON.parse(await readFile(join(state, "server.json"), "utf8")) as MariaDb;
}

/** A server for its caller alone, in a folder that goes with it. */
export async function startMariaDb(): Promise<MariaDb & { stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "joinery-mariadb-"));
  const stop = async (): Promise<void> => {
    await stopMariaDb(folder);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...await shareMariaDb(folder), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends the server of a folder, if there is one, by the id in its pid file. */
export async function stopMariaDb(folder: string): Promise<void> {
  const text = await readFile(join(folder, "mariadbd.pid"), "utf8").catch(() => "");
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 1) return;
  const deadline = performance.now() + stopMsMax;
  for (let signal: "SIGTERM" | "SIGKILL" = "SIGTERM"; processLives(pid, signal);) {
    if (performance.now() > deadline) signal = "SIGKILL";
    await sleep(20);
  }
}

async function start(folder: string, state: string): Promise<void> {
  await mkdir(state, { recursive: true });
  const data = join(folder, "data");
  // It refuses to run as root by accident.
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  await run(findIn(programs, "mariadb-install-db") as string, [
    "--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal",
    "--skip-test-db", ...asRoot,
  ]);
  await makeCertificate(folder, ["DNS:localhost"]);
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = spawn(findIn(programs, "mariadbd") as string, [
      "--no-defaults", ...asRoot, `--datadir=${data}`, `--port=${port}`,
      "--bind-address=127.0.0.1", `--socket=${join(folder, "socket")}`,
      `--pid-file=${join(folder, "mariadbd.pid")}`,
      `--ssl-cert=${join(folder, "server.pem")}`, `--ssl-key=${join(folder, "server.key")}`,
      // A test that loses its machine loses nothing.
      "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--skip-log-bin",
      "--performance-schema=OFF", "--max-connections=300", "--skip-name-resolve",
    ], { stdio: "ignore", detached: true });
    child.unref();
    if (await comesUp(child, "127.0.0.1", [port])) {
      const ca = await readFile(join(folder, "server.pem"), "utf8");
      const server: MariaDb = { port, pid: child.pid as number, ca };
      await writeFile(join(state, "server.json"), JSON.stringify(server));
      return;
    }
    child.kill("SIGKILL");
    if (attempt === 3) throw new Error("mariadbd did not come up");
  }
}
