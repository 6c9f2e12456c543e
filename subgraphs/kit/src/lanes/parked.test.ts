import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codeOf, JoineryError } from "../errors.js";
import { handlerOf } from "./handler.js";
import { halve } from "./halve.js";
import { LaneStore } from "./lane-store.js";
import { discardParked, listParked, retryParked } from "./parked.js";
import { LaneWorld, stepTaken, until } from "./testing/lane-world.js";

describe("halve", () => {
  it("finds exactly the culprits and does the work for all others", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 300 }), async (good) => {
        const objects = good.map((fine, index) => ({ fine, index }));
        const done = new Set<number>();
        const culprits = await halve(
          objects,
          async (part) => {
            if (part.some(({ fine }) => !fine)) throw new JoineryError("BAD", "bad");
            for (const { index } of part) done.add(index);
          },
          (error) => codeOf(error) === "BAD",
        );
        expect(culprits.map(({ object }) => object.index)).toEqual(
          objects.filter(({ fine }) => !fine).map(({ index }) => index),
        );
        expect(done.size + culprits.length).toBe(objects.length);
      }),
    );
  });

  it("finds one culprit in a thousand with few tries", async () => {
    let tries = 0;
    await halve(
      Array.from({ length: 1_000 }, (_, i) => i),
      async (part) => {
        tries += 1;
        if (part.includes(617)) throw new JoineryError("BAD", "bad");
      },
      () => true,
    );
    expect(tries).toBeLessThanOrEqual(21);
  });

  it("throws on what is no object's fault", async () => {
    const world = () => Promise.reject(new JoineryError("AWAY", "away"));
    await expect(halve([1, 2], world, (error) => codeOf(error) === "BAD")).rejects.toMatchObject({
      code: "AWAY",
    });
  });
});

describe("parked objects", () => {
  let world: LaneWorld;
  beforeEach(async () => {
    world = await LaneWorld.open();
  });
  afterEach(() => world.close());

  const mended = new Set<string>();

  /** Writes the length of each object; one that starts with `bad` fails until it is mended. */
  const handler = handlerOf(stepTaken, async ({ payload }, lane) => {
    await lane.commit((tx) => lane.replaceParked(tx, payload.objects));
    const culprits = await halve(
      payload.objects,
      (part) =>
        lane.commit(async (tx) => {
          if (part.some((one) => one.startsWith("bad") && !mended.has(one))) {
            throw new JoineryError("OBJECT_BROKEN", "an object is broken");
          }
          for (const one of part)
            await tx.execute("insert into done (n) values ($1)", [one.length]);
        }),
      (error) => codeOf(error) === "OBJECT_BROKEN",
    );
    await lane.commit(
      (tx) =>
        lane.park(
          tx,
          culprits.map(({ object, error }) => ({
            object,
            code: codeOf(error),
            payload: { ...payload, objects: [object] },
          })),
        ),
      { handled: true },
    );
    return "done";
  });

  it("are set aside with their reason while others go on, and can be tried again", async () => {
    const tenant = await world.database.newTenant();
    await world.arrive(tenant, [{ objects: ["a", "bad1", "ccc", "bad22"] }, { objects: ["dd"] }]);
    await world.runner([handler]).start();
    await until("others handled", async () => (await world.done(tenant)).length === 3);
    const { pool } = world.database.door;
    await until("parked", async () => (await listParked(pool, tenant)).length === 2);
    const parked = await listParked(pool, tenant);
    expect(parked.map(({ objectKey, reason }) => [objectKey, reason])).toEqual([
      ["bad1", "OBJECT_BROKEN"],
      ["bad22", "OBJECT_BROKEN"],
    ]);
    mended.add("bad22");
    expect(
      await retryParked(
        pool,
        tenant,
        parked.map(({ position }) => position),
      ),
    ).toBe(2);
    await until("tried again", async () => (await world.done(tenant)).length === 4);
    await until("one is left", async () => (await listParked(pool, tenant)).length === 1);
    expect((await world.done(tenant)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 5]);
  });

  it("are tried again also when their lane is given back at that very moment", async () => {
    const tenant = await world.database.newTenant();
    const { pool } = world.database.door;
    await world.arrive(tenant, [{ objects: ["bad666666", "bad7777777"] }]);
    const runner = world.runner([handler]);
    await runner.start();
    await until("parked", async () => (await listParked(pool, tenant)).length === 2);
    await runner.stop();
    const [first, second] = (await listParked(pool, tenant)).map(({ position }) => position);
    for (const one of ["bad666666", "bad7777777"]) mended.add(one);

    await pool.query("select joinery.wake_lane($1, 'batch', $2)", [tenant, first]);
    const store = new LaneStore(pool, "somebody", 30_000);
    const claim = await store.claim("batch");
    expect(claim?.tenant).toBe(tenant);
    const other = await pool.connect();
    await other.query("begin");
    await other.query(
      "select from joinery.inbox where tenant = $1 and position = $2 for update", [tenant, second]);
    // The first has its new place and the second waits for it, when the lane is found empty.
    const tried = retryParked(pool, tenant, [first ?? "", second ?? ""]);
    await until("it waits for the other", async () => {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%again%'
           and datname = current_database()`);
      return rowCount === 1;
    });
    if (claim) await store.release(claim);
    await other.query("rollback");
    other.release();
    expect(await tried).toBe(2);

    await world.runner([handler]).start();
    await until("tried again", async () => (await world.done(tenant)).length === 2);
  });

  it("are replaced by a newer state of the same object, and can be given up", async () => {
    const tenant = await world.database.newTenant();
    const { pool } = world.database.door;
    await world.arrive(tenant, [{ objects: ["bad333", "bad4444"] }]);
    await world.runner([handler]).start();
    await until("parked", async () => (await listParked(pool, tenant)).length === 2);
    mended.add("bad333");
    await world.arrive(tenant, [{ objects: ["bad333"] }]);
    await until("replaced", async () => (await listParked(pool, tenant)).length === 1);
    const left = await listParked(pool, tenant);
    expect(left.map(({ objectKey }) => objectKey)).toEqual(["bad4444"]);
    expect(
      await discardParked(
        pool,
        tenant,
        left.map(({ position }) => position),
      ),
    ).toBe(1);
    expect(await listParked(pool, tenant)).toEqual([]);
    expect(
      await retryParked(
        pool,
        tenant,
        left.map(({ position }) => position),
      ),
    ).toBe(0);
  });

  it("of one organisation are no other's to see or touch", async () => {
    const [mine, theirs] = [await world.database.newTenant(), await world.database.newTenant()];
    const { pool } = world.database.door;
    await world.arrive(mine, [{ objects: ["bad-mine"] }]);
    await world.runner([handler]).start();
    await until("parked", async () => (await listParked(pool, mine)).length === 1);
    const positions = (await listParked(pool, mine)).map(({ position }) => position);
    expect(await listParked(pool, theirs)).toEqual([]);
    expect(await discardParked(pool, theirs, positions)).toBe(0);
    expect(await retryParked(pool, theirs, positions)).toBe(0);
  });
});
