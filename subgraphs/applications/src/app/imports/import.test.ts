import { createLog } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";
import type { Application } from "../../domain/application.js";
import { releaseRun } from "../decide-run.js";
import { runImports } from "./run-import.js";

export type { ProvidedServices };

let world: World;
let system: FakeSystem;
let hr: Application;
let nth = 0;

beforeAll(async () => {
  world = await World.open(
    process.env["DEBUG_LOG"] ? createLog({ level: "debug", service: "t", role: "t" }) : undefined,
  );
});
afterAll(async () => world.close());

beforeEach(async () => {
  nth += 1;
  system = new FakeSystem(["name", "title"], ["cn"]);
  hr = await world.application(`hr${nth}`, system, { authoritativeFor: ["user"] });
});

function people(n: number): void {
  for (let at = 1; at <= n; at += 1) {
    system.put({ anchor: `e${at}`, name: `e${at}`, attributes: { name: `Person ${at}` } });
  }
}

async function run() {
  const { id } = await world.startRun(hr);
  await world.work("import", runImports);
  // The vault is not part of these tests: what it would answer is that it is done.
  await world.tx((tx) => tx.execute(
    "update run set state = 'finished' where id = $1 and state in ('inbound', 'outbound')", [id]));
  return world.run(id);
}

const accounts = () =>
  world.rows<{ anchor: string; state: string; revision: string; name: string }>(
    "select anchor, state, revision, name from account where application_id = $1 order by anchor",
    [hr.id],
  );

async function toldOf(runId: string) {
  return (await world.told()).filter((each) => each.envelope.correlation === runId);
}

describe("an import of changes and of many new people", () => {
  test("comes to its end, whatever stands before whom", async () => {
    people(1_500);
    await run();
    system.batchSize = 250;
    for (let at = 1; at <= 300; at += 1) {
      system.put({ anchor: `e${at}`, attributes: { name: `Changed ${at}` } });
    }
    for (let at = 1_501; at <= 2_400; at += 1) system.put({ anchor: `e${at}` });
    const { id, state } = await run();
    expect(state).toBe("finished");
    const told = (await toldOf(id)).flatMap(({ envelope }) => envelope.wave ?? []);
    expect(told.map(({ batch }) => batch).toSorted((a, b) => a - b))
      .toEqual(told.map((_, at) => at));
    expect(told.length).toBeLessThan(20);
    const rows = await accounts();
    expect(rows).toHaveLength(2_400);
    expect(rows.filter(({ revision }) => revision === "2")).toHaveLength(300);
  });
});

describe("a first import", () => {
  test("makes an account of every object and tells of each in the run's wave", async () => {
    people(1_200);
    const { id, counts } = await run();
    expect(counts).toMatchObject({ read: 1_200, new: 1_200, changed: 0, gone: 0, applied: 1_200 });
    expect((await accounts()).every((each) => each.state === "present" && each.revision === "1"))
      .toBe(true);
    const told = await toldOf(id);
    const batches = told.filter((each) => each.envelope.name === "applications.account.changed");
    expect(batches.map((each) => each.envelope.wave?.batch)).toEqual(batches.map((_, at) => at));
    const changes = batches.flatMap((each) => each.payload["accounts"] as unknown as object[]);
    expect(changes).toHaveLength(1_200);
    expect(changes[0]).toMatchObject({ before: null, revision: 1, state: "present" });
    const manifest = told.find((each) => each.envelope.name === "applications.import.released");
    expect(manifest?.payload).toMatchObject({
      runId: id, batches: batches.length, objects: 1_200,
    });
    expect(manifest?.envelope.wave).toMatchObject({
      batch: batches.length, manifest: true,
    });
    expect(manifest?.envelope.wave?.id).toBe(batches[0]?.envelope.wave?.id);
  });

  test("leaves no place of its wave empty when rows that were sealed are taken out", async () => {
    people(4);
    system.batchSize = 1;
    const again = { name: "e2", attributes: { name: "Another" } };
    system.extra.push({ kind: "user", anchor: "e2", ...again });
    const { id } = await run();
    expect((await accounts()).map((each) => each.anchor)).toEqual(["e1", "e3", "e4"]);
    const told = await toldOf(id);
    const batches = told.filter((each) => each.envelope.name === "applications.account.changed");
    const places = batches.map((each) => each.envelope.wave?.batch ?? -1);
    expect(places.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    const anchors = batches.flatMap((each) =>
      (each.payload["accounts"] as unknown as { anchor: string }[]).map(({ anchor }) => anchor));
    expect(anchors).toEqual(["e1", "e3", "e4"]);
    const manifest = told.find((each) => each.envelope.wave?.manifest === true);
    expect(manifest?.payload).toMatchObject({ batches: 5, objects: 3 });
  });

  test("keeps an account's id when it is made again in another database order", async () => {
    people(3);
    await run();
    const first = await world.rows<{ id: string }>(
      "select id from account where application_id = $1 order by anchor", [hr.id]);
    await world.rows("delete from account where application_id = $1", [hr.id]);
    await run();
    expect(await world.rows("select id from account where application_id = $1 order by anchor",
      [hr.id])).toEqual(first);
  });
});

describe("a second import", () => {
  test("of the same objects writes nothing but the run's own record", async () => {
    people(300);
    system.put({ kind: "group", anchor: "g1", attributes: { cn: "G" } });
    system.members.push({ group: "g1", member: "e1" }, { group: "g1", member: "nobody" });
    await run();
    const before = await world.census();
    const { id, counts } = await run();
    expect(await world.census()).toEqual(before);
    expect(counts).toMatchObject({ read: 301, unchanged: 301, new: 0, changed: 0, gone: 0 });
    const told = await toldOf(id);
    expect(told.map((each) => each.envelope.name)).toEqual(["applications.run.changed"]);
  });

  test("is not misled by the order of attributes and of values of a set", async () => {
    system.schema.user?.push({ name: "roles", type: "string", many: true });
    system.put({ anchor: "e1", attributes: { name: "A", roles: ["b", "a"], title: "T" } });
    await run();
    system.put({ anchor: "e1", attributes: { title: "T", roles: ["a", "b"], name: "A" } });
    expect((await run()).counts).toMatchObject({ unchanged: 1, changed: 0 });
  });

  test("sends what changed with the values before, and nothing else", async () => {
    people(20);
    await run();
    system.put({ anchor: "e7", attributes: { name: "Renamed", title: "Boss" } });
    const { id, counts } = await run();
    expect(counts).toMatchObject({ changed: 1, unchanged: 19 });
    const [told] = (await toldOf(id)).filter(
      (each) => each.envelope.name === "applications.account.changed");
    expect(told?.payload["accounts"]).toMatchObject([{
      anchor: "e7", revision: 2, attributes: { name: "Renamed", title: "Boss" },
      before: { name: "Person 7", title: null },
    }]);
  });

  test("makes a tombstone of who is gone, and brings back who returns", async () => {
    people(40);
    await run();
    system.remove("e40");
    expect((await run()).counts).toMatchObject({ gone: 1 });
    expect((await accounts()).find((each) => each.anchor === "e40"))
      .toMatchObject({ state: "gone", revision: "2" });
    people(40);
    expect((await run()).counts).toMatchObject({ changed: 1, unchanged: 39 });
    expect((await accounts()).find((each) => each.anchor === "e40"))
      .toMatchObject({ state: "present", revision: "3" });
  });
});

describe("an imperfect source changes nothing", () => {
  beforeEach(async () => {
    people(50);
    await run();
  });

  test("an empty one fails the run with the connector's code", async () => {
    system.objects.clear();
    const before = await world.census();
    expect(await run()).toMatchObject({ state: "failed", code: "SOURCE_EMPTY" });
    expect(await world.census()).toEqual(before);
  });

  test("one that breaks off half-way fails the run, and nothing of it is applied", async () => {
    system.batchSize = 10;
    system.objects.clear();
    people(49);
    system.put({ anchor: "e1", attributes: { name: "Changed" } });
    system.onRead = (batch) => {
      if (batch === 3) throw new (class extends Error {})("broken pipe");
    };
    const before = await world.census();
    expect((await run()).state).toBe("failed");
    expect(await world.census()).toEqual(before);
  });

  test("a truncated one is held, and discarding it leaves all as it was", async () => {
    system.objects.clear();
    people(20);
    const before = await world.census();
    const held = await run();
    expect(held).toMatchObject({ state: "held", code: "GUARD_HELD" });
    expect((await accounts()).every((each) => each.state === "present")).toBe(true);
    const { stage: _, ...rest } = await world.census();
    expect({ ...rest, stage: before["stage"] }).toEqual(before);
  });

  test("a held one that a person releases goes on, and says nothing of it any more", async () => {
    for (let n = 1; n <= 6; n += 1) system.remove(`e${n}`);
    const { id } = await run();
    expect(await releaseRun(world.deps, world.by, { id })).toMatchObject({
      ok: true, value: { state: "importing", code: null, reason: null },
    });
    await world.work("import", runImports);
    expect(await world.run(id)).toMatchObject({ state: "inbound", code: null });
  });

  test("two objects sharing an anchor are passed over, neither changed nor gone", async () => {
    system.extra.push(
      { kind: "user", anchor: "e5", name: "e5", attributes: { name: "Other" } },
      { kind: "user", anchor: "new", name: "new", attributes: { name: "One" } },
      { kind: "user", anchor: "new", name: "new", attributes: { name: "Two" } },
    );
    system.put({ anchor: "e5", attributes: { name: "Changed too" } });
    const { counts, errors } = await run();
    expect(counts).toMatchObject({ new: 0, changed: 0, gone: 0, unchanged: 49 });
    expect(errors["ANCHOR_DUPLICATE"]?.count).toBe(4);
    expect((await accounts()).find((each) => each.anchor === "e5"))
      .toMatchObject({ state: "present", revision: "1" });
  });

  test("a skipped row keeps its account when its anchor is known", async () => {
    system.remove("e5");
    system.remove("e6");
    system.skips.push({ object: "e5", anchor: "e5", code: "VALUE_INVALID", reason: "bad date" });
    const { counts, errors } = await run();
    expect(counts).toMatchObject({ gone: 1, skipped: 1 });
    expect(errors["VALUE_INVALID"]).toMatchObject({ count: 1, samples: [{ object: "e5" }] });
    const gone = (await accounts()).filter((each) => each.state === "gone");
    expect(gone.map((each) => each.anchor)).toEqual(["e6"]);
  });

  test("nobody is gone while a row was skipped of which nobody knows whose it is", async () => {
    system.remove("e5");
    system.skips.push({ object: "line 6", code: "ROW_MALFORMED", reason: "an open quote" });
    const { counts } = await run();
    expect(counts).toMatchObject({ gone: 0, goneWithheld: 1 });
    expect((await accounts()).every((each) => each.state === "present")).toBe(true);
  });

  test("text that PostgreSQL cannot keep is passed over with its account", async () => {
    system.put({ anchor: "e9", attributes: { name: "a\u0000b" } });
    system.put({ anchor: "e10", attributes: { name: "half \ud800" } });
    system.put({ anchor: "e11", attributes: { name: "x".repeat(300_000) } });
    const { counts, errors } = await run();
    expect(counts).toMatchObject({ gone: 0, changed: 0, skipped: 3 });
    expect(errors["VALUE_INVALID"]?.count).toBe(2);
    expect(errors["VALUE_TOO_LARGE"]?.count).toBe(1);
  });
});

describe("members", () => {
  test("are told with the account that they name, and once more when it comes later", async () => {
    system.put({ anchor: "u1", name: "cn=Ann, ou=x", attributes: { name: "Ann" } });
    system.put({ kind: "group", anchor: "g1", attributes: { cn: "G" } });
    system.members.push(
      { group: "g1", member: "CN=Ann,ou=x" }, { group: "g1", member: "cn=Ben,ou=x" });
    const first = await run();
    const told = async (id: string) => (await toldOf(id))
      .filter((each) => each.envelope.name === "applications.member.changed")
      .flatMap((each) => each.payload["members"] as unknown as Record<string, unknown>[]);
    expect(await told(first.id)).toMatchObject([
      { member: "CN=Ann,ou=x", present: true, memberAccount: expect.any(String) },
      { member: "cn=Ben,ou=x", present: true, memberAccount: null },
    ]);
    system.put({ anchor: "u2", name: "cn=Ben,ou=x", attributes: { name: "Ben" } });
    const second = await run();
    expect(await told(second.id)).toMatchObject([
      { member: "cn=Ben,ou=x", present: true, memberAccount: expect.any(String) },
    ]);
    system.members.shift();
    const third = await run();
    expect(await told(third.id)).toMatchObject([{ member: "CN=Ann,ou=x", present: false }]);
    expect(await world.rows("select member from member where application_id = $1", [hr.id]))
      .toEqual([{ member: "cn=Ben,ou=x" }]);
  });
});
