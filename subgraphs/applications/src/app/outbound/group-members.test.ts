import { guardClasses } from "@joinery/engine";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Company, idOf } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { runImports } from "../imports/run-import.js";
import type { Deps, Tx } from "../ports.js";
import { runOutbound } from "./run-outbound.js";

export type { ProvidedServices };

let world: World;
let company: Company;
beforeAll(async () => {
  world = await World.open();
  company = await Company.open(world);
  // No guard holds anything: that is told elsewhere.
  const all = { least: 1_000_000, most: 1_000_000, sharePercent: 100, halfPercent: 100 };
  await world.rows("update application set limits = $1", [JSON.stringify(Object.fromEntries(
    guardClasses.map((name) => [name, all])))]);
});
afterAll(() => world.close());

const groupOf = (name: string) =>
  [...company.system.objects.values()].find((each) => each.kind === "group" && each.name === name);
const membersOf = (name: string) => company.system.members
  .filter(({ group }) => group === groupOf(name)?.anchor).map(({ member }) => member).sort();
const looks = (group: string) => world.rows(
  `select member_id as member, waits from due_member where group_id = $1 order by 1`,
  [idOf(group)]);
const memberItems = (group: string) => world.rows<{ state: string; after: unknown }>(
  `select state, after from item where operation = 'members' and identity_id = $1 order by id`,
  [idOf(group)]);
const accountOf = async (name: string) => (await world.rows<{ id: string }>(
  "select id from account where application_id = $1 and identity_id = $2",
  [company.directory.id, idOf(name)]))[0]?.id as string;

async function settle(): Promise<void> {
  await company.run();
  await company.export();
}

/** A group that the directory has with these members, as ours. */
async function team(name: string, ...people: string[]): Promise<void> {
  await company.tell(Object.fromEntries(people.map((each) => [each, {}])));
  await company.tellGroups(name);
  for (const each of people) await company.membership(name, each);
  await settle();
  expect(membersOf(name)).toEqual([...people].sort());
}

test("a new plan for one member keeps what an older one holds for others", async () => {
  await team("open", "o1", "o2");
  await company.tell({ o3: {}, o4: {} });
  await settle();
  await company.membership("open", "o3");
  await company.membership("open", "o1", false);
  await company.run();
  await company.membership("open", "o4");
  await company.membership("open", "o1");
  await company.run();
  expect((await memberItems("open")).slice(-2)).toEqual([
    { state: "discarded", after: {
      add: [await accountOf("o3")], remove: [await accountOf("o1")] } },
    { state: "open", after: {
      add: [await accountOf("o3"), await accountOf("o4")].sort(), remove: [] } },
  ]);
  await company.export();
  expect(membersOf("open")).toEqual(["o1", "o2", "o3", "o4"]);
});

test("what was given up is tried again with the next change of the group", async () => {
  await team("refused", "r1");
  await company.tell({ r2: {}, r3: {} });
  await settle();
  company.system.onWrite = (write) => (write.operation !== "members" ? undefined
    : { id: write.id, ok: false, kind: "skip", code: "PERMISSION_DENIED", reason: "no" });
  await company.membership("refused", "r2");
  await settle();
  await settle();
  company.system.onWrite = () => undefined;
  expect((await memberItems("refused")).at(-1)).toMatchObject({ state: "failed" });
  expect(membersOf("refused")).toEqual(["r1"]);
  await company.membership("refused", "r3");
  await settle();
  expect(membersOf("refused")).toEqual(["r1", "r2", "r3"]);
});

test("a group in a group comes in once it has an account itself", async () => {
  await company.tellGroups("outer", "inner");
  await company.membership("outer", "inner");
  await settle();
  await company.tellGroups("inner");
  await settle();
  expect(membersOf("outer")).toEqual(["inner"]);
  await company.membership("outer", "inner", false);
  await settle();
  expect(membersOf("outer")).toEqual([]);
});

test("a member without an account is waited for alone, and only as long as it is one", async () => {
  await team("patient", "p1");
  await company.tell({ p2: { number: null } });
  await company.membership("patient", "p2");
  await company.run();
  expect(await looks("patient")).toEqual([{ member: idOf("p2"), waits: true }]);
  await company.membership("patient", "p2", false);
  await company.run();
  expect(await looks("patient")).toEqual([]);
  expect(await world.rows("select from due where identity_id = $1", [idOf("patient")]))
    .toEqual([]);
});

test("an account that belongs to nobody any more leaves the group we put it into", async () => {
  await team("parted", "q1", "q2");
  // The vault confirmed the join, and ends it.
  await world.rows("update account set join_revision = 1 where id = $1", [await accountOf("q2")]);
  const gone = await company.identity("q2", "user", { name: "Name of q2" });
  await company.lane.tell("vault.identity.changed", {
    runId: idOf("no run"), applicationId: company.hr.id, identities: [{ ...gone, accounts: [] }],
  });
  await settle();
  expect(membersOf("parted")).toEqual(["q1"]);
});

test("a crash while members are looked at looks at them again", async () => {
  await team("crashed", "c1", "c2");
  await company.membership("crashed", "c2", false);
  await world.rows("update due set wave_id = $1", [idOf("wave")]);
  await world.rows("update due_member set wave_id = $1, waits = true", [idOf("wave")]);
  await world.tx((tx) => world.deps.outbound.clear(tx, idOf("wave"), []));
  expect(await looks("crashed")).toEqual([{ member: idOf("c2"), waits: false }]);
  await settle();
  expect(membersOf("crashed")).toEqual(["c1"]);
});

test("whatever changes, looking at some members finds what looking at all would", async () => {
  const people = Array.from({ length: 6 }, (_, at) => `z${at}`);
  const groups = ["some", "more"];
  await company.tell(Object.fromEntries(people.map((name) => [name, {}])));
  await company.tellGroups(...groups);
  await settle();
  let random = 4711;
  const pick = <T>(list: readonly T[]): T => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return list[Math.floor((random / 2_147_483_648) * list.length)] as T;
  };
  const { members } = company.system;
  const steps: readonly (() => Promise<unknown>)[] = [
    () => company.membership(pick(groups), pick(people)),
    () => company.membership(pick(groups), pick(people), false),
    () => company.tell({ [pick(people)]: { number: null } }),
    () => company.tell({ [pick(people)]: { title: pick(["A", "B"]) } }),
    () => company.tellGroups(pick(groups)),
    async () => {
      members.splice(0, 1);
      await world.rows("delete from guard_ledger");
      await company.import(company.directory);
    },
    async () => {
      const group = groupOf(pick(groups))!.anchor;
      const member = pick([...people, "stranger"]);
      if (!members.some((each) => each.group === group && each.member === member)) {
        members.push({ group, member });
      }
      await company.import(company.directory);
    },
    () => company.run(),
    () => settle(),
  ];
  let planned = 0;
  for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 6; n += 1) await pick(steps)();
    await settle();
    await settle();
    const before = await world.rows("select max(id) as last, count(*)::int as n from item");
    await world.rows("delete from due");
    await world.rows(
      "insert into due (identity_id) select id from identity_view where kind = 'group'");
    await company.run();
    const after = await world.rows("select max(id) as last, count(*)::int as n from item");
    expect(after, `round ${round}`).toEqual(before);
    planned = Number((before[0] as { n: number }).n);
  }
  expect(planned).toBeGreaterThan(10);
});

/** Rows that the work reads of members, wanted ones and who is due. */
function counting(deps: Deps, count: (n: number) => void): Deps {
  const read = async (tx: Tx): Promise<number> => {
    const [row] = await tx.query<{ n: number }>(
      `select sum(seq_tup_read + idx_tup_fetch)::float8 as n from pg_stat_xact_user_tables
       where schemaname = current_schema() and relname in
         ('member', 'membership_view', 'identity_view', 'due', 'due_member')`);
    return row?.n ?? Number.NaN;
  };
  return {
    ...deps,
    within: (tenant, work) => deps.within(tenant, async (tx) => {
      const before = await read(tx);
      const result = await work(tx);
      count(await read(tx) - before);
      return result;
    }),
  };
}

/** A group of people who have accounts in the directory and are in it, by rule. */
async function everybody(name: string, size: number): Promise<void> {
  await world.rows(
    `insert into account (id, application_id, kind, anchor, name, name_key, attributes, revision,
       state, identity_id, join_revision)
     select md5('a ' || p)::uuid, $1, 'user', p, p, p, json_build_object('cn', p), 1, 'present',
       md5(p)::uuid, 1
     from (select $2 || n as p from generate_series(1, $3::int) n) people`,
    [company.directory.id, name, size]);
  await world.rows(
    `insert into identity_view (id, kind, attributes, classification, revision, state)
     select md5(p)::uuid, 'user', json_build_object('number', p), 0, 1, 'active'
     from (select $1 || n as p from generate_series(1, $2::int) n) people`, [name, size]);
  await company.tellGroups(name);
  await settle();
  await world.rows(
    `insert into member (group_account, member, application_id, member_key, member_account, ours)
     select $1, a.name, a.application_id, a.name_key, a.id, true
     from account a where a.application_id = $2 and a.name ~ ('^' || $3::text || '[0-9]')`,
    [await accountOf(name), company.directory.id, name]);
  await world.rows(
    `insert into membership_view (group_id, member_id, because)
     select $1, identity_id, '{rule}' from account
     where application_id = $2 and name ~ ('^' || $3::text || '[0-9]')`,
    [idOf(name), company.directory.id, name]);
  await world.rows("analyze");
}

test("a group of 100,000 with one member changed costs 100,000: not here", async () => {
  const cost: Record<string, number> = {};
  for (const [name, size] of [["few", 10], ["many", 5_000]] as const) {
    await everybody(name, size);
    const [{ id: member }] = await world.rows<{ id: string }>(
      `select identity_id as id from account where name = $1`, [`${name}7`]) as [{ id: string }];
    await company.lane.tell("vault.membership.changed", {
      runId: idOf("no run"),
      memberships: [{ groupId: idOf(name), memberId: member, present: false, because: ["rule"] }],
    });
    const { id } = await world.startRun(company.hr);
    await world.work("import", runImports);
    let read = 0;
    await world.rows(
  "update run set state = 'outbound' where id = $1", [id]);
    await world.work("outbound", (deps, task, signal) =>
      runOutbound(counting(deps, (n) => { read += n; }), task, signal));
    cost[name] = read;
    expect((await memberItems(name)).at(-1)).toMatchObject({ state: "open", after: { add: [] } });
    await company.export();
  }
  expect(cost["many"]).toBeLessThanOrEqual(cost["few"] as number + 20);
});
