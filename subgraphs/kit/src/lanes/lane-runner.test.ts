import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JoineryError } from "../errors.js";
import { handlerOf, type LaneContext } from "./handler.js";
import { LaneWorld, rememberingLog, stepTaken, until } from "./testing/lane-world.js";

let world: LaneWorld;

beforeEach(async () => {
  world = await LaneWorld.open();
});
afterEach(() => world.close());

const write = (lane: LaneContext, n: number) =>
  lane.commit(async (tx) => void (await tx.execute("insert into done (n) values ($1)", [n])), {
    handled: true,
  });

const recording = handlerOf(stepTaken, async ({ payload }, lane) => {
  await write(lane, payload.n);
  return "done";
});

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

describe("a lane", () => {
  it("is handled in order, each message once, and leaves nothing behind", async () => {
    const tenant = await world.database.newTenant();
    await world.runner([recording]).start();
    await world.runner([recording]).start();
    for (const n of range(60)) await world.arrive(tenant, [{ n }]);
    await until("handled", async () => (await world.inbox(tenant)).length === 0);
    expect(await world.done(tenant)).toEqual(range(60));
  });

  it("keeps each producer's order where several producers speak", async () => {
    const tenant = await world.database.newTenant();
    for (const n of range(20)) {
      await world.arrive(tenant, [
        { n, producer: "vault" },
        { n: n + 100, producer: "rules" },
      ]);
    }
    await world.runner([recording]).start();
    await until("handled", async () => (await world.inbox(tenant)).length === 0);
    const done = await world.done(tenant);
    expect(done.filter((n) => n < 100)).toEqual(range(20));
    expect(done.filter((n) => n >= 100)).toEqual(range(20, 100));
  });

  it("is served in turn with others: a flood in one keeps nobody waiting", async () => {
    const [busy, calm] = [await world.database.newTenant(), await world.database.newTenant()];
    const slow = handlerOf(stepTaken, async ({ payload }, lane) => {
      await sleep(20);
      await write(lane, payload.n);
      return "done";
    });
    await world.arrive(
      busy,
      range(200).map((n) => ({ n })),
    );
    const runner = world.runner([slow], { concurrency: { batch: 1 }, sliceMs: 200 });
    await runner.start();
    await until("the flood is being handled", async () => (await world.done(busy)).length > 5);
    await world.arrive(calm, [{ n: 1 }]);
    await until("the other is served", async () => (await world.done(calm)).length === 1, 2_000);
    expect((await world.done(busy)).length).toBeLessThan(150);
  });

  it("of pulses does not wait for batches", async () => {
    const tenants = await Promise.all(range(4).map(() => world.database.newTenant()));
    const slow = handlerOf(stepTaken, async ({ envelope, payload }, lane) => {
      if (envelope.channel === "batch") await sleep(1_000);
      await write(lane, payload.n);
      return "done";
    });
    for (const tenant of tenants)
      await world.arrive(
        tenant,
        range(3).map((n) => ({ n })),
      );
    await world.runner([slow], { pollMs: 60_000 }).start();
    await sleep(100);
    const [first = ""] = tenants;
    const begun = performance.now();
    await world.arrive(first, [{ n: 7, channel: "pulse" }]);
    await until("the pulse is handled", async () => (await world.done(first)).includes(7), 2_000);
    expect(performance.now() - begun).toBeLessThan(600);
  });

  it("is woken by what another process stores, without polling", async () => {
    const tenant = await world.database.newTenant();
    await world.runner([recording], { pollMs: 60_000 }).start();
    await sleep(300);
    await world.arrive(tenant, [{ n: 1 }]);
    await until("handled", async () => (await world.done(tenant)).length === 1, 2_000);
  });
});

describe("a lane whose worker is slower than its lease", () => {
  it("goes to another worker, and the first can commit nothing any more", async () => {
    const tenant = await world.database.newTenant();
    const log = rememberingLog();
    let release: (() => void) | undefined;
    let refused: unknown;
    const stuck = handlerOf(stepTaken, async (_message, lane) => {
      await new Promise<void>((resolve) => (release = resolve));
      await write(lane, -1).catch((error: unknown) => {
        refused = error;
        throw error;
      });
      return "done";
    });
    await world.arrive(tenant, [{ n: 5 }]);
    const first = world.runner([stuck], { log, concurrency: { batch: 1, pulse: 0 } });
    await first.start();
    await until("the first holds the lane", () => release !== undefined);
    // As if its process had slept: the lease runs out without being renewed.
    await world.database.door.pool.query(
      "update joinery.lane set leased_until = now() - interval '1 s'",
    );
    await world.runner([recording], { pollMs: 50 }).start();
    await until("the second handles it", async () => (await world.done(tenant)).length === 1);
    release?.();
    await first.stop();
    expect(refused).toMatchObject({ code: "LANE_LOST" });
    expect(await world.done(tenant)).toEqual([5]);
  });
});

describe("a message over which workers die", () => {
  const die = (n: number) =>
    world.database.door.pool.query(
      `update joinery.lane set leased_by = 'dead ' || $1, fence = fence + 1, due_at = now(),
         leased_until = now() - interval '1 second'`,
      [n],
    );

  it("is parked after ten deaths, so that it takes no more processes with it", async () => {
    const tenant = await world.database.newTenant();
    await world.arrive(tenant, [{ n: 1 }, { n: 2 }]);
    const busy = handlerOf(stepTaken, async ({ payload }, lane) => {
      if (payload.n === 1) throw Object.assign(new Error("out of memory"), { code: "ECONNRESET" });
      await write(lane, payload.n);
      return "done";
    });
    for (let deaths = 1; deaths <= 10; deaths += 1) {
      expect(await world.done(tenant)).toEqual([]);
      await die(deaths);
      const runner = world.runner([busy], { pollMs: 20 });
      await runner.start();
      await until("counted", async () => (await losses(tenant)) >= deaths);
      await runner.stop();
    }
    await world.runner([busy], { pollMs: 20 }).start();
    await until("the lane goes on", async () => (await world.done(tenant)).length === 1);
    expect(await world.inbox(tenant)).toMatchObject([{ state: "parked", reason: "WORKER_LOST" }]);
  });

  it("but which goes forward in between is not", async () => {
    const tenant = await world.database.newTenant();
    await world.arrive(tenant, [{ n: 1 }]);
    const forward = handlerOf(stepTaken, async (_message, lane) => {
      await lane.commit((tx) => tx.execute("insert into done (n) values (0)"));
      return "more";
    });
    for (let deaths = 1; deaths <= 12; deaths += 1) {
      const before = (await world.done(tenant)).length;
      await die(deaths);
      const runner = world.runner([forward], { pollMs: 20 });
      await runner.start();
      await until("forward", async () => (await world.done(tenant)).length > before);
      await runner.stop();
    }
    expect(await world.inbox(tenant)).toMatchObject([{ state: "ready" }]);
    expect(await losses(tenant)).toBe(0);
  });

  async function losses(tenant: string): Promise<number> {
    const { rows } = await world.database.door.pool.query<{ losses: number }>(
      "select losses from joinery.inbox where tenant = $1 order by position",
      [tenant],
    );
    return rows[0]?.losses ?? 0;
  }
});

describe("a message that fails", () => {
  it("is tried again, then parked with its code, while the lane goes on", async () => {
    const tenant = await world.database.newTenant();
    let tries = 0;
    const failing = handlerOf(stepTaken, async ({ payload }, lane) => {
      if (payload.n === 1) {
        tries += 1;
        throw new JoineryError("THING_BROKEN", "it is broken");
      }
      await write(lane, payload.n);
      return "done";
    });
    await world.database.door.pool.query("select 1");
    await world.arrive(
      tenant,
      range(3).map((n) => ({ n })),
    );
    await world.runner([failing], { log: rememberingLog() }).start();
    await until("the lane goes on", async () => (await world.done(tenant)).length === 2, 25_000);
    expect(await world.done(tenant)).toEqual([0, 2]);
    expect(tries).toBe(5);
    expect(await world.inbox(tenant)).toEqual([
      { state: "parked", reason: "THING_BROKEN", name: stepTaken.name },
    ]);
  });

  it("by the world's fault is never parked", async () => {
    const tenant = await world.database.newTenant();
    let tries = 0;
    const away = handlerOf(stepTaken, async ({ payload }, lane) => {
      tries += 1;
      if (tries < 8) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
      await write(lane, payload.n);
      return "done";
    });
    await world.arrive(tenant, [{ n: 3 }]);
    await world.runner([away]).start();
    await until("handled", async () => (await world.done(tenant)).length === 1, 20_000);
    expect(tries).toBe(8);
  });

  it("holds up its own lane only", async () => {
    const [bad, good] = [await world.database.newTenant(), await world.database.newTenant()];
    const failing = handlerOf(stepTaken, async ({ payload }, lane) => {
      if (lane.tenant === bad) throw new JoineryError("THING_BROKEN", "it is broken");
      await write(lane, payload.n);
      return "done";
    });
    await world.arrive(bad, [{ n: 1 }]);
    await world.runner([failing]).start();
    await sleep(50);
    await world.arrive(
      good,
      range(5).map((n) => ({ n })),
    );
    await until("handled", async () => (await world.done(good)).length === 5, 3_000);
    expect(await world.done(bad)).toEqual([]);
  });
});
