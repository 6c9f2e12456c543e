import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { packageFolder } from "../config.js";
import { ask } from "../testing/small-edge.js";
import {
  eventually,
  isRunning,
  temporaryDataFolder,
  tokenOf,
  viewerOf,
} from "../testing/stacks.js";

const program = resolve(packageFolder, "dist/launch/main.js");

interface Launched {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly output: () => string;
  readonly events: () => Record<string, unknown>[];
  readonly ended: Promise<number | null>;
}

/** `npm start` as a process of its own. */
function launch(args: readonly string[], environment: Record<string, string>): Launched {
  const { JOINERY_PORT: _port, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...inherited, NODE_OPTIONS: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const events = () =>
    output.split("\n").filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { process: child, output: () => output, events, ended };
}

/** Servers of the folder that still run, by the ids in their own files. */
async function serversLeft(folder: string): Promise<number[]> {
  const left: number[] = [];
  for (const file of ["postgres/postmaster.pid", "nats/nats.pid"]) {
    const text = await readFile(join(folder, file), "utf8").catch(() => "");
    const pid = Number.parseInt(text, 10);
    if (isRunning(pid)) left.push(pid);
  }
  return left;
}

interface Ready {
  readonly url: string;
  readonly pids: Record<string, number>;
  readonly ownerMade: boolean;
}

async function ready(launched: Launched): Promise<Ready> {
  return eventually(() => {
    const found = launched.events().find(({ event }) => event === "ready");
    if (!found) throw new Error(`not ready: ${launched.output()}`);
    return Promise.resolve(found as unknown as Ready);
  }, 180_000);
}

describe("the launcher as a process", { timeout: 180_000 }, () => {
  let data: Awaited<ReturnType<typeof temporaryDataFolder>>;
  let running: Launched | undefined;
  const environment = () => ({ JOINERY_DATA_FOLDER: data.folder, JOINERY_PORT: "0" });

  beforeAll(async () => {
    data = await temporaryDataFolder();
  });
  afterEach(async () => {
    if (running?.process.exitCode === null) {
      running.process.kill("SIGTERM");
      await running.ended;
    }
  });
  afterAll(() => data.remove());

  test("killed with -9 it leaves none of ours, and the next start finds the servers", async () => {
    const first = launch(["--json"], environment());
    running = first;
    const before = await ready(first);
    expect(before.ownerMade).toBe(true);
    const credentials = JSON.parse(
      await readFile(join(data.folder, "owner-credentials.json"), "utf8"),
    ) as { email: string; password: string };
    expect(first.output()).not.toContain(credentials.password);
    const token = await tokenOf(before.url, credentials.email, credentials.password);

    first.process.kill("SIGKILL");
    await first.ended;
    const { web, task, postgres, nats } = before.pids;
    await eventually(() => {
      expect([web, task].filter(isRunning)).toEqual([]);
      return Promise.resolve();
    });
    expect([postgres, nats].filter(isRunning).length).toBe(2);

    const second = launch(["--json"], environment());
    running = second;
    const after = await ready(second);
    expect(after.ownerMade).toBe(false);
    expect([after.pids["postgres"], after.pids["nats"]]).toEqual([postgres, nats]);
    expect(await viewerOf(after.url, token)).toBe(credentials.email);
    await tokenOf(after.url, credentials.email, credentials.password);

    second.process.kill("SIGINT");
    expect(await second.ended).toBe(0);
    expect(Object.values(after.pids).filter(isRunning)).toEqual([]);
    expect(second.events().at(-1)).toMatchObject({ event: "stopped" });
  });

  test("the launcher and everything under it killed at once: the next start is whole", async () => {
    const first = launch(["--json"], environment());
    running = first;
    const before = await ready(first);
    first.process.kill("SIGKILL");
    for (const pid of Object.values(before.pids)) process.kill(pid, "SIGKILL");
    await first.ended;

    const second = launch([], environment());
    running = second;
    await eventually(() => {
      expect(second.output()).toMatch(/Joinery is ready at http:\/\/127\.0\.0\.1:\d+ \(compact/);
      return Promise.resolve();
    }, 180_000);
    expect(second.output()).not.toContain("password:");
    second.process.kill("SIGTERM");
    expect(await second.ended).toBe(0);
  });

  test("an owner who is locked out gets a new password, whether it runs or not", async () => {
    const file = join(data.folder, "owner-credentials.json");
    const kept = async () =>
      JSON.parse(await readFile(file, "utf8")) as { email: string; password: string };
    const recover = async (more: readonly string[] = []) => {
      const { email } = await kept();
      const command = launch(["--json", "--recover-owner", email, ...more], environment());
      return { code: await command.ended, command };
    };
    const before = await kept();
    const { code, command } = await recover();
    expect([code, command.events().at(-1)]).toEqual([
      0, expect.objectContaining({ event: "handed", email: before.email, credentialsFile: file }),
    ]);
    const whileStopped = await kept();
    expect(whileStopped.password).not.toBe(before.password);
    expect(await serversLeft(data.folder)).toEqual([]);

    const launcher = launch(["--json"], environment());
    running = launcher;
    const { url } = await ready(launcher);
    const token = await tokenOf(url, whileStopped.email, whileStopped.password);
    const again = await recover(["--organisation", "first-organisation"]);
    expect(again.code).toBe(0);
    const { email, password } = await kept();
    expect(again.command.output()).not.toContain(password);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await eventually(async () => expect(await viewerOf(url, token)).toBe("SESSION_INVALID"));
    await expect(tokenOf(url, email, whileStopped.password)).rejects.toThrow(/SIGN_IN_REFUSED/);
    const renewed = await tokenOf(url, email, password);
    await eventually(async () => {
      const query = "{ auditEntries { nodes { operation actorKind actorId } } }";
      const { data: found } = await ask(url, query, { token: renewed });
      type Found = { auditEntries: { nodes: { operation: string }[] } };
      const { nodes } = (found as Found).auditEntries;
      const by = { operation: "password.recover", actorKind: "system", actorId: "launcher" };
      expect(nodes.filter(({ operation }) => operation === "password.recover")).toEqual([by, by]);
    });
    const nobody = launch(["--json", "--recover-owner", "nobody@localhost"], environment());
    expect(await nobody.ended).toBe(1);
    expect(nobody.output()).toContain("OPERATOR_NOT_FOUND");
    launcher.process.kill("SIGTERM");
    await launcher.ended;
  });

  test("one more organisation is made while it runs, and its owner sees it alone", async () => {
    const launcher = launch(["--json"], environment());
    running = launcher;
    const { url } = await ready(launcher);
    const arguments_ = ["--add-organisation", "Contoso & Söhne", "--owner", "mona@contoso.example"];
    const command = launch(["--json", ...arguments_], environment());
    expect(await command.ended).toBe(0);
    const file = join(data.folder, "owner-credentials-contoso-sohne.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const made = JSON.parse(await readFile(file, "utf8")) as { email: string; password: string };
    expect(command.output()).not.toContain(made.password);
    const token = await tokenOf(url, made.email, made.password);
    const query = "{ viewer { organisation { slug name } } operators { nodes { email } } }";
    expect((await ask(url, query, { token })).data).toEqual({
      viewer: { organisation: { slug: "contoso-sohne", name: "Contoso & Söhne" } },
      operators: { nodes: [{ email: "mona@contoso.example" }] },
    });
    const twice = launch(["--json", ...arguments_], environment());
    expect(await twice.ended).toBe(1);
    expect(twice.output()).toContain("SLUG_TAKEN");
    launcher.process.kill("SIGTERM");
    await launcher.ended;
  });

  test("a command on a folder without an installation is refused and makes nothing", async () => {
    const empty = await temporaryDataFolder();
    const where = { ...environment(), JOINERY_DATA_FOLDER: empty.folder };
    const command = launch(["--recover-owner", "owner@localhost"], where);
    expect(await command.ended).toBe(1);
    expect(command.output()).toContain("INSTALLATION_MISSING");
    expect(await readdir(empty.folder)).toEqual([]);
    await empty.remove();
  });

  test("asked to stop while it starts, it ends what it has begun", async () => {
    const interrupted = launch(["--json"], environment());
    running = interrupted;
    await eventually(() => {
      expect(interrupted.events().map(({ event }) => event)).toContain("started");
      return Promise.resolve();
    }, 180_000);
    interrupted.process.kill("SIGTERM");
    expect(await interrupted.ended).toBe(0);
    const begun = interrupted.events().flatMap(({ pid }) => (typeof pid === "number" ? [pid] : []));
    expect(begun.length).toBeGreaterThan(0);
    expect(begun.filter(isRunning)).toEqual([]);
    expect(await serversLeft(data.folder)).toEqual([]);
    expect(interrupted.events().map(({ event }) => event)).not.toContain("ready");
  });

  test("what is wrong with the configuration is told all at once", async () => {
    const { ended, output } = launch([], {
      ...environment(),
      JOINERY_PORT: "eighty",
      JOINERY_TOPOLOGY: "scattered",
      JOINERY_OWNER_EMAIL: "nobody",
      DATABASE_URL: "mysql://root:hunter2@127.0.0.1/x",
    });
    expect(await ended).toBe(78);
    const names = ["JOINERY_PORT", "JOINERY_TOPOLOGY", "JOINERY_OWNER_EMAIL", "DATABASE_URL"];
    for (const name of ["CONFIG_INVALID", ...names]) expect(output()).toContain(name);
    expect(output()).not.toContain("hunter2");
  });

  test("help lists every variable, and an unknown argument is refused", async () => {
    const help = launch(["--help"], {});
    expect(await help.ended).toBe(0);
    for (const name of ["JOINERY_PORT", "NATS_URL", "--recover-owner", "--add-organisation"]) {
      expect(help.output()).toContain(name);
    }
    const unknown = launch(["--fast"], environment());
    expect(await unknown.ended).toBe(1);
    expect(unknown.output()).toContain("ARGUMENT_UNKNOWN");
  });
});
