import { createHash } from "node:crypto";
import type { IdentityChange } from "@joinery/events";
import { uuidv5 } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Application } from "../domain/application.js";
import { FakeSystem } from "../testing/fake-system.js";
import { TestLane } from "../testing/test-lane.js";
import { World } from "../testing/world.js";
import { runImports } from "../app/imports/run-import.js";
import { applicationsHandlers } from "./handlers.js";

export type { ProvidedServices };

let world: World;
let lane: TestLane;
let hr: Application;

beforeAll(async () => {
  world = await World.open();
  const system = new FakeSystem(["name"]);
  system.put({ anchor: "e1", attributes: { name: "Ann" } });
  hr = await world.application("hr", system);
});
afterAll(async () => world.close());

beforeEach(async () => {
  lane = new TestLane(world, applicationsHandlers(world.deps));
  for (const table of ["due", "identity_view", "membership_view", "account", "bundle"]) {
    await world.rows(`delete from ${table}`);
  }
});

const idOf = (name: string) => uuidv5("test", name);

function identity(
  name: string,
  revision: number,
  more: Partial<IdentityChange> = {},
): IdentityChange {
  return {
    id: idOf(name), kind: "user", label: name, attributes: { name }, classification: 0, revision,
    state: "active", accounts: [], before: null, because: [], ...more,
  };
}

async function account(name: string, joined?: { identity: string; revision: number }) {
  await world.rows(
    `insert into account (id, application_id, kind, anchor, name, name_key, attributes, revision,
       state, identity_id, join_revision)
     values ($1, $2, 'user', $3, $3, $3, '{}', 1, 'present', $4, $5)`,
    [idOf(name), hr.id, name, joined ? idOf(joined.identity) : null, joined?.revision ?? 0]);
}

const told = (...identities: IdentityChange[]) =>
  lane.tell("vault.identity.changed", { runId: idOf("run"), applicationId: hr.id, identities });
const joinOf = (accountId: string) =>
  ({ applicationId: hr.id, accountId: idOf(accountId), joinKind: "primary" });
const due = async () => (await world.rows<{ identity_id: string }>(
  "select identity_id from due where waits is null order by 1")).map((row) => row.identity_id);
const ownerOf = async (name: string) => (await world.rows<{ identity_id: string | null }>(
  "select identity_id from account where id = $1", [idOf(name)]))[0]?.identity_id;

describe("identities", () => {
  test("of an older revision are ignored, whatever they say", async () => {
    await account("a1");
    await told(identity("ann", 5, { accounts: [joinOf("a1")] }));
    await world.rows("delete from due");
    await told(identity("ann", 4, { attributes: { name: "old" } }));
    expect(await world.rows("select revision, attributes from identity_view"))
      .toEqual([{ revision: "5", attributes: { name: "ann" } }]);
    expect(await ownerOf("a1")).toBe(idOf("ann"));
    expect(await due()).toEqual([]);
  });

  test("become due when they change, not when only a join that we gave is confirmed", async () => {
    await told(identity("ann", 1));
    expect(await due()).toEqual([idOf("ann")]);
    await world.rows("delete from due");
    await account("a1", { identity: "ann", revision: 0 });
    await told(identity("ann", 2, { accounts: [joinOf("a1")] }));
    expect(await due()).toEqual([]);
    await told(identity("ann", 3, { accounts: [joinOf("a1")], classification: 7 }));
    expect(await due()).toEqual([idOf("ann")]);
  });

  test("that a wave has taken up become due anew when they change meanwhile", async () => {
    await told(identity("ann", 1));
    await world.rows("update due set wave_id = $1", [idOf("wave")]);
    await told(identity("ann", 2, { attributes: { name: "Anna" } }));
    expect(await world.rows("select wave_id from due")).toEqual([{ wave_id: null }]);
  });

  test("keep a join that was given and that the vault does not list yet", async () => {
    await account("a1", { identity: "ann", revision: 0 });
    await told(identity("ann", 1));
    expect(await ownerOf("a1")).toBe(idOf("ann"));
  });

  test("lose a join that the vault no longer lists, and are due", async () => {
    await account("a1");
    await told(identity("ann", 1, { accounts: [joinOf("a1")] }));
    await world.rows("delete from due");
    await told(identity("ann", 2));
    expect(await ownerOf("a1")).toBeNull();
    expect(await due()).toEqual([idOf("ann")]);
  });

  test("a join that moved to another identity outlives the news of its end", async () => {
    await account("a1");
    await told(identity("ann", 1, { accounts: [joinOf("a1")] }));
    await told(identity("ben", 1, { accounts: [joinOf("a1")] }));
    await told(identity("ann", 2));
    expect(await ownerOf("a1")).toBe(idOf("ben"));
  });

  test("who waits for one to have an account is looked at when it has news", async () => {
    await world.rows("insert into due (identity_id, waits) values ($1, $2)",
      [idOf("team"), [idOf("ann")]]);
    expect(await due()).toEqual([]);
    await account("a1");
    await told(identity("ann", 1, { accounts: [joinOf("a1")] }));
    expect(await due()).toEqual([idOf("ann"), idOf("team")].sort());
  });

  test("told anew are taken as any others, and what is older is ignored", async () => {
    await account("a1");
    await told(identity("ann", 5, { accounts: [joinOf("a1")] }));
    await world.rows("delete from due");
    const { before: _before, because: _because, ...ann } = identity("ann", 4);
    const { before: _none, because: _nothing, ...ben } = identity("ben", 2);
    await lane.tell("vault.identity.restated", { identities: [ann, ben] });
    expect(await world.rows("select id, revision from identity_view order by revision")).toEqual([
      { id: idOf("ben"), revision: "2" }, { id: idOf("ann"), revision: "5" },
    ]);
    expect(await due()).toEqual([idOf("ben")]);
  });

  test("told twice change nothing the second time", async () => {
    await account("a1");
    const news = identity("ann", 3, { accounts: [joinOf("a1")] });
    await told(news);
    const before = await world.census();
    await told(news);
    expect(await world.census()).toEqual(before);
  });
});

describe("memberships", () => {
  const membership = (present: boolean, ...because: string[]) => lane.tell(
    "vault.membership.changed",
    { runId: idOf("run"),
      memberships: [{ groupId: idOf("team"), memberId: idOf("ann"), present, because }] });

  test("last as long as one origin wants them", async () => {
    await membership(true, "rule-a");
    await membership(true, "application:x");
    await membership(false, "rule-a");
    expect(await world.rows("select because from membership_view"))
      .toEqual([{ because: ["application:x"] }]);
    await membership(false, "application:x");
    expect(await world.rows("select because from membership_view")).toEqual([]);
    expect(await due()).toEqual([idOf("team")]);
  });

  test("told twice change nothing the second time", async () => {
    await membership(true, "rule-a");
    await world.rows("delete from due");
    await membership(true, "rule-a");
    expect(await due()).toEqual([]);
  });

  const pair = (groupId: string, memberId: string) => ({ groupId, memberId });
  const [a, b, c, d] = ["a", "b", "c", "d"].map((digit) =>
    `${digit.repeat(8)}-0000-4000-8000-000000000000`) as [string, string, string, string];
  const pairs = () => world.rows(
    `select group_id as "groupId", member_id as "memberId", because from membership_view
     order by 1, 2`);

  test("told anew are exactly those that are listed, as far as the range goes", async () => {
    await lane.tell("vault.membership.changed", {
      runId: idOf("run"),
      memberships: [pair(a, c), pair(b, a), pair(b, c), pair(c, a), pair(d, a)].map((each) =>
        ({ ...each, present: true, because: ["rule-a"] })),
    });
    await world.rows("delete from due");
    await lane.tell("vault.membership.restated", {
      after: pair(b, a), through: pair(c, c),
      memberships: [
        { ...pair(b, d), because: ["rule-b", "application:x"] },
        { ...pair(c, a), because: ["rule-a"] },
      ],
    });
    const kept = { because: ["rule-a"] };
    expect(await pairs()).toEqual([
      { ...pair(a, c), ...kept }, { ...pair(b, a), ...kept },
      { ...pair(b, d), because: ["application:x", "rule-b"] },
      { ...pair(c, a), ...kept }, { ...pair(d, a), ...kept },
    ]);
    expect(await due()).toEqual([b]);
    await lane.tell("vault.membership.restated", { after: null, through: null, memberships: [] });
    expect(await pairs()).toEqual([]);
  });
});

describe("what the vault counted of its own", () => {
  const asked = () => world.tx((tx) => tx.asService((sql) => sql.query<{ id: string | null }>(
    "select snapshot_id as id from joinery.consumer_state where producer = 'vault'")));
  const counted = (change: object = {}) => world.tx((tx) => world.deps.replicas.count(tx))
    .then((own) => lane.tell("vault.identity.counted", { ...own, ...change }));

  beforeEach(async () => {
    await told(identity("ann", 3), identity("ben", 1));
    await lane.tell("vault.membership.changed", {
      runId: idOf("run"), memberships: [
        { groupId: idOf("team"), memberId: idOf("ann"), present: true, because: ["a", "b"] },
      ],
    });
  });

  test("leaves a copy alone that is one, and asks for a snapshot where it is none", async () => {
    await counted();
    expect(await asked()).toEqual([]);
    const { identities } = await world.tx((tx) => world.deps.replicas.count(tx));
    await told(identity("ben", 2));
    await counted({ identities });
    const [first] = await asked();
    expect(first?.id).toEqual(expect.any(String));
    await counted({ memberships: [] });
    expect(await asked()).toEqual([first]);
  });
});

describe("rule sets", () => {
  const text = JSON.stringify({ format: 1, note: "ä".repeat(1_000) });
  const hash = createHash("sha256").update(text).digest("hex");
  const chunk = (n: number, data: string, of = hash, version = 3) => lane.tell(
    "rules.bundle.published", { hash: of, version, chunk: n, chunks: 2, data });

  test("are stored when the last chunk is there, in whatever order, and said so once", async () => {
    await chunk(1, text.slice(500));
    expect(await world.tx((tx) => world.deps.replicas.bundleText(tx, hash))).toBeNull();
    await chunk(0, text.slice(0, 500));
    await chunk(0, text.slice(0, 500));
    expect(await world.tx((tx) => world.deps.replicas.bundleText(tx, hash))).toBe(text);
    const stored = await world.told("applications.bundle.stored");
    expect(stored.map((each) => each.payload)).toEqual([{ hash, version: 3 }]);
  });

  test("of another digest than they claim are dropped", async () => {
    const other = createHash("sha256").update("other").digest("hex");
    await chunk(0, text.slice(0, 500), other);
    await chunk(1, text.slice(500), other);
    expect(await world.rows("select * from bundle where hash = $1", [other])).toEqual([]);
  });

  test("make everybody due in every application when they become active", async () => {
    await chunk(0, text.slice(0, 500));
    await chunk(1, text.slice(500));
    await lane.tell("rules.bundle.activated", { hash, version: 3 });
    expect(await world.tx((tx) => world.deps.replicas.activeBundle(tx)))
      .toEqual({ hash, version: 3 });
    expect(await world.rows(
      "select all_due_wished > all_due_done as due, all_due_version from application"))
      .toEqual([{ due: true, all_due_version: 3 }]);
  });

  test("that are told again after a newer one became active change nothing", async () => {
    const next = createHash("sha256").update("next").digest("hex");
    const newer = { hash: next, version: 4, chunk: 0, chunks: 1, data: "next" };
    const tellOlder = async () => {
      for (const [n, part] of [text.slice(0, 500), text.slice(500)].entries()) await chunk(n, part);
      await lane.tell("rules.bundle.activated", { hash, version: 3 });
    };
    await tellOlder();
    await lane.tell("rules.bundle.published", newer);
    await lane.tell("rules.bundle.activated", { hash: next, version: 4 });
    await tellOlder();
    expect(await world.tx((tx) => world.deps.replicas.activeBundle(tx)))
      .toEqual({ hash: next, version: 4 });
  });

  test("that come again as a newer version are stored as that one, and said so once", async () => {
    const parts = [text.slice(0, 500), text.slice(500)] as const;
    const both = async (version: number) => {
      for (const n of [0, 1] as const) await chunk(n, parts[n], hash, version);
    };
    await both(3);
    await both(14);
    await both(14);
    const stored = (await world.told("applications.bundle.stored")).map(({ payload }) => payload);
    expect(stored.filter((each) => each["version"] === 14)).toEqual([{ hash, version: 14 }]);
    // What was activated meanwhile keeps its hands off the one that comes next.
    const next = createHash("sha256").update("next").digest("hex");
    await lane.tell("rules.bundle.published",
      { hash: next, version: 13, chunk: 0, chunks: 1, data: "next" });
    await lane.tell("rules.bundle.activated", { hash: next, version: 13 });
    await lane.tell("rules.bundle.activated", { hash, version: 14 });
    expect(await world.tx((tx) => world.deps.replicas.activeBundle(tx)))
      .toEqual({ hash, version: 14 });
    expect(await world.tx((tx) => world.deps.replicas.bundleText(tx, hash))).toBe(text);
  });
});

describe("the inbound wave", () => {
  async function run(): Promise<string> {
    const { id } = await world.startRun(hr);
    await world.rows("update run set state = 'inbound' where id = $1", [id]);
    return id;
  }
  const inbound = (runId: string, state: string, batches = 0) => lane.tell(
    "vault.inbound.changed",
    { runId, waveId: idOf("wave"), applicationId: hr.id, state, bundle: null, batches,
      identities: 0, digest: "", counts: { joined: 2 }, breaches: [] });

  test("leads to outbound when every batch of identities was taken", async () => {
    const id = await run();
    await lane.tell("vault.identity.changed",
      { runId: id, applicationId: hr.id, identities: [identity("ann", 1)] });
    await inbound(id, "finished", 1);
    expect(await world.run(id)).toMatchObject({ state: "outbound" });
    await world.rows("update run set state = 'finished' where id = $1", [id]);
  });

  test("fails the run when a batch of identities is missing", async () => {
    const id = await run();
    await inbound(id, "finished", 2);
    expect(await world.run(id)).toMatchObject({ state: "failed", code: "INBOUND_INCOMPLETE" });
  });

  test("holds the run, and says so, when its guard does", async () => {
    const id = await run();
    await inbound(id, "held");
    expect(await world.run(id)).toMatchObject({ state: "held", code: "GUARD_HELD" });
    await inbound(id, "discarded");
    expect(await world.run(id)).toMatchObject({ state: "discarded" });
    const states = (await world.told("applications.run.changed"))
      .filter((each) => each.envelope.correlation === id).map((each) => each.payload["state"]);
    expect(states).toEqual(["held", "discarded"]);
  });

  test("of which a snapshot tells again changes nothing that went on since", async () => {
    const id = await run();
    await inbound(id, "finished");
    for (const state of ["outbound", "exporting", "held"]) {
      await world.rows("update run set state = $2 where id = $1", [id, state]);
      for (const again of ["finished", "held", "discarded"]) await inbound(id, again);
      expect(await world.run(id)).toMatchObject({ state });
    }
    await world.rows("update run set state = 'finished' where id = $1", [id]);
  });

  test("that a person discarded is decided again by the next run, without a change", async () => {
    await world.rows("update run set state = 'discarded' where state = 'inbound'");
    const state = async () => {
      const { id } = await world.startRun(hr);
      await world.work("import", runImports);
      return { id, state: (await world.run(id)).state };
    };
    const first = await state();
    await inbound(first.id, "finished");
    await world.rows("update run set state = 'finished' where id = $1", [first.id]);
    const second = await state();
    expect(second.state).toBe("outbound");
    await world.rows("update run set state = 'inbound' where id = $1", [second.id]);
    await inbound(second.id, "held");
    await inbound(second.id, "discarded");
    const third = await state();
    expect(third.state).toBe("inbound");
    expect((await world.told("applications.import.released")).at(-1)?.payload)
      .toMatchObject({ runId: third.id, batches: 0 });
    await inbound(third.id, "finished");
    await world.rows("update run set state = 'finished' where id = $1", [third.id]);
    expect((await state()).state).toBe("outbound");
  });
});
