import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { handlerOf, type LaneContext, type LaneHandler } from "./handler.js";
import { LaneWorld, stepTaken, until, waveClosed, wavePart } from "./testing/lane-world.js";

let world: LaneWorld;

beforeEach(async () => {
  world = await LaneWorld.open();
});
afterEach(() => world.close());

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

const parts = (id: string, numbers: readonly number[]) =>
  numbers.map((n, batch) => ({ n, wave: { id, batch } }));
const manifest = (id: string, batches: number) => ({
  n: batches,
  wave: { id, batch: batches, manifest: true },
});

async function read(lane: LaneContext, waveId: string, from?: number): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { payload } of lane.waveMessages(waveId, from)) {
    numbers.push((payload as { n: number }).n);
  }
  return numbers;
}

const write = (lane: LaneContext, numbers: readonly number[], waveId: string) =>
  lane.commit(
    async (tx) => {
      await tx.execute("insert into done (n) select unnest($1::int[])", [numbers]);
      await lane.finishWave(tx, waveId);
    },
    { handled: true },
  );

/** Reads the whole wave and writes it in one transaction. */
const taking = handlerOf(
  waveClosed,
  async ({ envelope }, lane) => {
    const id = envelope.wave?.id ?? "";
    await write(lane, await read(lane, id), id);
    return "done";
  },
  [wavePart],
);

const stepping = handlerOf(stepTaken, async ({ payload }, lane) => {
  await lane.commit(
    async (tx) => void (await tx.execute("insert into done (n) values ($1)", [payload.n])),
    { handled: true },
  );
  return "done";
});

async function states(tenant: string): Promise<string[]> {
  return (await world.inbox(tenant)).map(({ state }) => state);
}

describe("a wave", () => {
  it("is read whole and in batch order once its manifest has come, and then is gone", async () => {
    const tenant = await world.database.newTenant();
    await world.arrive(tenant, parts("w", range(40)));
    await world.runner([taking, stepping]).start();
    await sleep(200);
    expect(await world.done(tenant)).toEqual([]);
    await world.arrive(tenant, [manifest("w", 40), { n: 99 }]);
    await until("handled", async () => (await world.inbox(tenant)).length === 0);
    expect(await world.done(tenant)).toEqual([...range(40), 99]);
  });

  it("can be read from any batch on", async () => {
    const tenant = await world.database.newTenant();
    const seen: number[][] = [];
    const looking = handlerOf(waveClosed, async (_message, lane) => {
      seen.push(await read(lane, "w", 7), await read(lane, "w", 12), [await lane.waveCount("w")]);
      return "done";
    });
    await world.arrive(tenant, [...parts("w", range(12)), manifest("w", 12)]);
    await world.runner([looking]).start();
    await until("handled", async () => (await world.inbox(tenant)).length === 0);
    expect(seen).toEqual([range(5, 7), [], [12]]);
  });

  it.each([
    ["fewer", range(3), 4],
    ["more", range(5), 4],
  ])("with %s batches than its manifest says is not handled", async (_how, numbers, batches) => {
    const tenant = await world.database.newTenant();
    await world.arrive(tenant, [...parts("w", numbers), manifest("w", batches), { n: 9 }]);
    await world.runner([taking, stepping]).start();
    await until("the lane goes on", async () => (await world.done(tenant)).length === 1);
    expect(await world.done(tenant)).toEqual([9]);
    const parked = (await world.inbox(tenant)).filter(({ state }) => state === "parked");
    expect(parked).toEqual([{ state: "parked", reason: "WAVE_INCOMPLETE", name: waveClosed.name }]);
  });

  it("that takes many slices lets other lanes pass in between", async () => {
    const [big, small] = [await world.database.newTenant(), await world.database.newTenant()];
    const order: string[] = [];
    let step = 0;
    const slow = handlerOf(waveClosed, async (_message, lane) => {
      await sleep(60);
      order.push("big");
      step += 1;
      if (step < 8) return "more";
      await write(lane, await read(lane, "w"), "w");
      return "done";
    });
    const quick = handlerOf(stepTaken, async (message, lane) => {
      order.push("small");
      return stepping.handle(message as never, lane);
    });
    await world.arrive(big, [...parts("w", range(3)), manifest("w", 3)]);
    await world.arrive(
      small,
      range(3).map((n) => ({ n })),
    );
    await world.runner([slow, quick], { concurrency: { batch: 1 }, sliceMs: 1 }).start();
    await until("both", async () => (await world.inbox(big)).length === 0);
    expect(await world.done(small)).toEqual(range(3));
    expect(order.indexOf("small")).toBeLessThan(3);
    expect(order.filter((who) => who === "big")).toHaveLength(8);
  });

  it("that is held waits while its lane goes on, and goes on when reactivated", async () => {
    const tenant = await world.database.newTenant();
    let released = false;
    const holding: LaneHandler[] = [
      handlerOf(waveClosed, async ({ envelope }, lane) =>
        released ? taking.handle({ envelope } as never, lane) : "keep",
      ),
      handlerOf(stepTaken, async ({ payload }, lane) => {
        await lane.commit(
          async (tx) => {
            await tx.execute("insert into done (n) values ($1)", [payload.n]);
            if (payload.n === 8) {
              released = true;
              await lane.reactivate(tx, "w");
            }
          },
          { handled: true },
        );
        return "done";
      }),
    ];
    await world.arrive(tenant, [...parts("w", range(3)), manifest("w", 3), { n: 7 }]);
    await world.runner(holding).start();
    await until("the lane goes on", async () => (await world.done(tenant)).includes(7));
    expect(await states(tenant)).toEqual(["kept", "kept", "kept", "held"]);
    await world.arrive(tenant, [{ n: 8 }]);
    await until("released", async () => (await world.inbox(tenant)).length === 0);
    expect(await world.done(tenant)).toEqual([7, 8, 0, 1, 2]);
  });

  it("adopts the messages of a held one after its own, and the held manifest is gone", async () => {
    const tenant = await world.database.newTenant();
    const adopting = handlerOf(waveClosed, async ({ envelope }, lane) => {
      const id = envelope.wave?.id ?? "";
      if (id === "old") return "keep";
      await lane.commit((tx) => lane.adoptWave(tx, "old", id));
      expect(await lane.waveCount(id)).toBe(5);
      await write(lane, await read(lane, id), id);
      return "done";
    });
    await world.arrive(tenant, [...parts("old", [10, 11]), manifest("old", 2)]);
    await world.arrive(tenant, [...parts("new", [20, 21, 22]), manifest("new", 3)]);
    await world.runner([adopting]).start();
    await until("handled", async () => (await world.inbox(tenant)).length === 0);
    expect(await world.done(tenant)).toEqual([20, 21, 22, 10, 11]);
  });

  it("of an adopting handler that dies after the adoption is still whole", async () => {
    const tenant = await world.database.newTenant();
    let deaths = 0;
    const dying = handlerOf(waveClosed, async ({ envelope }, lane) => {
      const id = envelope.wave?.id ?? "";
      if (id === "old") return "keep";
      await lane.commit((tx) => lane.adoptWave(tx, "old", id));
      if (deaths++ < 2) throw Object.assign(new Error("gone"), { code: "ECONNRESET" });
      await write(lane, await read(lane, id), id);
      return "done";
    });
    await world.arrive(tenant, [...parts("old", [10]), manifest("old", 1)]);
    await world.arrive(tenant, [...parts("new", [20]), manifest("new", 1)]);
    await world.runner([dying]).start();
    await until("handled", async () => (await world.inbox(tenant)).length === 0);
    expect(await world.done(tenant)).toEqual([20, 10]);
  });

  it("whose manifest is simply done leaves nothing behind", async () => {
    const tenant = await world.database.newTenant();
    const ignoring = handlerOf(waveClosed, () => Promise.resolve("done" as const));
    await world.arrive(tenant, [...parts("w", range(3)), manifest("w", 3)]);
    await world.runner([ignoring]).start();
    await until("gone", async () => (await world.inbox(tenant)).length === 0);
  });
});
