import { spawn } from "node:child_process";
import { chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../log.js";
import { startNats, type NatsOptions, type NatsServer } from "./nats.js";
import { natsAddress } from "./nats-address.js";
import { freePort, isPortFree } from "./ports.js";
import { markOf, waitForExit } from "./processes.js";
import { startChild } from "./testing/child.js";
import { isRoot } from "./testing/settings.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

let dataFolder: string;
let started: NatsServer[];

beforeEach(() => {
  dataFolder = temporaryFolder();
  started = [];
});
afterEach(async () => {
  for (const server of started) await server.stop();
});

async function start(more: Partial<NatsOptions> = {}): Promise<NatsServer> {
  const server = await startNats({ dataFolder, log: silentLog, ...more });
  started.push(server);
  return server;
}

/** A launcher in another process, which starts the server and then sits there. */
function launcher(): ReturnType<typeof startChild> {
  return startChild(`
    const { startNats } = await import(services + "nats.ts");
    const server = await startNats({ dataFolder: ${JSON.stringify(dataFolder)}, log: quiet });
    print({ pid: server.pid, url: server.url, adopted: server.adopted });
    setInterval(() => {}, 1000);`);
}

async function connected<T>(url: string, use: (nats: NatsConnection) => Promise<T>): Promise<T> {
  const nats = await connect({ ...natsAddress(url), reconnect: false, timeout: 5_000 });
  try {
    return await use(nats);
  } finally {
    await nats.close();
  }
}

async function publishKept(url: string): Promise<void> {
  await connected(url, async (nats) => {
    const manager = await jetstreamManager(nats);
    await manager.streams.add({ name: "KEPT", subjects: ["kept.>"] });
    await jetstream(nats).publish("kept.one", "precious");
  });
}

function readKept(url: string): Promise<string | undefined> {
  return connected(url, async (nats) => {
    const manager = await jetstreamManager(nats);
    return (await manager.streams.getMessage("KEPT", { seq: 1 }))?.string();
  });
}

describe("a NATS of our own", () => {
  it("keeps its events, port and token over a restart", async () => {
    const first = await start();
    expect(first.adopted).toBe(false);
    await publishKept(first.url);
    await first.stop();
    expect(first.isAlive()).toBe(false);
    const second = await start();
    expect(second).toMatchObject({ url: first.url, adopted: false });
    expect(await readKept(second.url)).toBe("precious");
  });

  it("wants its token, stores it for its owner only and never shows it in a command", async () => {
    const server = await start();
    const secret = new URL(server.url).username;
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const stranger = connect({ servers: `127.0.0.1:${server.port}`, reconnect: false });
    await expect(stranger).rejects.toThrow(/authorization/i);
    for (const file of ["nats.json", "nats/nats.conf"]) {
      expect(statSync(join(dataFolder, file)).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8")).not.toContain(secret);
    expect(readFileSync(join(dataFolder, "nats/nats.log"), "utf8")).not.toContain(secret);
  });

  it("listens on the loopback only, takes 1 MiB at most and bounds its store", async () => {
    const jetStream = { maxFileBytes: 64 * 1024 ** 2, maxMemoryBytes: 1024 ** 2 };
    const server = await start({ jetStream });
    await connected(server.url, async (nats) => {
      expect(nats.info).toMatchObject({ max_payload: 1024 * 1024, host: "127.0.0.1" });
      const manager = await jetstreamManager(nats);
      const tooMuch = { name: "BIG", subjects: ["big"], max_bytes: 65 * 1024 ** 2 };
      await expect(manager.streams.add(tooMuch)).rejects.toThrow(/insufficient storage/);
    });
    expect(listeningAddresses(server.port)).toEqual(["0100007F"]);
  });
});

describe("after a SIGKILL of its launcher, NATS", () => {
  it("survives, and is adopted by the next one", async () => {
    const child = launcher();
    const first = await child.next();
    await publishKept(String(first["url"]));
    await child.kill();
    const server = await start();
    expect(server).toMatchObject({ adopted: true, pid: first["pid"], url: first["url"] });
    expect(await readKept(server.url)).toBe("precious");
  });

  it("is started again, with its events, when it was killed as well", async () => {
    const child = launcher();
    const first = await child.next();
    await publishKept(String(first["url"]));
    await child.kill();
    const mark = markOf(Number(first["pid"]));
    process.kill(Number(first["pid"]), "SIGKILL");
    if (mark) await waitForExit(mark, 5_000);
    const server = await start();
    expect(server).toMatchObject({ adopted: false, url: first["url"] });
    expect(await readKept(server.url)).toBe("precious");
  });

  it("is started again when its process id now belongs to a stranger", async () => {
    const first = await start();
    await first.stop();
    const stranger = spawn("sleep", ["60"]);
    writeFileSync(join(dataFolder, "nats/nats.pid"), String(stranger.pid));
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(stranger.signalCode).toBeNull();
    stranger.kill("SIGKILL");
  });

  it("is restarted, not adopted, when other settings are wanted", async () => {
    const child = launcher();
    const first = await child.next();
    await publishKept(String(first["url"]));
    await child.kill();
    const server = await start({ jetStream: { maxFileBytes: 1024 ** 3 } });
    expect(server.adopted).toBe(false);
    expect(server.pid).not.toBe(first["pid"]);
    expect(await readKept(server.url)).toBe("precious");
  });
});

describe("a data folder of NATS", () => {
  it("refuses a second launcher, in this process or another, and the first goes on", async () => {
    const server = await start();
    await expect(start()).rejects.toMatchObject({ code: "DATA_FOLDER_IN_USE" });
    expect(await launcher().next()).toMatchObject({ code: "DATA_FOLDER_IN_USE" });
    expect(server.isAlive()).toBe(true);
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

  it("has no server left in it when anything goes wrong after the launch", async () => {
    const port = await freePort();
    const debug = () => {
      throw new Error("disk full");
    };
    const starting = start({ port, log: { ...silentLog, debug } });
    await expect(starting).rejects.toThrow("disk full");
    expect(await isPortFree(port)).toBe(true);
    await start({ port });
  });

  it("whose server cannot start says why, and leaves nothing held", async () => {
    const failing = start({ jetStream: { maxFileBytes: Number.NaN } });
    await expect(failing).rejects.toMatchObject({ code: "NATS_START_FAILED" });
    await start();
  });

  it.runIf(isRoot)("of another user is served as that user, who can go on alone", async () => {
    chownSync(dataFolder, 65534, 65534);
    const server = await start();
    expect(statSync(`/proc/${server.pid}`).uid).toBe(65534);
    for (const file of ["nats", "nats/nats.conf", "nats.json", "nats.lock"]) {
      expect(statSync(join(dataFolder, file)).uid).toBe(65534);
    }
  });
});

describe("a NATS given by URL", () => {
  it("is used as it is and outlives our stop", async () => {
    const server = await start();
    const natsUrl = server.url;
    const other = await startNats({ dataFolder: "/nonexistent", natsUrl, log: silentLog });
    expect(other).toMatchObject({ url: natsUrl, port: server.port, version: server.version });
    await other.stop();
    expect(server.isAlive()).toBe(true);
  });

  it.each([
    ["nothing listens", undefined, "NATS_UNREACHABLE"],
    ["something else listens", "HTTP/1.1 400 Bad Request\r\n\r\n", "NATS_UNREACHABLE"],
    ["it is too old", 'INFO {"version":"2.8.4","jetstream":true}\r\n', "NATS_TOO_OLD"],
    ["it has no JetStream", 'INFO {"version":"2.12.0"}\r\n', "NATS_WITHOUT_JETSTREAM"],
  ])("is refused when %s", async (_case, greeting, code) => {
    const port = await freePort();
    const server = greeting === undefined ? undefined : await greeter(port, greeting);
    const natsUrl = `nats://canary@127.0.0.1:${port}`;
    const using = startNats({ dataFolder, natsUrl, log: silentLog });
    await expect(using).rejects.toMatchObject({ code });
    await expect(using).rejects.toMatchObject({
      message: expect.not.stringContaining("canary") as string,
    });
    server?.close();
  });
});

function greeter(port: number, greeting: string): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on("error", () => undefined).write(greeting));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** proc_net_tcp(5): state 0A is listening; the address is in hexadecimal, little end first. */
function listeningAddresses(port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["tcp", "tcp6"].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === "0A" && local?.endsWith(wanted))
      .map(([, local]) => local?.slice(0, -5) ?? ""),
  );
}
