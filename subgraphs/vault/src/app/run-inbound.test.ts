import type {} from "@joinery/kit/services";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { identityChanged } from "@joinery/events";
import { decideInbound } from "./decide-inbound.js";
import { envelopeFor } from "../testing/lane.js";
import { account, VaultWorld } from "../testing/world.js";

const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "employeeNumber", type: "string" },
      { name: "givenName", type: "string" },
      { name: "familyName", type: "string" },
      { name: "mail", type: "string", caseIgnore: true },
      { name: "department", type: "string" },
      { name: "status", type: "string" },
      { name: "manager", type: "reference" },
    ],
    group: [{ name: "name", type: "string" }],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.number", match: [{ account: "number", identity: "employeeNumber" }] }],
          mappers: [
            { id: "hr.m1", kind: "direct", from: "number", to: "employeeNumber" },
            { id: "hr.m2", kind: "direct", from: "first", to: "givenName" },
            { id: "hr.m3", kind: "direct", from: "last", to: "familyName" },
            { id: "hr.m4", kind: "direct", from: "department", to: "department" },
            { id: "hr.m5", kind: "direct", from: "status", to: "status" },
            { id: "hr.m6", kind: "reference", from: "manager", to: "manager" },
          ],
        },
      },
    },
    directory: {
      user: {
        inbound: {
          joins: [
            {
              id: "dir.number",
              match: [{ account: "employeeNumber", identity: "employeeNumber" }],
            },
          ],
          mappers: [{ id: "dir.mail", kind: "direct", from: "mail", to: "mail" }],
          precedence: 200,
        },
        outbound: {
          provision: { id: "dir.provision", when: "identity.status == 'active'" },
          otherwise: "disable",
          mappers: [
            { id: "dir.out", kind: "direct", from: "employeeNumber", to: "employeeNumber" },
          ],
        },
      },
    },
  },
  groups: [
    {
      id: "departments",
      each: "identity.department",
      mappers: [{ id: "departments.name", kind: "direct", from: "key", to: "name" }],
    },
  ],
};

let world: VaultWorld;
let hr: string;
let directory: string;

beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.newTenant();
  await world.publish(ruleSet);
  hr = await world.addApplication("hr", ["user"]);
  directory = await world.addApplication("directory");
});

const ana = () =>
  account("1", { number: "1", first: "Ana", last: "Silva", department: "Sales", status: "active" });
const bo = () =>
  account("2", {
    number: "2", first: "Bo", last: "Ek", department: "Sales", status: "active", manager: "1",
  });

test("people of an authoritative application become identities, and groups by rule", async () => {
  const { outcome } = await world.report(hr, [ana(), bo()]);
  expect(outcome).toBe("done");
  const identities = await world.query<{ label: string; kind: string; attributes: object }>(
    "select label, kind, attributes from identity order by kind desc, label",
  );
  expect(identities.map(({ label, kind }) => `${kind} ${label}`)).toEqual([
    "user Ana Silva", "user Bo Ek", "group Sales",
  ]);
  expect(identities[1]?.attributes).toMatchObject({ employeeNumber: "2", department: "Sales" });
  const members = await world.query("select * from membership");
  expect(members).toHaveLength(2);
});

test("a group that a rule made outlives whatever is reported of its account", async () => {
  await world.report(hr, [ana(), bo()]);
  const group = () => world.query(
    "select id, label, attributes, state from identity where kind = 'group'");
  const [made] = await group();
  for (const cn of ["Sales", "Sales and friends"]) {
    const more = { kind: "group" as const, identityId: String(made?.["id"]) };
    await world.report(directory, [account("cn=sales", { cn }, more)]);
    expect(await group()).toEqual([made]);
  }
  expect(made).toMatchObject({ label: "Sales", attributes: { name: "Sales" }, state: "active" });
});

test.each([
  ["fails", "string(int(key))", ["1", "2"]],
  ["yields nothing", "split(key, '-')[1]", []],
])("a group whose mapper %s by now is kept as it is", async (_how, expression, failing) => {
  await world.report(hr, [ana(), bo()]);
  const mappers = [
    { id: "departments.name", kind: "expression" as const, to: "name", expression },
  ];
  await world.publish({
    ...ruleSet, groups: (ruleSet.groups ?? []).map((rule) => ({ ...rule, mappers })),
  });
  await world.report(hr, [{ ...ana(), attributes: { ...ana().attributes, first: "Anna" } }]);
  expect(await world.query("select label, state from identity where kind = 'group'")).toEqual([
    { label: "Sales", state: "active" },
  ]);
  const failed = await world.query<{ anchor: string; failure: object }>(
    "select anchor, failure from account_view where situation = 'failed' order by anchor");
  expect(failed.map(({ anchor }) => anchor)).toEqual(failing);
  for (const { failure } of failed) expect(failure).toMatchObject({ mapper: "departments.name" });
});

test("who left calls for no group", async () => {
  await world.report(hr, [{ ...ana(), state: "gone", attributes: {} }]);
  await world.report(hr, [ana()]);
  await world.report(hr, [{ ...ana(), state: "gone" }]);
  await world.query("delete from identity where kind = 'group'");
  await world.report(hr, [{ ...ana(), state: "gone", name: "other" }]);
  expect(await world.query("select from identity where kind = 'group'")).toEqual([]);
});

test("accounts that are told anew are all that there are: others are gone, guarded", async () => {
  const people = Array.from({ length: 40 }, (_, at) => account(`${at + 1}`, {
    number: `${at + 1}`, first: "A", last: `B${at}`, department: "Sales", status: "active",
  }));
  await world.report(hr, people);
  const states = () => world.query<{ state: string; n: number }>(
    "select state, count(*)::int as n from account_view group by 1 order by 1");
  const few = await world.restate(hr, people.slice(2));
  expect(few.outcome).toBe("done");
  expect(await states()).toEqual([{ state: "gone", n: 2 }, { state: "present", n: 38 }]);
  const many = await world.restate(hr, people.slice(30));
  expect(many.outcome).toBe("keep");
  expect(await states()).toEqual([{ state: "gone", n: 2 }, { state: "present", n: 38 }]);
});

test("a group is told of when it is made, not whenever one of its members changes", async () => {
  await world.report(hr, [ana()]);
  await world.report(hr, [{ ...ana(), attributes: { ...ana().attributes, first: "Anna" } }]);
  await world.report(hr, [bo()]);
  const told = await world.told(identityChanged);
  expect(told.map(({ identities }) => identities.map(({ label }) => label))).toEqual([
    ["Ana Silva", "Sales"], ["Anna Silva"], ["Bo Ek"],
  ]);
});

test("before rules say what its accounts mean, an application makes nobody", async () => {
  await world.newTenant();
  hr = await world.addApplication("hr", ["user"]);
  const people = [ana(), bo()];
  await world.report(hr, people);
  expect(await world.query("select situation from account_view")).toEqual([
    { situation: "unmatched" }, { situation: "unmatched" },
  ]);
  expect(await world.query("select from identity")).toEqual([]);

  await world.publish(ruleSet);
  // Nobody was joined yet, so this is its onboarding: everybody is new, and nothing is held.
  expect((await world.report(hr, [])).outcome).toBe("done");
  const labels = await world.query("select label from identity where kind = 'user' order by 1");
  expect(labels).toEqual([{ label: "Ana Silva" }, { label: "Bo Ek" }]);
});

test("accounts that are nobody's stay unmatched and join when their person comes", async () => {
  await world.report(directory, [account("d1", { employeeNumber: "1", mail: "ana@example.test" })]);
  expect(await world.query("select situation from account_view")).toEqual([
    { situation: "unmatched" },
  ]);
  await world.report(hr, [ana()]);
  const joins = await world.query("select situation, join_rule from account_view order by anchor");
  expect(joins).toEqual([
    { situation: "joined", join_rule: "new" },
    { situation: "joined", join_rule: "dir.number" },
  ]);
  const [identity] = await world.query<{ attributes: Record<string, unknown> }>(
    "select attributes from identity where kind = 'user'",
  );
  expect(identity?.attributes["mail"]).toBe("ana@example.test");
});

test("of two accounts that claim one person the first joins, the other is disputed", async () => {
  await world.report(hr, [ana()]);
  await world.report(directory, [
    account("d2", { employeeNumber: "1" }), account("d1", { employeeNumber: "1" }),
  ]);
  const rows = await world.query(
    "select anchor, situation from account_view where application_id = $1 order by anchor",
    [directory],
  );
  expect(rows).toEqual([
    { anchor: "d1", situation: "joined" }, { anchor: "d2", situation: "disputed" },
  ]);
});

test("the same wave twice changes nothing and tells nobody", async () => {
  const people = [ana(), bo()];
  await world.report(hr, people);
  const count = () =>
    world.query("select count(*)::int as n, max(revision)::int as r from identity");
  const before = await count();
  await world.report(hr, people);
  expect(await count()).toEqual(before);
  expect(await world.query("select from wave_account")).toHaveLength(0);
});

test("a file in which everybody left is held before the vault is written", async () => {
  const people = Array.from({ length: 100 }, (_, i) =>
    account(`p${i}`, { number: `p${i}`, first: "P", last: String(i), status: "active" }),
  );
  await world.report(hr, people);
  const leavers = people.map(({ anchor, attributes }) =>
    account(anchor, { ...attributes, status: "former" }),
  );
  const held = await world.report(hr, leavers);
  expect(held.outcome).toBe("keep");
  const [wave] = await world.query<{ state: string; breaches: { class: string; n: number }[] }>(
    "select state, breaches from wave where id = $1",
    [held.waveId],
  );
  expect(wave?.state).toBe("held");
  expect(wave?.breaches).toContainEqual(expect.objectContaining({ class: "disable", n: 100 }));
  const [status] = await world.query(
    "select distinct attributes ->> 'status' as s from identity where kind = 'user'",
  );
  expect(status).toEqual({ s: "active" });

  const restored = people.map(({ anchor, attributes }) => account(anchor, attributes));
  const next = await world.report(hr, restored);
  expect(next.outcome).toBe("done");
});

test("limits of an application hold for its inbound waves", async () => {
  const people = Array.from({ length: 100 }, (_, i) =>
    account(`l${i}`, { number: `l${i}`, first: "L", last: String(i), status: "active" }),
  );
  await world.report(hr, people);
  const leaver = ({ anchor, attributes }: (typeof people)[number]) =>
    account(anchor, { ...attributes, status: "former" });
  const many = { least: 50, most: 50 };
  const twenty = people.slice(0, 20).map(leaver);
  const passed = await world.report(hr, twenty, { disable: many, update: many });
  expect(passed.outcome).toBe("done");
  const one = people.slice(20, 21).map(leaver);
  const held = await world.report(hr, one, { disable: { least: 0, most: 0, sharePercent: 0 } });
  expect(held.outcome).toBe("keep");
});

test("a withdrawn source gives its attributes back and keeps the join", async () => {
  await world.report(hr, [ana()]);
  await world.report(directory, [account("d1", { employeeNumber: "1", mail: "a@b.test" })]);
  await world.report(directory, [account("d1", {}, { state: "gone" })]);
  const [identity] = await world.query<{ attributes: Record<string, unknown> }>(
    "select attributes from identity where kind = 'user'",
  );
  expect(identity?.attributes).not.toHaveProperty("mail");
  expect(await world.query("select from account_view where identity_id is not null")).toHaveLength(
    2,
  );
});

test("what a person discards is decided again with the next import", async () => {
  const people = Array.from({ length: 40 }, (_, i) =>
    account(`q${i}`, { number: `q${i}`, first: "Q", last: String(i), status: "active" }));
  await world.report(hr, people);
  const leavers = people.map(({ anchor, attributes }) =>
    account(anchor, { ...attributes, status: "former" }));
  const held = await world.report(hr, leavers);
  expect(held.outcome).toBe("keep");
  const { lane, waveId } = held;
  await decideInbound(
    world.deps,
    {
      envelope: envelopeFor(world.tenant, "applications.inbound.decided"),
      payload: { runId: waveId, waveId, decision: "discarded" },
    },
    lane,
  );
  const status = "select distinct attributes ->> 'status' as s from identity where kind = 'user'";
  expect(await world.query(status)).toEqual([{ s: "active" }]);

  const unchanged = await world.report(hr, []);
  expect(unchanged.outcome).toBe("keep");
  const corrected = people
    .slice(0, 39)
    .map(({ anchor, attributes }) => account(anchor, attributes));
  expect((await world.report(hr, corrected)).outcome).toBe("done");
  expect(await world.query(`${status} order by 1`)).toEqual([{ s: "active" }, { s: "former" }]);
});

test("a held wave that a person lets through is computed from what the vault is then", async () => {
  const people = Array.from({ length: 40 }, (_, i) =>
    account(`s${i}`, { number: `s${i}`, first: "S", last: String(i), status: "active" }));
  await world.report(hr, people);
  const leavers = people.map(({ anchor, attributes }) =>
    account(anchor, { ...attributes, status: "former", department: "none" }));
  const held = await world.report(hr, leavers);
  expect(held.outcome).toBe("keep");
  // Meanwhile another system tells of the same people.
  const mails = people.slice(0, 5).map((_, i) =>
    account(`d${i}`, { employeeNumber: `s${i}`, mail: `s${i}@example.test` }));
  expect((await world.report(directory, mails)).outcome).toBe("done");
  expect(await held.release()).toBe("done");
  const rows = await world.query(
    `select attributes ->> 'status' as status, attributes ->> 'department' as department,
       count(attributes ->> 'mail')::int as mails, count(*)::int as n
     from identity where kind = 'user' group by 1, 2`);
  expect(rows).toEqual([{ status: "former", department: "none", mails: 5, n: 40 }]);
  // Every change that was told begins where the one before it ended.
  const told = new Map<string, Record<string, unknown>>();
  const changes = (await world.told(identityChanged)).flatMap(({ identities }) => identities);
  for (const change of changes.filter(({ kind }) => kind === "user")) {
    const now = told.get(change.id) ?? {};
    for (const [name, value] of Object.entries(change.before ?? {})) {
      expect(now[name] ?? null, `${name} of ${change.id}`).toEqual(value);
    }
    told.set(change.id, change.attributes);
  }
  const identities = await world.query<{ id: string; attributes: Record<string, unknown> }>(
    "select id, attributes from identity where kind = 'user'");
  for (const { id, attributes } of identities) expect(told.get(id)).toEqual(attributes);
});

test("a held wave that comes to something else when it is let through is held again", async () => {
  const people = Array.from({ length: 40 }, (_, i) =>
    account(`t${i}`, { number: `t${i}`, first: "T", last: String(i), status: "active" }));
  await world.report(hr, people);
  const moved = people.map(({ anchor, attributes }) =>
    account(anchor, { ...attributes, department: "Moved" }));
  const held = await world.report(hr, moved);
  expect(held.outcome).toBe("keep");
  await world.query("update identity set attributes = (attributes::jsonb " +
    "|| '{\"department\": \"Other\"}')::json, revision = revision + 1");
  expect(await held.release()).toBe("keep");
  expect(await held.release()).toBe("done");
  const departments = await world.query(
    "select distinct attributes ->> 'department' as d from identity where kind = 'user'");
  expect(departments).toEqual([{ d: "Moved" }]);
});
