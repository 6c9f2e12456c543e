import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../log.js";
import { freePort, isPortFree } from "./ports.js";
import { startPostgres, type PostgresOptions, type PostgresServer } from "./postgres.js";
import { markOf, waitForExit } from "./processes.js";
import { ask } from "./testing/ask.js";
import { startChild } from "./testing/child.js";
import { fast } from "./testing/settings.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

let dataFolder: string;
let started: PostgresServer[];

beforeEach(() => {
  dataFolder = temporaryFolder();
  started = [];
});
afterEach(async () => {
  for (const server of started) await server.stop();
});

async function start(more: Partial<PostgresOptions> = {}): Promise<PostgresServer> {
  const server = await startPostgres({ dataFolder, log: silentLog, settings: fast, ...more });
  started.push(server);
  return server;
}

/** A launcher in another process, which starts the server and then sits there. */
function launcher(): ReturnType<typeof startChild> {
  return startChild(`
    const { startPostgres } = await import(services + "postgres.ts");
    const options = ${JSON.stringify({ dataFolder, settings: fast })};
    const server = await startPostgres({ ...options, log: quiet });
    print({ pid: server.pid, port: server.port, url: server.url, adopted: server.adopted });
    setInterval(() => {}, 1000);`);
}

describe("an embedded PostgreSQL", () => {
  it("keeps data, port and password over a restart", async () => {
    const first = await start();
    expect(first.version).toMatch(/^18\./);
    expect(first.adopted).toBe(false);
    await ask(first.url, "create table kept as select 42 as answer");
    await first.stop();
    expect(first.isAlive()).toBe(false);
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(second.adopted).toBe(false);
    expect(await ask(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  it("keeps PostgreSQL's durable defaults and sorts without the system's locales", async () => {
    const server = await start({ settings: {} });
    const [facts] = await ask(
      server.url,
      `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
         current_setting('synchronous_commit') as commits,
         current_setting('data_checksums') as sums,
         current_setting('listen_addresses') as listens, current_setting('max_connections') as most,
         current_setting('server_encoding') as encoding, current_setting('timezone') as zone,
         d.datlocprovider as provider, d.datlocale as locale
       from pg_database d where datname = current_database()`,
    );
    expect(facts).toEqual({
      fsync: "on",
      pages: "on",
      commits: "on",
      sums: "on",
      listens: "127.0.0.1",
      most: "200",
      encoding: "UTF8",
      zone: "UTC",
      provider: "b",
      locale: "C.UTF-8",
    });
  });

  it("wants the password, keeps it for its owner only and shows it in no command", async () => {
    const server = await start();
    const withoutPassword = server.url.replace(/:[0-9a-f]{64}@/, ":wrong@");
    await expect(ask(withoutPassword, "select 1")).rejects.toMatchObject({ code: "28P01" });
    const kinds = await ask(
      server.url,
      "select left(rolpassword, 13) as kind from pg_authid where rolpassword is not null",
    );
    expect(kinds).toEqual([{ kind: "SCRAM-SHA-256" }]);
    expect(statSync(join(dataFolder, "postgres.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataFolder, "postgres")).mode & 0o777).toBe(0o700);
    const secret = new URL(server.url).password;
    const command = readFileSync(`/proc/${server.pid}/cmdline`, "utf8");
    expect(command).toContain(dataFolder);
    expect(command).not.toContain(secret);
    expect(readdirSync(dataFolder).filter((name) => name.includes("password"))).toEqual([]);
  });

  it("does not write values into its log when a statement breaks a constraint", async () => {
    const server = await start();
    await ask(server.url, "create table person (mail text primary key)");
    await ask(server.url, "insert into person values ('canary@example.org')");
    const again = ask(server.url, "insert into person values ('canary@example.org')");
    await expect(again).rejects.toMatchObject({ code: "23505" });
    const [log] = await ask(server.url, "select pg_read_file(pg_current_logfile()) as text");
    expect(log?.["text"]).toContain("duplicate key");
    expect(log?.["text"]).not.toContain("canary");
  });

  it("runs with the settings given, and is restarted when they change", async () => {
    const child = launcher();
    const first = await child.next();
    await child.kill();
    const server = await start({ settings: { ...fast, work_mem: "5MB" } });
    expect(server.adopted).toBe(false);
    expect(server.pid).not.toBe(first["pid"]);
    expect(await ask(server.url, "show work_mem")).toEqual([{ work_mem: "5MB" }]);
  });
});

describe("after a SIGKILL of its launcher, PostgreSQL", () => {
  it("survives, and is adopted with its open connections by the next one", async () => {
    const child = launcher();
    const first = await child.next();
    await ask(String(first["url"]), "create table kept as select 1 as one");
    await child.kill();
    const server = await start();
    expect(server).toMatchObject({ adopted: true, pid: first["pid"], url: first["url"] });
    expect(await ask(server.url, "select one from kept")).toEqual([{ one: 1 }]);
  });

  it("is started again, with its committed data, when it was killed as well", async () => {
    const child = launcher();
    const first = await child.next();
    await ask(String(first["url"]), "create table kept as select 1 as one");
    await child.kill();
    const mark = markOf(Number(first["pid"]));
    process.kill(Number(first["pid"]), "SIGKILL");
    if (mark) await waitForExit(mark, 5_000);
    expect(existsSync(join(dataFolder, "postgres", "postmaster.pid"))).toBe(true);
    const server = await start();
    expect(server).toMatchObject({ adopted: false, url: first["url"] });
    expect(await ask(server.url, "select one from kept")).toEqual([{ one: 1 }]);
  });

  it("is started again when a backend of the killed server still computes", async () => {
    const child = launcher();
    const first = await child.next();
    const busy = ask(String(first["url"]), "select count(*) from generate_series(1, 1000000000)");
    busy.catch(() => undefined); // Its server is killed.
    const working = "select pid from pg_stat_activity where query like 'select count%'";
    let [backend] = await ask(String(first["url"]), working);
    while (!backend) [backend] = await ask(String(first["url"]), working);
    await child.kill();
    process.kill(Number(first["pid"]), "SIGKILL");
    expect(markOf(Number(backend["pid"]))).toBeDefined();
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(markOf(Number(backend["pid"]))).toBeUndefined();
    await expect(busy).rejects.toThrow(/terminat/);
  });

  it("is started again when its process id now belongs to a stranger", async () => {
    const server = await start();
    await server.stop();
    const stranger = spawn("sleep", ["60"]);
    const pidFile = join(dataFolder, "postgres", "postmaster.pid");
    const folder = join(dataFolder, "postgres");
    const lines = [stranger.pid, folder, 1, server.port, "", "127.0.0.1", "1 1", "ready", ""];
    writeFileSync(pidFile, lines.join("\n"));
    const again = await start();
    expect(again.adopted).toBe(false);
    expect(again.pid).not.toBe(stranger.pid);
    expect(stranger.signalCode).toBeNull();
    stranger.kill("SIGKILL");
  });

  it("finds no half-made cluster in its way when the launcher died while making it", async () => {
    const child = launcher();
    const unfinished = () => readdirSync(dataFolder).filter((name) => name.includes(".new-"));
    const giveUpAt = performance.now() + 10_000;
    while (unfinished().length < 2 && performance.now() < giveUpAt) await delay(2);
    await delay(100);
    await child.kill();
    expect(unfinished()).toHaveLength(2);
    expect(existsSync(join(dataFolder, "postgres"))).toBe(false);
    const server = await start();
    expect(await ask(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(unfinished()).toEqual([]);
  });
});

describe("a data folder of PostgreSQL", () => {
  it("refuses a second launcher, in this process or another, and the first goes on", async () => {
    const server = await start();
    await expect(start()).rejects.toMatchObject({ code: "DATA_FOLDER_IN_USE" });
    const child = launcher();
    expect(await child.next()).toMatchObject({ code: "DATA_FOLDER_IN_USE" });
    expect(server.isAlive()).toBe(true);
    expect(await ask(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("gets another port when the remembered one is taken, and refuses a wanted one", async () => {
    const server = await start();
    await server.stop();
    const squatter = createServer().listen(server.port, "127.0.0.1");
    const wanted = start({ port: server.port });
    await expect(wanted).rejects.toMatchObject({ code: "PORT_IN_USE" });
    const moved = await start();
    expect(moved.port).not.toBe(server.port);
    await moved.stop();
    squatter.close();
    const port = await freePort();
    expect((await start({ port })).port).toBe(port);
  });

  it("whose password file is damaged or lost is refused, not made anew", async () => {
    const server = await start();
    await server.stop();
    writeFileSync(join(dataFolder, "postgres.json"), "{");
    await expect(start()).rejects.toMatchObject({ code: "DATA_FOLDER_DAMAGED" });
    rmSync(join(dataFolder, "postgres.json"));
    await expect(start()).rejects.toMatchObject({ code: "DATA_FOLDER_DAMAGED" });
    expect(existsSync(join(dataFolder, "postgres", "PG_VERSION"))).toBe(true);
  });

  it("of another major version is refused and left alone", async () => {
    const server = await start();
    await server.stop();
    writeFileSync(join(dataFolder, "postgres", "PG_VERSION"), "17\n");
    await expect(start()).rejects.toMatchObject({ code: "POSTGRES_VERSION_MISMATCH" });
  });

  it("has no server left in it when anything goes wrong after the launch", async () => {
    const port = await freePort();
    const info = (message: string) => {
      if (message === "PostgreSQL is ready") throw new Error("disk full");
    };
    const starting = start({ port, log: { ...silentLog, info } });
    await expect(starting).rejects.toThrow("disk full");
    expect(await isPortFree(port)).toBe(true);
    await start({ port });
  });

  it("whose server cannot start says why, and leaves nothing running or held", async () => {
    const settings = { ...fast, shared_buffers: "none" };
    const failing = start({ settings });
    await expect(failing).rejects.toMatchObject({ code: "POSTGRES_START_FAILED" });
    await expect(failing).rejects.toThrow(/shared_buffers/);
    expect(existsSync(join(dataFolder, "postgres", "postmaster.pid"))).toBe(false);
    await start();
  });
});

describe("a PostgreSQL given by URL", () => {
  it("is used as it is and outlives our stop", async () => {
    const server = await start();
    const other = await startPostgres({
      dataFolder: "/nonexistent",
      databaseUrl: server.url,
      log: silentLog,
    });
    expect(other).toMatchObject({ url: server.url, port: server.port, adopted: true });
    expect(other.version).toBe(server.version);
    await other.stop();
    expect(server.isAlive()).toBe(true);
  });

  it("that does not answer is reported without its password", async () => {
    const port = await freePort();
    const databaseUrl = `postgres://someone:canary@127.0.0.1:${port}/postgres`;
    const using = startPostgres({ dataFolder, databaseUrl, log: silentLog });
    await expect(using).rejects.toMatchObject({ code: "DATABASE_UNREACHABLE" });
    await expect(using).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("canary") as string }),
    );
  });
});
