import type { ServiceName } from "@joinery/kit";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companyRules, peopleFile } from "../cli/company.js";
import { nothingWaits } from "../support/nothing-waits.js";
import { until } from "../support/organisation.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type World } from "../support/world.js";
import { connectHrAndCrm } from "./hr-and-crm.js";

/**
 * A service whose copies of what others own are not what they have, as after a restored backup that
 * is older than anything they still have to send: it finds out, asks for everything, and is told.
 */
describe("a service whose copies were set back", () => {
  const everybody = 60;
  const rules: RuleSet = {
    ...companyRules,
    schema: { ...companyRules.schema, group: [{ name: "name", type: "string" }] },
    groups: [{
      id: "letters", each: "take(identity.mail, 2)",
      mappers: [{ id: "letters-name", kind: "direct", from: "key", to: "name" }],
    }],
  };
  let world: World;
  let hr: string;
  let schema: string;

  beforeAll(async () => {
    world = await openWorld();
    schema = `t_${world.id}`;
    ({ hr } = await connectHrAndCrm(world, everybody, rules));
    await world.writeFile("people.csv", peopleFile(everybody, [7]));
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
  }, 180_000);
  afterAll(() => world?.stop());

  async function setBack(service: ServiceName, text: string): Promise<void> {
    await querySql(world.stack.databaseUrl, service, `set search_path = ${schema}; ${text}`);
  }

  async function copyOf(service: ServiceName, query: string): Promise<string[]> {
    const rows = await querySql<{ row: string }>(
      world.stack.databaseUrl, service,
      `select q::text as row from (${query.replaceAll("$schema", schema)}) q order by 1`);
    return rows.map(({ row }) => row);
  }

  /** Owners count what they have when their process begins, where that was a day ago. */
  async function countedAnew(): Promise<void> {
    await setBack("vault", "update replica set revision = 0 where kind = 'counted'");
    await setBack("applications", "update application set counted_at = null");
    const told = await countsTold();
    process.kill(world.stack.pids()["task"] ?? 0, "SIGKILL");
    await until(async () => (await countsTold()) === told + 3 && (await isSettled()),
      "everything was counted and compared");
  }

  async function countsTold(): Promise<number> {
    let counts = 0;
    for (const service of ["vault", "applications"] as const) {
      const [row] = await querySql<{ n: number }>(world.stack.databaseUrl, service,
        `select count(*)::int as n from joinery.outbox
         where envelope ->> 'name' like '%.counted' and sent_at is not null`);
      counts += row?.n ?? 0;
    }
    return counts;
  }

  /** Neither messages nor a snapshot that somebody asked for, nor a run that tells anew. */
  async function isSettled(): Promise<boolean> {
    const services = ["vault", "applications"] as const;
    if (!(await nothingWaits(world.stack.databaseUrl, services))) return false;
    return (await restating()).every(({ state }) => state === "finished");
  }

  async function snapshotsAsked(consumer: ServiceName): Promise<number> {
    return (await querySql(world.stack.databaseUrl, consumer,
      "select from joinery.consumer_state where snapshot_id is not null")).length;
  }

  const heldByApplications = [
    `select id, kind, attributes::jsonb, classification, revision, state
     from $schema.identity_view`,
    "select * from $schema.membership_view",
    "select id, identity_id, join_kind from $schema.account",
  ];

  test("copies that are what their owners counted are left alone", async () => {
    await countedAnew();
    expect(await snapshotsAsked("applications") + await snapshotsAsked("vault")).toBe(0);
    expect(await restating()).toEqual([]);
  }, 60_000);

  test("applications know the vault's people, groups and joins again", async () => {
    const held = () => Promise.all(
      heldByApplications.map((query) => copyOf("applications", query)));
    const before = await held();
    expect(before.map(({ length }) => length)).toEqual([everybody + 9, 59, 2 * everybody]);
    await setBack("applications", `
      delete from identity_view where kind = 'group';
      update identity_view set revision = 0, attributes = '{}' where kind = 'user';
      delete from membership_view where member_id::text < '8';
      insert into membership_view values (gen_random_uuid(), gen_random_uuid(), '{gone}');
      update account set identity_id = null, join_revision = 0 where state = 'present'`);
    await countedAnew();
    expect(await held()).toEqual(before);
    expect(await itemsOfNextRun()).toBe(0);
  }, 120_000);

  test("the vault knows every account again, by a run that reads nothing", async () => {
    const held = () => copyOf("vault",
      `select account_id, kind, anchor, name, attributes::jsonb, enabled, revision, state,
         situation, identity_id from $schema.account_view`);
    const people = () => copyOf("vault", "select id, attributes, state from $schema.identity");
    const before = { accounts: await held(), people: await people() };
    expect(before.accounts).toHaveLength(2 * everybody);
    await setBack("vault", `
      update account_view set revision = 0, attributes = '{}', name = 'old'
        where kind = 'user' and anchor > 'e-3'`);
    await countedAnew();
    expect(await restating()).toHaveLength(2);
    expect({ accounts: await held(), people: await people() }).toEqual(before);
    expect(await itemsOfNextRun()).toBe(0);
  }, 120_000);

  function restating(): Promise<{ state: string }[]> {
    return querySql(
      world.stack.databaseUrl, "applications",
      `select state from ${schema}.run where reads = 'nothing'`);
  }

  async function itemsOfNextRun(): Promise<number> {
    const run = await world.organisation.run(hr);
    expect(run).toMatchObject({ state: "finished", errors: [] });
    return run.counts["itemsQueued"] ?? 0;
  }
});
