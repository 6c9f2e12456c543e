import { ConnectorError } from "@joinery/connectors";
import { setPointHandler } from "@joinery/events";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company, idOf } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { loadWaves } from "../read-views.js";
import { resumeApplication, stopApplication } from "../stop-application.js";
import { updateApplication } from "../update-application.js";
import { runExports } from "./run-export.js";

export type { ProvidedServices };

let world: World;
let company: Company;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
});
afterEach(async () => {
  setPointHandler(undefined);
  await world.close();
});

const named = (name: string) =>
  [...company.system.objects.values()].filter((each) => each.name === name);
const items = () => world.rows<Record<string, unknown>>(
  "select operation, state, code, attempts from item order by id");
const accountOf = async (name: string) => (await world.rows<Record<string, unknown>>(
  `select state, anchor, revision, identity_id from account
   where application_id = $1 and name = $2`,
  [company.directory.id, name]))[0];

/** The process dies at a point, once. */
function dieAt(point: string): void {
  let isDead = false;
  setPointHandler((name) => {
    if (name !== point || isDead) return;
    isDead = true;
    throw new Error(`killed at ${point}`);
  });
}

describe("a create whose answer was lost", () => {
  test("is sent again, and there is one account", async () => {
    await company.tell({ ann: {} });
    const run = await company.run();
    dieAt("export.write.after");
    await expect(company.export()).rejects.toThrow("killed");
    expect(named("ann")).toHaveLength(1);
    expect(await accountOf("ann")).toMatchObject({ state: "planned" });
    await company.export();
    expect(named("ann")).toHaveLength(1);
    expect(await accountOf("ann")).toMatchObject({ state: "present", identity_id: idOf("ann") });
    expect(await world.run(run.id)).toMatchObject({ state: "finished" });
  });

  test("is recognised by an import that comes first, and not sent again", async () => {
    await company.tell({ ann: {} });
    await company.run();
    dieAt("export.write.after");
    await expect(company.export()).rejects.toThrow("killed");
    const read = await company.import(company.directory);
    expect(read.counts).toMatchObject({ new: 1 });
    expect(await accountOf("ann")).toMatchObject({ state: "present", identity_id: idOf("ann") });
    const [told] = (await world.told("applications.account.changed"))
      .filter((each) => each.envelope.correlation === read.id);
    expect(told?.payload["accounts"]).toMatchObject([{ identityId: idOf("ann"), before: null }]);
    const writes = company.system.written.length;
    await company.export();
    expect(company.system.written.length).toBe(writes);
    expect(named("ann")).toHaveLength(1);
    expect(await items()).toMatchObject([{ state: "discarded", code: "REPLACED" }]);
  });

  test("by a time-out is retried after a wait and takes its own account", async () => {
    await company.tell({ ann: {} });
    await company.run();
    let isFirst = true;
    company.system.onAnswer = () => {
      if (!isFirst) return;
      isFirst = false;
      throw new ConnectorError("retry", "CONNECTOR_TIMEOUT", "no answer");
    };
    await company.export();
    expect(await items()).toMatchObject([{ state: "open" }]);
    await unpause();
    await company.export();
    expect(named("ann")).toHaveLength(1);
    expect(await items()).toMatchObject([{ state: "done", attempts: 2 }]);
  });
});

async function unpause(): Promise<void> {
  const id = company.directory.id;
  await world.rows("update application set paused_until = null where id = $1", [id]);
  await world.rows("update item set next_at = null where state = 'open'");
  await world.tx((tx) => world.deps.tasks.wish(tx, "export", id));
}

describe("an account that stood there before", () => {
  test("is not taken over by a create of the same name", async () => {
    await company.tell({ ann: {} });
    const run = await company.run();
    company.system.put({ anchor: "stranger", name: "ann", attributes: { cn: "ann" } });
    await company.export();
    expect(await items()).toMatchObject([{ state: "failed", code: "OBJECT_EXISTS" }]);
    expect(await accountOf("ann")).toBeUndefined();
    expect((await world.run(run.id)).errors["OBJECT_EXISTS"]?.count).toBe(1);
    await company.import(company.directory);
    expect(await accountOf("ann")).toMatchObject({ anchor: "stranger", identity_id: null });
  });
});

describe("an anchor that another account of ours has", () => {
  test("is refused for that one, and the others of the batch are kept", async () => {
    await company.tell({ ann: {}, ben: {} });
    const run = await company.run();
    company.system.onWrite = (write) =>
      write.operation === "create" && write.attributes["cn"] === "ann"
        ? { id: write.id, ok: true, object: {
          kind: "user", anchor: "x0", name: "ann", attributes: { cn: "ann" } } }
        : undefined;
    await company.export();
    expect((await world.run(run.id)).errors["OBJECT_EXISTS"]?.count).toBe(1);
    expect((await items()).map(({ state }) => state).sort()).toEqual(["done", "failed"]);
    expect(await accountOf("x0")).toMatchObject({ anchor: "x0", revision: "1" });
    expect(await accountOf("ben")).toMatchObject({ state: "present" });
  });
});

describe("items of a wave by state", () => {
  const told = async (runId: string) => {
    const [waves] = await loadWaves(world.deps, world.by, [runId]);
    return waves?.find(({ process }) => process === "export")?.items;
  };
  const counted = async (runId: string) => Object.fromEntries((await world.rows<{
    state: string; n: number;
  }>("select state, count(*)::int as n from item where run_id = $1 group by 1", [runId]))
    .map(({ state, n }) => [state, n]));

  test("are told as they are, whatever became of them", async () => {
    await company.tell({ ann: {}, ben: {}, cas: { manager: "ann" }, dan: {} });
    const run = await company.run();
    expect(await told(run.id)).toEqual(await counted(run.id));
    let n = 0;
    company.system.onWrite = (write) => {
      n += 1;
      if (n === 1) return { id: write.id, ok: false, kind: "skip", code: "VALUE_INVALID",
        reason: "no" };
      if (n === 2) return { id: write.id, ok: false, kind: "retry", code: "CONNECTOR_BUSY",
        reason: "not now" };
      return undefined;
    };
    await company.export();
    const states = await counted(run.id);
    expect(states).toMatchObject({ open: 1, failed: 1 });
    expect(await told(run.id)).toEqual(states);
    company.system.onWrite = () => undefined;
    await unpause();
    await company.export();
    expect(await counted(run.id)).not.toHaveProperty("open");
    expect(await told(run.id)).toEqual(await counted(run.id));
  });
});

describe("one object's failure", () => {
  beforeEach(async () => {
    await company.tell({ ann: {}, ben: {}, cas: {} });
    await company.run();
  });

  test("is kept with its code, and the others are written", async () => {
    company.system.onWrite = (write) =>
      write.operation === "create" && write.attributes["cn"] === "ben"
        ? { id: write.id, ok: false, kind: "skip", code: "VALUE_INVALID", reason: "no such title" }
        : undefined;
    await company.export();
    expect((await items()).map(({ state }) => state).sort()).toEqual(["done", "done", "failed"]);
    expect([named("ann"), named("ben"), named("cas")].map((each) => each.length))
      .toEqual([1, 0, 1]);
  });

  test("that may pass is tried again, later and later, and no more than allowed", async () => {
    await updateApplication(world.deps, world.by, {
      id: company.directory.id, exportPolicy: { attemptsMax: 3, backoffMs: 10 },
    });
    let tries = 0;
    company.system.onWrite = (write) => {
      if (write.operation !== "create" || write.attributes["cn"] !== "ben") return undefined;
      tries += 1;
      return { id: write.id, ok: false, kind: "retry", code: "CONNECTOR_BUSY", reason: "busy",
        retryAfterMs: 20 };
    };
    const end = Date.now() + 10_000;
    while (tries < 3 && Date.now() < end) await company.export();
    await company.export();
    expect(tries).toBe(3);
    expect((await items()).filter(({ state }) => state === "failed"))
      .toMatchObject([{ code: "CONNECTOR_BUSY", attempts: 3 }]);
  });

  test("in a batch that the connector leaves unanswered is not taken for done", async () => {
    company.system.onWrite = (write) => (write.operation === "create"
      && write.attributes["cn"] === "ben" ? { id: "other", ok: true } : undefined);
    await company.export();
    expect((await items()).map(({ state }) => state).sort()).toEqual(["done", "done", "open"]);
  });
});

describe("a system that refuses as a whole", () => {
  test("pauses its queue with the code, loses nothing, and goes on when it answers", async () => {
    await company.tell({ ann: {}, ben: {} });
    const run = await company.run();
    company.system.onWrite = () =>
      new ConnectorError("stop", "CREDENTIALS_REJECTED", "wrong password");
    await company.export();
    expect(await world.rows(
      "select pause_code, paused_until > now() as waits from application where key = 'directory'"))
      .toEqual([{ pause_code: "CREDENTIALS_REJECTED", waits: true }]);
    expect((await items()).map(({ state }) => state)).toEqual(["open", "open"]);
    company.system.onWrite = () => undefined;
    await company.export();
    expect(named("ann")).toHaveLength(0);
    await unpause();
    await company.export();
    expect(named("ann")).toHaveLength(1);
    expect(await world.run(run.id)).toMatchObject({ state: "finished" });
    expect(await world.rows("select pauses, pause_code from application where key = 'directory'"))
      .toEqual([{ pauses: 0, pause_code: null }]);
  });

  test("with one of its answers keeps the other answers", async () => {
    await company.tell({ ann: {}, ben: {} });
    await company.run();
    let n = 0;
    company.system.onWrite = (write) => {
      n += 1;
      return n === 2
        ? { id: write.id, ok: false, kind: "stop", code: "LIMIT_EXCEEDED", reason: "quota" }
        : undefined;
    };
    await company.export();
    expect((await items()).map(({ state }) => state).sort()).toEqual(["done", "open"]);
    expect(await world.rows("select pause_code from application where key = 'directory'"))
      .toEqual([{ pause_code: "LIMIT_EXCEEDED" }]);
  });
});

describe("the emergency stop", () => {
  test("holds between two batches, and the queue stays", async () => {
    company.system.writeBatchMax = 1;
    await company.tell({ ann: {}, ben: {}, cas: {} });
    await company.run();
    company.system.onAnswer = async () => {
      await stopApplication(world.deps, world.by, { id: company.directory.id });
    };
    await company.export();
    expect((await items()).map(({ state }) => state).sort()).toEqual(["done", "open", "open"]);
    company.system.onAnswer = () => undefined;
    await company.export();
    expect((await items()).map(({ state }) => state).sort()).toEqual(["done", "open", "open"]);
    await resumeApplication(world.deps, world.by, { id: company.directory.id });
    await company.export();
    expect((await items()).map(({ state }) => state)).toEqual(["done", "done", "done"]);
  });
});

describe("what an item was computed from", () => {
  beforeEach(async () => {
    await company.tell({ ann: { title: "Boss" } });
    await company.run();
    await company.export();
  });

  test("is looked at again when it leaves: what moved is planned again, never sent", async () => {
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    const [made] = named("ann");
    company.system.put({ ...made!, attributes: { ...made!.attributes, title: "Other" } });
    const writes = company.system.written.length;
    const { id } = await world.startRun(company.directory);
    await world.work("import", (await import("../imports/run-import.js")).runImports);
    await company.export();
    expect(company.system.written.length).toBe(writes);
    expect((await items()).at(-1)).toMatchObject({ state: "stale", code: "BASE_MOVED" });
    await company.inboundDone(id);
    await company.export();
    expect(named("ann")[0]?.attributes["title"]).toBe("Chief");
  });

  test("and is not there any more when the system says so", async () => {
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    company.system.remove(String(named("ann")[0]?.anchor));
    await company.export();
    expect((await items()).at(-1)).toMatchObject({ state: "stale", code: "OBJECT_GONE" });
  });
});

describe("an account that an import changes while its write is on the way", () => {
  test("is what the write left behind", async () => {
    await company.tell({ ann: { title: "Boss" } });
    await company.run();
    await company.export();
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    company.system.onAnswer = async () => {
      company.system.onAnswer = () => undefined;
      await world.rows("update account set revision = revision + 1 where name = 'ann'");
    };
    await company.export();
    const told = (await world.told("applications.account.changed")).at(-1);
    const [row] = await world.rows<{ revision: string; attributes: { title: string } }>(
      "select revision, attributes from account where name = 'ann' and application_id = $1",
      [company.directory.id]);
    expect(row?.attributes.title).toBe("Chief");
    expect(told?.payload["accounts"]).toMatchObject([
      { revision: Number(row?.revision), before: { title: "Boss" } }]);
  });
});

describe("the rate of an application", () => {
  test("is kept on average", async () => {
    await updateApplication(world.deps, world.by, {
      id: company.directory.id, exportPolicy: { ratePerSecond: 20 },
    });
    await company.tell(Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`p${at}`, {}])));
    await company.run();
    const began = performance.now();
    await company.export();
    expect(performance.now() - began).toBeGreaterThan(1_300);
    expect((await items()).every(({ state }) => state === "done")).toBe(true);
  });
});

describe("a worker that lost its claim", () => {
  test("commits nothing of what it still tries", async () => {
    await company.tell({ ann: {} });
    await company.run();
    const [task] = await world.deps.tasks.claim("export", 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [second] = await world.deps.tasks.claim("export", 1, 60_000);
    expect(second?.fence).toBe((task?.fence ?? 0) + 1);
    await expect(runExports(world.deps, task!, new AbortController().signal))
      .rejects.toMatchObject({ code: "TASK_LOST" });
    expect(company.system.written).toEqual([]);
    expect(await items()).toMatchObject([{ state: "open" }]);
  });
});
