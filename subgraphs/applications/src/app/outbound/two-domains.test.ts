import type { RuleSet } from "@joinery/engine";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Company, companyRules, idOf } from "../../testing/company.js";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";

export type { ProvidedServices };

let world: World;
let company: Company;
let east: FakeSystem;

/** A person of another domain as domains show one (MS-ADTS 6.1.1.4.10), and one by their name. */
const foreign = [
  "CN=S-1-5-21-1004336348-1177238915-682003330-1104,CN=ForeignSecurityPrincipals,DC=west",
  "CN=Ben Boyd,OU=People,DC=east",
] as const;

/** Two domains of a forest are two applications; whose title is East lives in the second alone. */
const twoDomains: RuleSet = {
  ...companyRules,
  applications: { directory: domainOf("west", "identity.title != 'East'"),
    east: domainOf("east", "true") },
};

function domainOf(name: string, when: string): RuleSet["applications"][string] {
  const { user, group } = companyRules.applications["directory"] ?? {};
  if (user?.outbound === undefined || group?.outbound === undefined) throw new Error("no rules");
  const own = (id: string) => `${name}-${id}`;
  const mappersOf = ({ mappers }: typeof user.outbound) =>
    mappers.map((mapper) => ({ ...mapper, id: own(mapper.id) }));
  return {
    user: { outbound: { ...user.outbound, mappers: mappersOf(user.outbound),
      provision: { id: own("people"), when }, enabled: { id: own("active"), when: "true" } } },
    group: { outbound: { ...group.outbound, mappers: mappersOf(group.outbound),
      // All members are ours: nothing but not being known keeps one.
      provision: { id: own("groups"), when: name === "west" ? "true" : "false" },
      memberships: "all" } },
  };
}

beforeAll(async () => {
  world = await World.open();
  company = await Company.open(world);
  const naming = { name: "cn", type: "string" as const, caseIgnore: true, naming: true };
  east = new FakeSystem([naming, "displayName", "title", { name: "manager", type: "reference" }]);
  east.schema.group = [naming];
  east.put({ anchor: "guest", name: "guest", attributes: { cn: "guest" } });
  await company.import(await world.application("east", east));
  await company.publish(twoDomains, 2);
  await company.tell({ ann: {}, ben: { title: "East" } });
  await company.tellGroups("team");
  await company.membership("team", "ann");
  await company.membership("team", "ben");
  for (let rounds = 0; rounds < 2; rounds += 1) {
    await company.run();
    await company.export();
  }
});
afterAll(async () => world.close());

const names = (system: FakeSystem) => [...system.objects.values()].map(({ name }) => name)
  .filter((name) => ["ann", "ben", "team"].includes(name)).sort();
const members = () => company.system.members.map(({ member }) => member).sort();

test("a person has an account in each domain, and both are joined to them", async () => {
  expect([names(company.system), names(east)]).toEqual([["ann", "team"], ["ann", "ben"]]);
  const joined = await world.rows(
    `select p.key, a.identity_id from account a join application p on p.id = a.application_id
     where a.name = 'ann' and a.state = 'present' and p.key <> 'hr' order by p.key`);
  expect(joined).toEqual([
    { key: "directory", identity_id: idOf("ann") }, { key: "east", identity_id: idOf("ann") }]);
});

test("a group gets the members who have accounts in its own domain, and no others", () => {
  expect(members()).toEqual(["ann"]);
});

test("members of other domains stay, though all members are ours", async () => {
  const group = company.system.members[0]?.group ?? "";
  for (const member of foreign) company.system.members.push({ group, member });
  await company.import(company.directory);
  await company.membership("team", "ann", false);
  await company.run();
  await company.export();
  expect(members()).toEqual([...foreign].sort());
  await company.membership("team", "ann");
  await company.run();
  await company.export();
  expect(members()).toEqual([...foreign, "ann"].sort());
});
