import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { slapdMissing, startSlapd, type Slapd } from "@joinery/connectors/testing";
import type { Mapper, RuleSet } from "@joinery/engine";
import { parse } from "csv-parse/sync";
import { Client, type Entry } from "ldapts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oneOf, readLdif } from "../support/ldif.js";
import { until } from "../support/organisation.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type World } from "../support/world.js";

/**
 * One company seen by two systems that nobody here made (the folder's README says whose). Read from
 * where it is, never copied; skipped where it is not.
 */
const folder = process.env["JOINERY_REAL_DATA"];
const missing = folder === undefined ? "JOINERY_REAL_DATA is not set" : slapdMissing();

const suffix = "dc=example,dc=com";
const users = `ou=users,${suffix}`;
const dummy = "cn=dummy,o=whatever";
const first = "identity.status == 'In' || identity.status == 'Long-term leave'";

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });
const text = (name: string) => ({ name, type: "string" as const });

const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      text("employeeNumber"), text("givenName"), text("familyName"), text("title"), text("city"),
      text("status"), text("login"),
    ],
    group: [text("name")],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.number", match: [{ account: "empnum", identity: "employeeNumber" }] }],
          mappers: [
            direct("hr.empnum", "empnum", "employeeNumber"),
            direct("hr.first", "firstname", "givenName"),
            direct("hr.last", "surname", "familyName"),
            direct("hr.status", "status", "status"),
            direct("hr.city", "locality", "city"),
            {
              id: "hr.title", kind: "expression", to: "title",
              expression: "split(account.job, '#')[1]",
            },
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
          mappers: [direct("dir.login", "uid", "login")],
          precedence: 200,
        },
        outbound: {
          provision: { id: "dir.provision", when: first },
          enabled: { id: "dir.enabled", when: first },
          otherwise: "disable",
          mappers: [
            direct("dir.title", "title", "title"),
            direct("dir.l", "city", "l"),
            // What the directory calls its people stays; only who is new gets a name from us.
            ...["cn", "sn", "givenName", "employeeNumber", "uid"].map(named),
          ],
        },
      },
      group: {
        inbound: {
          joins: [{ id: "dir.group", match: [{ account: "cn", identity: "name" }] }],
          mappers: [direct("dir.group-name", "cn", "name")],
        },
      },
    },
  },
};

function named(to: string): Mapper {
  const expressions: Record<string, string> = {
    cn: "identity.givenName + ' ' + identity.familyName",
    sn: "identity.familyName",
    givenName: "identity.givenName",
    employeeNumber: "identity.employeeNumber",
    uid: "lower(ascii(take(identity.givenName, 1) + identity.familyName))",
  };
  const expression = expressions[to] ?? "''";
  return { id: `dir.new-${to}`, kind: "expression", expression, to, strength: "weak" };
}

describe.skipIf(missing !== undefined)(`a company's HR and directory ${missing ?? ""}`, () => {
  let slapd: Slapd;
  let world: World;
  let hr: string;
  let directory: string;
  let hrRows: Record<string, string>[];
  let before: Map<string, Entry>;

  beforeAll(async () => {
    const read = (name: string) => readFile(join(folder ?? "", "hr-and-directory", name), "utf8");
    const parts = ["100-baseEntry.ldif", "105-ldap-people.ldif", "110-ldap-people-system.ldif"];
    const dn = `ou=Administrators,${suffix}`;
    const base = `dn: ${dn}\nobjectClass: organizationalUnit\nou: Administrators\n
dn: ou=groups,${suffix}\nobjectClass: organizationalUnit\nou: groups\n`;
    const ldif = [base, ...(await Promise.all([...parts, "200-groups-large.ldif"].map(read)))];
    slapd = await startSlapd({ ldif: ldif.join("\n") });
    world = await openWorld();
    const hrFile = await read("hr.csv");
    hrRows = parse(hrFile, { columns: true }) as Record<string, string>[];
    await world.writeFile("hr.csv", hrFile);
    before = await entries(slapd);
    ({ hr, directory } = await connect(world, slapd));
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    await slapd?.stop();
  });

  test("HR makes people, the directory's accounts join them, strangers are reported", async () => {
    expect(await world.organisation.run(directory)).toMatchObject({
      state: "finished",
      errors: [],
    });
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    const { identityCounts } = await world.graph.ask<{ identityCounts: { users: number } }>(
      "{ identityCounts { users groups } }",
    );
    expect(identityCounts.users).toBe(hrRows.length);
    const numbers = new Set(hrRows.map((row) => row["empnum"]));
    const strangers = [...before.values()]
      .filter((entry) => !numbers.has(String(entry["employeeNumber"] ?? "")))
      .map((entry) => String(entry["cn"]));
    expect((await waiting(world, directory)).toSorted()).toEqual(strangers.toSorted());
  }, 120_000);

  test("who has no account gets one, titles are right, nobody else is touched", async () => {
    const after = await entries(slapd);
    const byNumber = new Map(
      [...after.values()].map((entry) => [String(entry["employeeNumber"]), entry]),
    );
    for (const row of hrRows) {
      const entry = byNumber.get(row["empnum"] ?? "");
      if (row["status"] === "Former employee") {
        expect(entry, `${row["empnum"]} left and had no account`).toBeUndefined();
        continue;
      }
      expect(String(entry?.["title"])).toBe(row["job"]?.split("#")[1]);
      expect(String(entry?.["l"])).toBe(row["locality"]);
    }
    const active = hrRows.filter((row) => row["status"] !== "Former employee").length;
    const strangers = [...before.values()].filter((entry) => entry["employeeNumber"]?.length === 0);
    expect(after.size).toBe(active + strangers.length);
    for (const entry of strangers) expect(after.get(entry.dn)).toEqual(entry);
  });

  test("groups are mirrored with the members that are people", async () => {
    const ldif = await readFile(
      join(folder ?? "", "hr-and-directory", "200-groups-large.ldif"),
      "utf8",
    );
    const numbers = new Map([...before.values()].map((entry) =>
      [entry.dn.toLowerCase(), String(entry["employeeNumber"] ?? "")]));
    const people = new Set(hrRows.map((row) => row["empnum"]));
    for (const group of readLdif(ldif)) {
      const expected = (group.attributes["member"] ?? [])
        .map((dn) => numbers.get(dn.toLowerCase()) ?? "")
        .filter((number) => people.has(number));
      const found = await membersOf(world, oneOf(group, "cn"));
      expect(found.toSorted(), oneOf(group, "cn")).toEqual([...new Set(expected)].toSorted());
    }
  }, 60_000);

  test("a vault that lost who is in the groups learns it again", async () => {
    const { databaseUrl } = world.stack;
    const schema = `t_${world.id}`;
    const counts = () => querySql<{ members: number; wanted: number }>(databaseUrl, "vault",
      `select (select count(*)::int from ${schema}.account_member) as members,
         (select count(*)::int from ${schema}.membership) as wanted`);
    const [before] = await counts();
    expect(before?.wanted).toBeGreaterThan(1_000);
    await querySql(databaseUrl, "vault", `
      delete from ${schema}.account_member where member > 'cn=m';
      insert into ${schema}.account_member select group_account, 'cn=nobody', null
        from ${schema}.account_member group by 1;
      delete from ${schema}.membership where member_id::text > '8';
      select joinery.wish_for_snapshot('applications')`);
    await until(async () => JSON.stringify(await counts()) === JSON.stringify([before]),
      "everybody is in their groups again");
    const open = `select from ${schema}.run where reads = 'nothing' and state <> 'finished'`;
    await until(async () => (await querySql(databaseUrl, "applications", open)).length === 0,
      "the runs that tell come to their end");
  }, 90_000);

  test("whoever leaves is disabled, and a second run writes nothing", async () => {
    const leaving = hrRows.find((row) => row["status"] === "In" && row["empnum"] !== "1001");
    const rows = hrRows.map((row) => row === leaving ? { ...row, status: "Former employee" } : row);
    await world.writeFile("hr.csv", toCsv(rows));
    const run = await world.organisation.run(hr);
    expect(run).toMatchObject({ state: "finished", errors: [] });
    const after = await entries(slapd);
    const entry = [...after.values()].find(
      (each) => each["employeeNumber"] === leaving?.["empnum"],
    );
    expect(entry?.["employeeType"]).toBe("disabled");
    expect([...after.values()].filter((each) => each["employeeType"] === "disabled")).toHaveLength(
      1,
    );
    const again = await world.organisation.run(hr);
    expect(again.counts["itemsQueued"] ?? 0).toBe(0);
    expect(await entries(slapd)).toEqual(after);
  }, 60_000);
});

async function connect(world: World, slapd: Slapd): Promise<{ hr: string; directory: string }> {
  const { organisation } = world;
  await organisation.setSecret("directory", slapd.adminPassword);
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
    configuration: { path: "hr.csv", anchor: "empnum" },
  });
  const directory = await organisation.addApplication({
    key: "directory", name: "Directory", connector: "ldap", authoritativeFor: ["group"],
    configuration: {
      url: slapd.ldapsUrl, ca: slapd.ca, bindDn: slapd.adminDn, passwordSecret: "directory",
      users: {
        base: users, rdnAttribute: "cn",
        enabledBy: { attribute: "employeeType", enabledValue: null, disabledValue: "disabled" },
      },
      groups: { base: suffix, placeholderMember: dummy },
    },
  });
  await organisation.publish(ruleSet);
  return { hr, directory };
}

const shown = ["cn", "sn", "givenName", "employeeNumber", "title", "l", "uid", "employeeType"];

async function entries(slapd: Slapd): Promise<Map<string, Entry>> {
  const client = new Client({ url: slapd.url });
  await client.bind(slapd.adminDn, slapd.adminPassword);
  const { searchEntries } = await client.search(users, {
    scope: "one", filter: "(objectClass=inetOrgPerson)", attributes: shown,
  });
  await client.unbind();
  return new Map(searchEntries.map((entry) => [entry.dn, entry]));
}

/** Names of accounts that are nobody's. */
async function waiting(world: World, applicationId: string): Promise<string[]> {
  const { waitingAccounts } = await world.graph.ask<{
    waitingAccounts: { nodes: { name: string }[] };
  }>(
    `query ($id: ID!) {
      waitingAccounts(applicationId: $id, situation: "unmatched", first: 500) { nodes { name } }
    }`,
    { id: applicationId },
  );
  return waitingAccounts.nodes.map(({ name }) => /^cn=([^,]+),/i.exec(name)?.[1] ?? name);
}

/** Employee numbers of the members of a group of the vault. */
async function membersOf(world: World, name: string): Promise<string[]> {
  const { identities } = await world.graph.ask<{
    identities: { nodes: { label: string; members: { nodes: { id: string }[] } }[] };
  }>(
    `query ($name: String!) {
      identities(kind: "group", search: $name, first: 500) {
        nodes { label members(first: 500) { nodes { id } } }
      }
    }`,
    { name },
  );
  const group = identities.nodes.find(({ label }) => label === name);
  const ids = group?.members.nodes.map(({ id }) => id) ?? [];
  const found = await Promise.all(ids.map((id) =>
    world.graph.ask<{ identity: { attributes: Record<string, string> } }>(
      "query ($id: ID!) { identity(id: $id) { attributes } }", { id },
    )));
  return found.map(({ identity }) => identity.attributes["employeeNumber"] ?? "");
}

function toCsv(rows: readonly Record<string, string>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (cells: readonly string[]) =>
    cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
  return (
    [line(names), ...rows.map((row) => line(names.map((name) => row[name] ?? "")))].join("\n") +
    "\n"
  );
}
