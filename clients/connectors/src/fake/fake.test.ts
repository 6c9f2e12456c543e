import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectorObject, ConnectorWrite } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import {
  busy,
  FakeConnector,
  fakeKind,
  FakeSystem,
  faultsInOrder,
  rateLimited,
  seededFaults,
  type Fault,
} from "./index.js";

const signal = new AbortController().signal;

function create(login: string): ConnectorWrite {
  return { operation: "create", id: `c-${login}`, kind: "user", attributes: { login } };
}

function disable({ anchor, name }: ConnectorObject): ConnectorWrite {
  return {
    operation: "update",
    id: `d-${anchor}`,
    kind: "user",
    anchor,
    name,
    changes: {},
    enabled: false,
  };
}

function world(...faults: readonly (Fault | undefined)[]): {
  system: FakeSystem;
  fake: FakeConnector;
} {
  const system = new FakeSystem();
  return { system, fake: new FakeConnector(system, { faults: faultsInOrder(faults) }) };
}

test("what had an effect is remembered once, by object", async () => {
  const { system, fake } = world();
  const [result] = await fake.writes.write([create("ann")], signal);
  const object = result?.ok === true ? result.object : undefined;
  if (object === undefined) throw new Error("nobody was created");
  await fake.writes.write([create("ann"), disable(object), disable(object)], signal);
  expect(system.writes(object.anchor)).toEqual(["create", "disable"]);
});

test("a lost answer hides a create that happened, and the next attempt finds it", async () => {
  const { system, fake } = world({ type: "lost" });
  const [lost] = await fake.writes.write([create("ann")], signal);
  expect(lost).toMatchObject({ ok: false, kind: "retry", code: "CONNECTOR_TIMEOUT" });
  expect(system.all()).toHaveLength(1);
  expect(await fake.writes.write([create("ann")], signal)).toMatchObject([
    { ok: true, already: true },
  ]);
  expect(system.effects).toHaveLength(1);
});

test("busy, rate-limited and offline systems have done nothing", async () => {
  const { system, fake } = world(busy, rateLimited(250));
  const results = await fake.writes.write([create("a"), create("b"), create("c")], signal);
  expect(results).toMatchObject([
    { ok: false, kind: "retry", code: "CONNECTOR_BUSY" },
    { ok: false, kind: "retry", code: "CONNECTOR_RATE_LIMITED", retryAfterMs: 250 },
    { ok: true },
  ]);
  fake.goesOffline();
  expect(await fake.writes.write([create("d")], signal)).toMatchObject([
    { ok: false, kind: "retry", code: "CONNECTOR_UNREACHABLE" },
  ]);
  fake.comesBack();
  expect(system.all().map((each) => each.name)).toEqual(["c"]);
});

test("a half write leaves what came before, and answers nobody", async () => {
  const { system, fake } = world(undefined, { type: "half" });
  await expect(fake.writes.write([create("a"), create("b")], signal)).rejects.toMatchObject({
    kind: "retry",
    code: "CONNECTOR_UNREACHABLE",
  });
  expect(system.all().map((each) => each.name)).toEqual(["a"]);
});

test("a half read gives some and ends with an error, a doubled one gives all twice", async () => {
  const { system, fake } = world({ type: "half" }, { type: "twice" });
  for (let at = 0; at < 10; at += 1) system.seed("user", { login: `u${at}` });
  const half = await readAll(fake, 2);
  expect(half.objects.length).toBeLessThan(10);
  expect(half.error).toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
  expect((await readAll(fake, 2)).objects).toHaveLength(20);
  expect((await readAll(fake, 2)).objects).toHaveLength(10);
});

test("an answer that never comes ends with the abort and its reason", async () => {
  const { fake } = world({ type: "never" });
  const stopped = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => {
    stopped.abort(reason);
  }, 10);
  await expect(fake.writes.write([create("a")], stopped.signal)).rejects.toBe(reason);
});

test("a write that is done twice has one effect", async () => {
  const { system, fake } = world({ type: "twice" });
  await fake.writes.write([create("a")], signal);
  expect(system.effects).toHaveLength(1);
});

test("whatever goes wrong, writing until it is answered makes each account once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const system = new FakeSystem();
      const rates = { lost: 0.2, half: 0.1, twice: 0.1, busy: 0.2, rateLimited: 0.1 };
      const fake = new FakeConnector(system, { faults: seededFaults(seed, rates) });
      let open = Array.from({ length: 12 }, (_, at) => create(`u${at}`));
      for (let round = 0; round < 200 && open.length > 0; round += 1) {
        try {
          const results = await fake.writes.write(open, signal);
          open = open.filter((_, at) => results[at]?.ok !== true);
        } catch {
          // Nobody was answered: all of them are open still.
        }
      }
      expect(open).toEqual([]);
      expect(system.effects.map((effect) => effect.operation)).toEqual(Array(12).fill("create"));
    }),
    { numRuns: 200 },
  );
});

test("the same seed gives the same faults, another seed others", () => {
  const draw = (seed: number): unknown[] => {
    const plan = seededFaults(seed, { busy: 0.3, lost: 0.3 });
    return Array.from({ length: 50 }, (_, turn) =>
      plan({ operation: "read", id: "", object: "", turn }),
    );
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(() => seededFaults(1, { busy: 0.6, lost: 0.6 })).toThrow(RangeError);
});

test("the kind `fake` knows only the systems that a test put there", async () => {
  const { fake } = world();
  const kind = fakeKind(new Map([["hr", fake]]));
  expect(kind.validate({ system: "hr" })).toEqual([]);
  expect(kind.validate({ system: "other" })).toMatchObject([{ setting: "system" }]);
  expect(kind.validate({}).map((each) => each.setting)).toEqual(["system"]);
  const host = { filesRoot: "/", secret: () => Promise.reject(new Error("none")) };
  expect(await kind.create({ system: "hr" }, host)).toBe(fake);
});
