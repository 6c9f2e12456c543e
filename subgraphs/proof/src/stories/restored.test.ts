import { readFile } from "node:fs/promises";
import { databaseOf } from "@joinery/kit";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companyRules, peopleFile } from "../cli/company.js";
import { nothingWaits } from "../support/nothing-waits.js";
import { until } from "../support/organisation.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type World } from "../support/world.js";
import { connectHrAndCrm } from "./hr-and-crm.js";

/**
 * The vault's database is an older one: what it told since was heard by everybody else, and what it
 * was told since is not in it any more.
 */
describe("a vault that was restored from a backup", () => {
  let world: World;
  let hr: string;

  beforeAll(async () => {
    world = await openWorld();
    ({ hr } = await connectHrAndCrm(world, 40, companyRules));
    // A template takes everything but who may connect, which a backup would hold too.
    world = await world.restart(withAdmin(`create database backup template ${vault}`,
      `update pg_database b set datacl = v.datacl, datdba = v.datdba from pg_database v
       where b.datname = 'backup' and v.datname = '${vault}'`));
    await world.writeFile("people.csv", renamed(peopleFile(42, [9]), 3, "Changed"));
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    world = await world.restart(
      withAdmin(`drop database ${vault}`, `alter database backup rename to ${vault}`), ["vault"]);
    await until(isSettled, "everybody holds what they should");
  }, 240_000);
  afterAll(() => world?.stop());

  const vault = databaseOf("vault");
  const renamed = (file: string, n: number, name: string) => file.replace(`Given${n},`, `${name},`);
  const crm = async () =>
    (await readFile(world.filePath("crm.csv"), "utf8")).trim().split(/\r?\n/).sort();

  function withAdmin(...statements: string[]): (url: string) => Promise<void> {
    return async (url) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    };
  }

  async function isSettled(): Promise<boolean> {
    const services = ["vault", "applications", "rules", "audit"] as const;
    if (!(await nothingWaits(world.stack.databaseUrl, services))) return false;
    const open = await querySql(world.stack.databaseUrl, "applications",
      `select from t_${world.id}.run where state not in ('finished', 'failed', 'discarded')`);
    return open.length === 0;
  }

  async function people(): Promise<{ active: string[]; gone: number }> {
    const rows = await querySql<{ name: string; state: string }>(world.stack.databaseUrl, "vault",
      `select attributes ->> 'displayName' as name, state from t_${world.id}.identity`);
    const active = rows.filter(({ state }) => state === "active").map(({ name }) => name);
    return { active: active.sort(), gone: rows.length - active.length };
  }

  test("knows again what it had decided since, and no target goes back", async () => {
    const { active, gone } = await people();
    expect([active.length, gone]).toEqual([41, 1]);
    expect(active).toContain("Changed Family3");
    const before = await crm();
    expect(before).toHaveLength(42);
    const run = await world.organisation.run(hr);
    expect(run).toMatchObject({ state: "finished", errors: [] });
    expect(run.counts["itemsQueued"] ?? 0).toBe(0);
    expect(await crm()).toEqual(before);
  }, 60_000);

  test("is heard by everybody: what changes now arrives", async () => {
    await world.writeFile("people.csv",
      renamed(renamed(peopleFile(42, [9]), 3, "Again"), 5, "Anew"));
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    const rows = await crm();
    expect(rows.filter((row) => /Again Family3|Anew Family5/.test(row))).toHaveLength(2);
  }, 60_000);
});
