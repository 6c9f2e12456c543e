import { sambaMissing, startSamba, type Samba } from "@joinery/connectors/testing";
import type { Mapper, RuleSet } from "@joinery/engine";
import { Attribute, Change, Client, InvalidCredentialsError } from "ldapts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GraphFailure } from "../support/graph.js";
import { until } from "../support/organisation.js";
import { openWorld, type World } from "../support/world.js";

/** HR makes people; a domain has their accounts and tells, as it happens, what changes there. */
const missing = sambaMissing();

const people = "OU=People,DC=corp,DC=acme,DC=test";
const teams = "OU=Teams,DC=corp,DC=acme,DC=test";
const unit = (dn: string) => `dn: ${dn}\nobjectClass: organizationalUnit\n\n`;

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });
const made = (to: string, expression: string): Mapper =>
  ({ id: `ad.${to}`, kind: "expression", expression, to, strength: "weak" });
const text = (name: string) => ({ name, type: "string" as const });

const login = "lower(ascii(split(identity.givenName, ' ')[0])) + identity.number";

const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      text("number"), text("givenName"), text("familyName"), text("department"), text("status"),
      text("phone"),
    ],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.join", match: [{ account: "number", identity: "number" }] }],
          mappers: ["number", "givenName", "familyName", "department", "status"].map((name) =>
            direct(`hr.${name}`, name, name)),
        },
      },
    },
    ad: {
      user: {
        inbound: {
          joins: [{ id: "ad.join", match: [{ account: "employeeID", identity: "number" }] }],
          mappers: [direct("ad.phone", "telephoneNumber", "phone")],
        },
        outbound: {
          provision: { id: "ad.provision", when: "identity.number != null" },
          enabled: { id: "ad.enabled", when: "identity.status == 'active'" },
          otherwise: "disable",
          mappers: [
            direct("ad.employeeID", "number", "employeeID"),
            direct("ad.department", "department", "department"),
            made("cn", "identity.givenName + ' ' + identity.familyName"),
            made("sAMAccountName", login),
            made("userPrincipalName", `${login} + '@corp.acme.test'`),
          ],
        },
      },
    },
  },
};

const first = [
  "Ada", "Ben", "Chloé", "Dev", "Eva", "Finn", "Gül", "Hana", "Ivo", "Jo", "Kai", "Lea",
];
/** Sixty people: the guard lets through what a small part of them does. */
const names = first.flatMap((name) => ["", " II", " III", " IV", " V"].map((more) => name + more));
const limit = { least: 40, most: 500, sharePercent: 100, halfPercent: 100 };
const file = (rows: readonly (readonly string[])[]) =>
  ["number,givenName,familyName,department,status", ...rows.map((row) => row.join(","))].join("\n");
const hrRows = () => names.map((name, at) => [`${100 + at}`, name, "Meyer", "Sales", "active"]);

describe.skipIf(missing !== undefined)(`HR and a domain ${missing ?? ""}`, () => {
  let samba: Samba;
  let world: World;
  let admin: Client;
  let hr: string;
  let ad: string;

  beforeAll(async () => {
    samba = await startSamba({ ldif: [people, `OU=Staff,${people}`, teams].map(unit).join("") });
    world = await openWorld();
    admin = await signedIn(samba.admin, samba.adminPassword);
    const { organisation } = world;
    await organisation.setSecret("domain", samba.adminPassword);
    await world.writeFile("hr.csv", file(hrRows()));
    hr = await organisation.addApplication({
      key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
      configuration: { path: "hr.csv", anchor: "number" },
    });
    ad = await organisation.addApplication({
      key: "ad", name: "Domain", connector: "active-directory", watched: true,
      exportPolicy: { initialPasswords: true }, limits: { update: limit, rename: limit },
      configuration: {
        url: samba.ldapsUrl, ca: samba.ca, bindDn: samba.admin, passwordSecret: "domain",
        users: { base: people }, groups: { base: teams }, mayBeEmpty: true,
        passwordMustChange: false,
      },
    });
    await organisation.publish(ruleSet);
  }, 180_000);
  afterAll(async () => {
    await admin?.unbind();
    await world?.stop();
    await samba?.stop();
  });

  async function signedIn(name: string, password: string): Promise<Client> {
    const client = new Client({ url: samba.ldapsUrl, tlsOptions: { ca: [samba.ca] } });
    await client.bind(name, password);
    return client;
  }

  async function accountsIn(): Promise<Map<string, Record<string, unknown>>> {
    const { searchEntries } = await admin.search(people, {
      filter: "(&(objectCategory=person)(objectClass=user))",
      attributes: ["cn", "sAMAccountName", "userAccountControl", "department", "employeeID"],
    });
    return new Map(searchEntries.map((entry) => [String(entry["cn"]), { ...entry }]));
  }

  interface Person {
    readonly label: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly joins: readonly {
      readonly accountId: string;
      readonly name: string;
      readonly state: string;
    }[];
  }

  async function peopleIn(): Promise<Map<string, Person>> {
    const { identities } = await world.graph.ask<{ identities: { nodes: Person[] } }>(
      `{ identities(first: 100) { nodes { label attributes
         joins { accountId name state } } } }`);
    return new Map(identities.nodes.map((each) => [String(each.attributes["number"]), each]));
  }

  const domainNameOf = (person: Person | undefined) =>
    person?.joins.find(({ name }) => name.startsWith("CN="))?.name;

  interface Run {
    readonly id: string;
    readonly reads: string;
    readonly state: string;
    readonly code: string | null;
  }

  async function runs(): Promise<readonly Run[]> {
    const { runs: found } = await world.graph.ask<{ runs: { nodes: Run[] } }>(
      `query ($id: ID!) { runs(applicationId: $id, first: 100) {
         nodes { id reads state code } } }`, { id: ad });
    return found.nodes;
  }

  test("gets an account for everybody, enabled, with a password that is shown once", async () => {
    await until(async () => (await runs()).some(({ state }) => state === "finished"),
      "the watched domain is read by itself");
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    const accounts = await accountsIn();
    expect([...accounts.keys()].sort()).toEqual(names.map((name) => `${name} Meyer`).sort());
    for (const account of accounts.values()) expect(account["userAccountControl"]).toBe("512");
    const { initialPasswords } = await world.graph.ask<{
      initialPasswords: { nodes: { accountId: string }[] };
    }>("{ initialPasswords(first: 100) { nodes { accountId } } }");
    expect(initialPasswords.nodes).toHaveLength(names.length);
    const ada = (await peopleIn()).get("100");
    const accountId = ada?.joins.find(({ name }) => name.startsWith("CN="))?.accountId ?? "";
    const take = async () => {
      const { takeInitialPassword } = await world.graph.ask<{
        takeInitialPassword: { password: string | null; errors: { code: string }[] };
      }>(`mutation ($id: ID!) { takeInitialPassword(accountId: $id) {
        password errors { code } } }`, { id: accountId });
      return takeInitialPassword;
    };
    const { password } = await take();
    const person = await signedIn("ada100@corp.acme.test", password ?? "");
    await person.unbind();
    await expect(signedIn("ada100@corp.acme.test", "another one of hers"))
      .rejects.toThrow(InvalidCredentialsError);
    expect(await take().catch((error: unknown) => error)).toMatchObject({
      password: null, errors: [{ code: "INITIAL_PASSWORD_NOT_FOUND" }],
    });
  }, 120_000);

  test("tells what changes there, and it is in the vault without anybody asking", async () => {
    // A look that is on its way already may be the one that finds it.
    const before = new Set((await runs()).flatMap(({ id, state }) =>
      (state === "finished" ? [id] : [])));
    for (const [at, name] of names.slice(0, 12).entries()) {
      const phone = new Attribute({ type: "telephoneNumber", values: [`+49 30 ${at}`] });
      await admin.modify(`CN=${name} Meyer,${people}`,
        new Change({ operation: "replace", modification: phone }));
    }
    await until(async () => {
      const known = await peopleIn();
      return names.slice(0, 12).every((_, at) =>
        known.get(`${100 + at}`)?.attributes["phone"] === `+49 30 ${at}`);
    }, "every phone number is in the vault");
    const since = (await runs()).filter(({ id }) => !before.has(id));
    expect(since.length).toBeGreaterThan(0);
    expect(new Set(since.map(({ reads }) => reads))).toEqual(new Set(["changes"]));
    const { application } = await world.graph.ask<{ application: { watchCode: string | null } }>(
      "query ($id: ID!) { application(id: $id) { watchCode } }", { id: ad });
    expect(application.watchCode).toBeNull();
  }, 120_000);

  test("loses nobody when people move and their unit is renamed", async () => {
    for (const name of names.slice(0, 8)) {
      await admin.modifyDN(`CN=${name} Meyer,${people}`, `CN=${name} Meyer,OU=Staff,${people}`);
    }
    await admin.modifyDN(`OU=Staff,${people}`, `OU=Crew,${people}`);
    await until(async () => {
      const known = await peopleIn();
      return names.slice(0, 8).every((name, at) =>
        domainNameOf(known.get(`${100 + at}`)) === `CN=${name} Meyer,OU=Crew,${people}`);
    }, "everybody is known by the new name");
    const known = await peopleIn();
    expect(known.size).toBe(names.length);
    for (const each of known.values()) {
      expect(each.joins.map(({ state }) => state)).toEqual(["present", "present"]);
    }
    expect((await runs()).every(({ code }) => code === null)).toBe(true);
  }, 120_000);

  test("disables who leaves, and is corrected where somebody there decides otherwise", async () => {
    const rows = hrRows();
    rows[0] = ["100", "Ada", "Meyer", "Sales", "left"];
    await world.writeFile("hr.csv", file(rows));
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    expect((await accountsIn()).get("Ada Meyer")?.["userAccountControl"]).toBe("514");
    const department = new Attribute({ type: "department", values: ["Elsewhere"] });
    await admin.modify(`CN=Ada II Meyer,OU=Crew,${people}`,
      new Change({ operation: "replace", modification: department }));
    await until(async () => (await accountsIn()).get("Ada II Meyer")?.["department"] === "Sales",
      "what HR says is put right");
  }, 120_000);

  test("is listened to again after it was away", async () => {
    await samba.kill();
    await until(async () => {
      const { application } = await world.graph.ask<{ application: { watchCode: string | null } }>(
        "query ($id: ID!) { application(id: $id) { watchCode } }", { id: ad });
      return application.watchCode === "CONNECTOR_UNREACHABLE";
    }, "nobody listens");
    await samba.start();
    admin = await signedIn(samba.admin, samba.adminPassword);
    const phone = new Attribute({ type: "telephoneNumber", values: ["+49 40 1"] });
    await admin.modify(`CN=Lea V Meyer,${people}`,
      new Change({ operation: "replace", modification: phone }));
    await until(async () => (await peopleIn()).get("159")?.attributes["phone"] === "+49 40 1",
      "what changed then is known");
  }, 120_000);

  test("refuses what only a person may see to whoever has not signed in", async () => {
    const nobody = new (world.graph.constructor as typeof import("../support/graph.js").Graph)(
      world.stack.url);
    await expect(nobody.ask("{ initialPasswords { nodes { accountId } } }"))
      .rejects.toBeInstanceOf(GraphFailure);
  });
});
