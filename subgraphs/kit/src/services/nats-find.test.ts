import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../log.js";
import { servicesConfig, type ServicesConfig } from "./config.js";
import { findNatsServer } from "./nats-find.js";
import { fetchFromDebian } from "./nats-from-debian.js";
import { fetchFromHomebrew } from "./nats-from-homebrew.js";
import { fetchRelease, pinnedRelease } from "./nats-from-release.js";
import { run } from "./run.js";
import { startChild } from "./testing/child.js";
import { configWith, isRoot } from "./testing/settings.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const log = silentLog;
const tools = { env: servicesConfig().downloadEnvironment, timeoutMs: 60_000 };
const hasApt = await run("apt-get", ["--version"], tools).then(
  (result) => result.code === 0,
  () => false,
);

/** A program that says it is a NATS server of that version: finding only asks for the version. */
function pretend(folder: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "nats-server");
  writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 });
  return path;
}

/** Nothing of this machine is found, nothing can be fetched, unless a test says so. */
function bareMachine(parts: Partial<ServicesConfig> = {}): ServicesConfig {
  const empty = temporaryFolder();
  return configWith({
    cacheFolder: join(empty, "cache"),
    programFolders: [],
    downloadEnvironment: { PATH: empty },
    ...parts,
  });
}

describe("the search for a NATS server", () => {
  it("takes the PATH before the data folder before the cache", async () => {
    const path = temporaryFolder();
    const dataFolder = temporaryFolder();
    const cacheFolder = temporaryFolder();
    const config = bareMachine({ programFolders: [path], cacheFolder });
    const find = () => findNatsServer({ dataFolder, log, config });
    pretend(cacheFolder, "2.12.1");
    expect(await find()).toMatchObject({ source: "cache", version: "2.12.1" });
    pretend(dataFolder, "2.12.2");
    expect(await find()).toMatchObject({ source: "data folder", version: "2.12.2" });
    const last = pretend(path, "2.12.3");
    expect(await find()).toEqual({ source: "path", version: "2.12.3", path: last });
  });

  it("passes over what is too old, does not run, or is a folder", async () => {
    const [old, broken, folder, good] = [1, 2, 3, 4].map(() => temporaryFolder());
    if (!old || !broken || !folder || !good) throw new Error("no folders");
    pretend(old, "2.8.4");
    writeFileSync(join(broken, "nats-server"), "\u007fELF", { mode: 0o755 });
    mkdirSync(join(folder, "nats-server"));
    const path = pretend(good, "2.9.10");
    const config = bareMachine({ programFolders: [old, broken, folder, good] });
    const found = await findNatsServer({ dataFolder: temporaryFolder(), log, config });
    expect(found).toEqual({ source: "path", version: "2.9.10", path });
  });

  it("does not run a cached program that others could have written", async () => {
    const cacheFolder = temporaryFolder();
    chmodSync(pretend(cacheFolder, "2.12.1"), 0o777);
    const config = bareMachine({ cacheFolder });
    const finding = findNatsServer({ dataFolder: temporaryFolder(), log, config });
    await expect(finding).rejects.toMatchObject({ code: "NATS_NOT_FOUND" });
  });

  it("says what it tried and what to do when there is none", async () => {
    const config = bareMachine();
    const finding = findNatsServer({ dataFolder: temporaryFolder(), log, config });
    await expect(finding).rejects.toMatchObject({ code: "NATS_NOT_FOUND" });
    await expect(finding).rejects.toThrow(/NATS_URL.*debian: .*homebrew: .*release: /s);
  });

  it.each([
    ["is below a file", "/dev/null/cache"],
    ["denies that its parent is there", "/proc/cache"],
  ])("keeps what it fetches with the data when the cache %s", async (_case, cacheFolder) => {
    const dataFolder = temporaryFolder();
    const bin = join(dataFolder, "bin");
    mkdirSync(bin);
    fakeBrew(bin, await bottle(dataFolder));
    writeFileSync(join(bin, "apt-get"), "#!/bin/sh\nexit 100\n", { mode: 0o755 });
    const downloadEnvironment = { PATH: `${bin}:/usr/bin:/bin` };
    const config = bareMachine({ cacheFolder, downloadEnvironment });
    const found = await findNatsServer({ dataFolder, log, config });
    expect(found.path).toBe(join(dataFolder, "nats-server"));
  });
});

describe.runIf(hasApt)("from Debian or Ubuntu", () => {
  it("is fetched once by eight processes that start together, and run by all", async () => {
    const cache = temporaryFolder();
    const finding = Array.from({ length: 8 }, () =>
      startChild(`
        const { findNatsServer } = await import(services + "nats-find.ts");
        const { servicesConfig } = await import(services + "config.ts");
        const cacheFolder = ${JSON.stringify(cache)};
        const config = { ...servicesConfig(), programFolders: [], cacheFolder };
        const dataFolder = ${JSON.stringify(temporaryFolder())};
        print(await findNatsServer({ dataFolder, log: quiet, config }));`),
    );
    const found = await Promise.all(finding.map((child) => child.next()));
    const from = (source: string) => found.filter((each) => each["source"] === source).length;
    expect({ debian: from("debian"), cache: from("cache") }).toEqual({ debian: 1, cache: 7 });
    const paths = new Set(found.map((each) => each["path"]));
    expect(paths).toEqual(new Set([join(cache, "nats-server")]));
    expect(readdirSync(cache).sort()).toEqual([
      "nats-fetch.lock",
      "nats-fetch.lock.pid",
      "nats-server",
    ]);
  }, 120_000);

  it.runIf(isRoot)("is fetched without root", async () => {
    const cache = temporaryFolder();
    chmodSync(cache, 0o777);
    const nobody = { uid: 65534, gid: 65534 };
    const child = startChild(
      `const { fetchFromDebian } = await import(services + "nats-from-debian.ts");
      const { servicesConfig } = await import(services + "config.ts");
      print({ path: await fetchFromDebian(${JSON.stringify(cache)}, servicesConfig(), quiet) });`,
      nobody,
    );
    expect(await child.next()).toEqual({ path: join(cache, "nats-server") });
  }, 120_000);

  it("is fetched with lists of our own where the system has none", async () => {
    const work = temporaryFolder();
    const listless = join(work, "apt.conf");
    writeFileSync(listless, `Dir::State::lists "${join(work, "no-lists")}/";\n`);
    const { downloadEnvironment } = servicesConfig();
    const environment = { ...downloadEnvironment, APT_CONFIG: listless };
    const without = await run("apt-get", ["download", "nats-server"], {
      ...tools,
      cwd: work,
      env: environment,
    });
    expect(without.code).not.toBe(0);
    const config = configWith({ downloadEnvironment: environment });
    const path = await fetchFromDebian(work, config, log);
    expect((await run(path, ["--version"], tools)).stdout).toMatch(/^nats-server: v2/);
  }, 240_000);
});

describe("from Homebrew", () => {
  it("is taken out of the bottle that brew fetched, without installing it", async () => {
    const work = temporaryFolder();
    const bin = join(work, "bin");
    mkdirSync(bin);
    fakeBrew(bin, await bottle(work));
    const environment = { PATH: `${bin}:/usr/bin:/bin` };
    const path = await fetchFromHomebrew(work, configWith({ downloadEnvironment: environment }));
    expect((await run(path, ["--version"], tools)).stdout).toBe("nats-server: v2.12.9\n");
    expect(readFileSync(join(bin, "calls"), "utf8")).not.toContain("install");
  });
});

describe("the official release", () => {
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  let server: Server;
  let base: string;
  let archive: Buffer;

  beforeAll(async () => {
    const work = temporaryFolder();
    const name = `nats-server-v2.12.9-${platform}`;
    pretend(join(work, name), "2.12.9");
    await run("tar", ["-czf", join(work, "a.tar.gz"), "-C", work, name], tools);
    archive = readFileSync(join(work, "a.tar.gz"));
    server = createServer((request, response) => {
      const known = request.url === `/v2.12.9/${name}.tar.gz`;
      response.writeHead(known ? 200 : 404).end(known ? archive : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const release = (sha256: string, version = "2.12.9") => ({
    version,
    sha256: { [platform]: sha256 },
  });

  it("is unpacked when its checksum is the pinned one", async () => {
    const sum = createHash("sha256").update(archive).digest("hex");
    const path = await fetchRelease(temporaryFolder(), servicesConfig(), log, release(sum), base);
    expect((await run(path, ["--version"], tools)).stdout).toBe("nats-server: v2.12.9\n");
  });

  it("is thrown away, unopened, when its checksum is another", async () => {
    const folder = temporaryFolder();
    const pinned = release("0".repeat(64));
    const fetching = fetchRelease(folder, servicesConfig(), log, pinned, base);
    await expect(fetching).rejects.toThrow(/SHA-256/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("that is not there is reported with the server's answer", async () => {
    const pinned = release("0".repeat(64), "9.9.9");
    const fetching = fetchRelease(temporaryFolder(), servicesConfig(), log, pinned, base);
    await expect(fetching).rejects.toThrow(/404/);
  });

  it("is pinned by whole checksums for both Linux platforms", () => {
    expect(Object.keys(pinnedRelease.sha256)).toEqual(["linux-amd64", "linux-arm64"]);
    for (const sum of Object.values(pinnedRelease.sha256)) expect(sum).toMatch(/^[0-9a-f]{64}$/);
  });
});

/** A bottle as Homebrew packs one. */
async function bottle(work: string): Promise<string> {
  pretend(join(work, "cellar/nats-server/2.12.9/bin"), "2.12.9");
  const path = join(work, "bottle.tar.gz");
  await run("tar", ["-czf", path, "-C", join(work, "cellar"), "nats-server"], tools);
  return path;
}

/** Homebrew is not on Linux build machines: this one answers as its manual says it does. */
function fakeBrew(bin: string, archive: string): void {
  const cached = join(bin, "downloaded.tar.gz");
  const script = `#!/bin/sh
echo "$@" >> "${bin}/calls"
case "$1" in
  fetch) cp "${archive}" "${cached}" ;;
  --cache) echo "${cached}" ;;
  *) exit 1 ;;
esac
`;
  writeFileSync(join(bin, "brew"), script, { mode: 0o755 });
}
