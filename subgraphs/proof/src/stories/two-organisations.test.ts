import { serviceNames, tenantSchema } from "@joinery/kit";
import type { RuleSet } from "@joinery/engine";
import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { companyRules, peopleFile } from "../cli/company.js";
import { until } from "../support/organisation.js";
import { byId, codesIn, lists, loadSchema, type Choices } from "../support/reach.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type Tenant, type World } from "../support/world.js";

const people = 12;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Two organisations with the same people, the same applications and the same rules in one
 * installation: whatever one of them asks, nothing of the other appears.
 */
describe("two organisations side by side", { timeout: 180_000 }, () => {
  let world: World;
  let contoso: Tenant;
  let fabrikam: Tenant;
  let schema: GraphQLSchema;
  let choices: ReadonlyMap<Tenant, Choices>;

  beforeAll(async () => {
    world = await openWorld();
    contoso = world;
    fabrikam = await world.addOrganisation("Fabrikam", "owner@fabrikam.example");
    schema = await loadSchema(contoso.graph);
    const both = await Promise.all([contoso, fabrikam].map(async (each) =>
      [each, await work(each)] as const));
    choices = new Map(both);
  }, 240_000);
  afterAll(() => world?.stop());

  /** Everything that the owner of an organisation can list, by what was asked. */
  async function everything(tenant: Tenant): Promise<Map<string, string>> {
    const answers = new Map<string, string>();
    for (const { name, query, variables } of lists(schema, choices.get(tenant) ?? {})) {
      answers.set(name.replaceAll(uuid, "id"), JSON.stringify(
        await tenant.graph.ask(query, variables)));
    }
    return answers;
  }

  async function idsOf(tenant: Tenant): Promise<Set<string>> {
    const answers = [...(await everything(tenant)).values()].join("\n");
    return new Set([tenant.id, ...(answers.match(uuid) ?? [])]);
  }

  /** What of `other` appears to `own`, list by list. */
  async function appears(own: Tenant, other: ReadonlySet<string>): Promise<string[]> {
    return [...(await everything(own))].flatMap(([name, answer]) =>
      [...other].some((id) => answer.includes(id)) ? [name] : []);
  }

  /** Each query that is answered otherwise than for an id that nobody has. */
  async function reached(own: Tenant, ids: Iterable<string>): Promise<string[]> {
    const found: string[] = [];
    const asked = async (id: string) => {
      const answers = new Map<string, string>();
      for (const { name, query, variables } of byId(schema, "query", id, anyChoice)) {
        const answer = JSON.stringify(await own.graph.answer(query, variables));
        answers.set(name.replace(id, "id"), answer.replaceAll(id, "id"));
      }
      return answers;
    };
    // An object's id, and an organisation's, which are formed otherwise.
    const nobodys = await asked("0198a000-0000-7000-8000-000000000009");
    const nowhere = await asked("0000000000000000");
    for (const id of ids) {
      const unknown = id.length === 16 ? nowhere : nobodys;
      for (const [name, answer] of await asked(id)) {
        if (answer !== unknown.get(name) || /FORBIDDEN/.test(answer)) found.push(`${name} ${id}`);
      }
    }
    return found;
  }

  test("each has its own of everything, and no list shows anything of the other", async () => {
    const [ours, theirs] = [await idsOf(contoso), await idsOf(fabrikam)];
    expect(ours.size).toBeGreaterThan(3 * people);
    expect(theirs.size).toBeGreaterThan(3 * people);
    expect([...ours].filter((id) => theirs.has(id))).toEqual([]);
    expect(await appears(contoso, theirs)).toEqual([]);
    expect(await appears(fabrikam, ours)).toEqual([]);
    for (const [name, answer] of await everything(contoso)) {
      expect(answer, name).not.toMatch(/fabrikam/i);
    }
  });

  test("the same look finds what an organisation may see: every list that has ids", async () => {
    const found = await appears(contoso, await idsOf(contoso));
    for (const list of ["applications", "runs", "identities", "auditEntries", "operators",
      "organisation", "viewer", "notifications",
      "waitingAccounts situation=unmatched applicationId=id"]) {
      expect(found).toContain(list);
    }
  });

  test("an id of the other is an id of nobody, whatever is asked by it", async () => {
    expect(await reached(contoso, await idsOf(fabrikam))).toEqual([]);
    expect(await reached(fabrikam, await idsOf(contoso))).toEqual([]);
  });

  test("the same question reaches what is one's own, by each query that takes an id", async () => {
    const found = await reached(contoso, await idsOf(contoso));
    const queries = new Set(found.map((each) => each.split(" ")[0]));
    const all = byId(schema, "query", "x", anyChoice).map(({ name }) => name.split(" ")[0]);
    expect(queries).toEqual(new Set(all));
  });

  test("nothing of the other is changed by its id: it is not found, and stays", async () => {
    const before = await everything(fabrikam);
    let asked = 0;
    for (const id of await idsOf(fabrikam)) {
      for (const { name, query, variables } of byId(schema, "mutation", id, ofChanges)) {
        const codes = codesIn(await contoso.graph.answer(query, variables));
        expect([codes.length, codes.join()], name).toEqual([
          1, expect.stringMatching(/_NOT_FOUND$/)]);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(9 * 3 * people);
    expect(await everything(fabrikam)).toEqual(before);
  });

  test("in the database each one's rows are in its own schemas, and nowhere else", async () => {
    const [ours, theirs] = [await idsOf(contoso), await idsOf(fabrikam)];
    for (const service of serviceNames) {
      const own = await rowsOf(service, contoso);
      const other = await rowsOf(service, fabrikam);
      expect([...theirs].filter((id) => own.includes(id)), service).toEqual([]);
      expect([...ours].filter((id) => other.includes(id)), service).toEqual([]);
      // What would be found if it were there.
      if (["applications", "vault", "audit"].includes(service)) {
        expect([...ours].filter((id) => own.includes(id)).length).toBeGreaterThan(people);
      }
    }
  });

  /** All rows of an organisation's schema in a service's database, as text. */
  async function rowsOf(service: (typeof serviceNames)[number], { id }: Tenant): Promise<string> {
    const url = world.stack.databaseUrl;
    const name = tenantSchema(id);
    const tables = await querySql<{ table: string }>(url, service,
      "select tablename as table from pg_tables where schemaname = $1", [name]);
    expect(tables.length, service).toBeGreaterThan(0);
    const texts = await Promise.all(tables.map(async ({ table }) => {
      const rows = await querySql<{ row: string }>(url, service,
        `select t::text as row from "${name}"."${table}" t`);
      return rows.map(({ row }) => row).join("\n");
    }));
    return texts.join("\n");
  }
});

/** Where a query takes one id and more, the others do not matter. */
const anyChoice: Choices = { "waitingAccounts.situation": ["unmatched"] };

/** Whatever else a change of something by its id requires. */
const ofChanges: Choices = {
  "moveFutureTask.dueAt": ["2027-06-01T00:00:00Z"],
  "pauseSchedule.direction": ["import"], "resumeSchedule.direction": ["import"],
};

/** As the company's; but whoever leaves has an account in the CRM for a month more. */
const { crm: crmRules } = companyRules.applications;
const rules: RuleSet = {
  ...companyRules,
  applications: {
    ...companyRules.applications,
    crm: { user: { ...crmRules?.user, outbound: {
      provision: { id: "crm-all", when: "true" }, mappers: [],
      ...crmRules?.user?.outbound, otherwise: "keep", deleteAfterDays: 30,
    } } },
  },
};

/**
 * People, applications, rules, a stranger whom nobody knows, a secret, somebody whose account is to
 * be deleted, and a run that is held.
 */
async function work(tenant: Tenant): Promise<Choices> {
  const { organisation } = tenant;
  await tenant.writeFile("people.csv", peopleFile(people));
  await tenant.writeFile("crm.csv", "number,name,mail\ns-1,Stranger,s@example.com\n");
  await organisation.setSecret("directory", "a secret of this organisation");
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
    configuration: { path: "people.csv", anchor: "number" },
  });
  await organisation.addConnection({
    key: "files", name: "Files", connector: "csv", configuration: { anchor: "number" },
  });
  const crm = await organisation.addApplication({
    key: "crm", name: "CRM", connector: "csv", connection: "files",
    configuration: { path: "crm.csv" },
  });
  await organisation.publish(rules);
  expect(await organisation.run(crm)).toMatchObject({ state: "finished", errors: [] });
  expect(await organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
  await tenant.writeFile("people.csv", peopleFile(people, [people]));
  expect(await organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
  await tenant.writeFile("people.csv", peopleFile(people, [1, 2, 3, 4, 5, 6, 7, 8, people]));
  expect(await organisation.run(hr)).toMatchObject({ state: "held" });
  await until(async () => {
    const { notifications } = await tenant.graph.ask<{ notifications: { nodes: unknown[] } }>(
      "{ notifications { nodes { id } } }");
    return notifications.nodes.length > 0;
  }, "somebody is told that the run is held");
  const situations = ["unmatched", "disputed", "failed"];
  return {
    "waitingAccounts.situation": situations,
    "waitingAccounts.applicationId": [hr, crm],
    "checkRuleSet.body": [{}],
  };
}
