import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { slapdMissing, startSlapd, type Slapd } from "@joinery/connectors/testing";
import type { Mapper, RuleSet } from "@joinery/engine";
import { parse } from "csv-parse/sync";
import { Client } from "ldapts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../support/world.js";

/**
 * A directory that Joinery provisioned is changed behind its back. The input is not ours (the
 * folder's README says whose): read from where it is, skipped where it is not.
 */
const folder = process.env["JOINERY_REAL_DATA"];
const missing = folder === undefined ? "JOINERY_REAL_DATA is not set" : slapdMissing();

const suffix = "dc=example,dc=com";
const people = `ou=people,${suffix}`;

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });
const made = (id: string, expression: string, to: string): Mapper => ({
  id, kind: "expression", expression, to,
});
const text = (name: string) => ({ name, type: "string" as const });

const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: ["number", "givenName", "familyName", "department", "phone", "uid"].map(text),
    group: [text("name")],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.number", match: [{ account: "empNo", identity: "number" }] }],
          mappers: [
            direct("hr.number-in", "empNo", "number"),
            direct("hr.first", "firstName", "givenName"),
            direct("hr.last", "lastName", "familyName"),
            direct("hr.department", "department", "department"),
            direct("hr.phone", "phone", "phone"),
            made("hr.uid", "lower(take(take(account.firstName, 1) + account.lastName, 8))", "uid"),
          ],
        },
      },
    },
    directory: {
      user: {
        inbound: {
          joins: [{ id: "dir.number", match: [{ account: "employeeNumber", identity: "number" }] }],
          mappers: [],
        },
        outbound: {
          provision: { id: "dir.provision", when: "true" },
          otherwise: "keep",
          mappers: [
            made("dir.dn", `rdn('uid', identity.uid) + ',${people}'`, "dn"),
            direct("dir.uid", "uid", "uid"),
            made("dir.cn", "identity.givenName + ' ' + identity.familyName", "cn"),
            direct("dir.sn", "familyName", "sn"),
            direct("dir.given", "givenName", "givenName"),
            direct("dir.number-out", "number", "employeeNumber"),
            direct("dir.phone", "phone", "telephoneNumber"),
            direct("dir.ou", "department", "ou"),
            made("dir.mail", "identity.uid + '@example.com'", "mail"),
          ],
        },
      },
    },
  },
};

type Account = Readonly<Record<string, readonly string[]>>;

describe.skipIf(missing !== undefined)(`a directory that others change ${missing ?? ""}`, () => {
  let slapd: Slapd;
  let world: World;
  let hr: string;
  let directory: string;
  let provisioned: Map<string, Account>;
  let changed: Map<string, Account>;

  beforeAll(async () => {
    const ous = ["people", "groups"].map((name) =>
      `dn: ou=${name},${suffix}\nobjectClass: organizationalUnit\nou: ${name}\n`);
    slapd = await startSlapd({ ldif: ous.join("\n") });
    world = await openWorld();
    await world.writeFile(
      "hr.csv",
      await readFile(join(folder ?? "", "hr-with-changes", "hr.csv"), "utf8"),
    );
    ({ hr, directory } = await connect(world, slapd));
  }, 120_000);
  afterAll(async () => {
    await world?.stop();
    await slapd?.stop();
  });

  test("everybody of the HR file gets an account as the file says", async () => {
    expect(await world.organisation.run(directory)).toMatchObject({ state: "finished" });
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    provisioned = await accounts(slapd);
    const rows = parse(await readFile(world.filePath("hr.csv")), { columns: true }) as Record<
      string,
      string
    >[];
    expect(provisioned.size).toBe(rows.length);
    for (const row of rows) {
      const uid = `${row["firstName"]?.slice(0, 1)}${row["lastName"]}`.toLowerCase().slice(0, 8);
      expect(provisioned.get(`uid=${uid},${people}`)).toMatchObject({
        employeeNumber: [row["empNo"]], telephoneNumber: [row["phone"]], ou: [row["department"]],
        mail: [`${uid}@example.com`],
      });
    }
  }, 120_000);

  test("an import sees exactly what the server accepted, and is held for its size", async () => {
    for (const name of ["changes", "changes-mail", "changes-phone-and-ou"]) {
      await modify(slapd, join(folder ?? "", "hr-with-changes", `${name}.ldif`));
    }
    changed = await accounts(slapd);
    const strangers = [...changed.keys()].filter((dn) => !provisioned.has(dn));
    const differing = [...provisioned].filter(([dn, before]) =>
      JSON.stringify(changed.get(dn)) !== JSON.stringify(before));
    expect(strangers).toHaveLength(3);
    expect(differing.length).toBeGreaterThan(50);
    const run = await world.organisation.run(directory);
    expect(run).toMatchObject({ state: "held", code: "GUARD_HELD" });
    expect(run.counts).toMatchObject({ new: strangers.length, changed: differing.length, gone: 0 });
    expect(await accounts(slapd)).toEqual(changed);
  }, 60_000);

  test("released by a person, strangers are reported and what we own is put right", async () => {
    const [held] = await runsOf(world, directory);
    const run = await world.organisation.releaseUntilDone(held?.id ?? "");
    expect(run).toMatchObject({ state: "finished", errors: [] });
    const after = await accounts(slapd);
    for (const [dn, before] of provisioned) expect(after.get(dn), dn).toEqual(before);
    for (const [dn, stranger] of changed) {
      if (!provisioned.has(dn)) expect(after.get(dn), dn).toEqual(stranger);
    }
    const { waitingAccounts } = await world.graph.ask<{
      waitingAccounts: { nodes: { name: string }[] };
    }>(
      `query ($id: ID!) {
        waitingAccounts(applicationId: $id, situation: "unmatched") { nodes { name } }
      }`,
      { id: directory },
    );
    expect(waitingAccounts.nodes.map(({ name }) => name).toSorted()).toEqual(
      ["apache", "midpoint", "zimbra"].map((uid) => `uid=${uid},${suffix}`),
    );
  }, 120_000);
});

async function connect(world: World, slapd: Slapd): Promise<{ hr: string; directory: string }> {
  const { organisation } = world;
  await organisation.setSecret("directory", slapd.adminPassword);
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
    configuration: { path: "hr.csv", anchor: "empNo" },
  });
  const directory = await organisation.addApplication({
    key: "directory", name: "Directory", connector: "ldap",
    configuration: {
      url: slapd.ldapsUrl, ca: slapd.ca, bindDn: slapd.adminDn, passwordSecret: "directory",
      users: { base: suffix },
    },
  });
  await organisation.publish(ruleSet);
  return { hr, directory };
}

async function accounts(slapd: Slapd): Promise<Map<string, Account>> {
  const client = new Client({ url: slapd.url });
  await client.bind(slapd.adminDn, slapd.adminPassword);
  const { searchEntries } = await client.search(suffix, {
    scope: "sub", filter: "(objectClass=inetOrgPerson)", paged: { pageSize: 500 },
    attributes: ["uid", "cn", "sn", "givenName", "employeeNumber", "telephoneNumber", "ou", "mail"],
  });
  await client.unbind();
  return new Map(searchEntries.map(({ dn, ...rest }) => [dn, toAccount(rest)]));
}

function toAccount(attributes: Record<string, unknown>): Account {
  const values = Object.entries(attributes).map(([name, value]) =>
    [name, [value].flat().map(String).toSorted()] as const);
  return Object.fromEntries(values.filter(([, list]) => list.length > 0));
}

/** Goes on past changes that the server refuses, as whoever made the input did. */
async function modify(slapd: Slapd, file: string): Promise<void> {
  const settings = [
    "-c", "-a", "-x", "-H", slapd.url, "-D", slapd.adminDn, "-w", slapd.adminPassword,
  ];
  await promisify(execFile)("ldapmodify", [...settings, "-f", file]).catch((error: unknown) => {
    const refused = /(already exists|Type or value exists|No such attribute)/i;
    if (!refused.test(String((error as { stderr?: unknown }).stderr))) throw error;
  });
}

async function runsOf(
  world: World,
  applicationId: string,
): Promise<{ id: string; state: string }[]> {
  const { application } = await world.graph.ask<{
    application: { runs: { nodes: { id: string; state: string }[] } };
  }>("query ($id: ID!) { application(id: $id) { runs(first: 1) { nodes { id state } } } }", {
    id: applicationId,
  });
  return application.runs.nodes;
}
