import { readFile } from "node:fs/promises";
import { exampleFor, HrApi } from "@joinery/connectors/testing";
import type { Mapper, RuleSet } from "@joinery/engine";
import { expect } from "vitest";
import type { Tenant, World } from "../support/world.js";

/**
 * The HR system of docs/examples over HTTP, as the example stands there, the vault, and a file that
 * a wiki reads. In an organisation of its own in a world where loopback is permitted.
 */
export async function hrApiAndWiki(world: World): Promise<void> {
  await using api = await HrApi.start();
  const tenant = await world.addOrganisation("Northwind", "owner@northwind.example");
  const { organisation } = tenant;
  for (const name of ["ann", "ben", "cas", "dan", "eve"]) hire(api, name);
  const team = api.teams.add({ label: "Sales" });
  api.members.set(team.id, new Set(["p-1", "p-2", "p-3"]));
  const hr = await connect(tenant, api);

  expect(await organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
  expect(await wikiOf(tenant)).toEqual([
    "ann,Ann Sales,ann@example.com", "ben,Ben Sales,ben@example.com",
    "cas,Cas Sales,cas@example.com",
    "dan,Dan Sales,dan@example.com", "eve,Eve Sales,eve@example.com",
  ]);
  expect(await membersIn(tenant)).toEqual({ Sales: ["Ann Sales", "Ben Sales", "Cas Sales"] });

  const asked = api.seen.length;
  const ann = api.people.find("p-1");
  api.people.save({ ...ann, id: "p-1", name: { given: "Anna", family: "Sales" } });
  hire(api, "fay");
  expect(await changesOf(tenant, hr)).toMatchObject({ state: "finished", errors: [] });
  const wiki = await wikiOf(tenant);
  expect([wiki.at(0), wiki.at(-1)])
    .toEqual(["ann,Anna Sales,ann@example.com", "fay,Fay Sales,fay@example.com"]);
  // What did not change was not listed again.
  expect(api.seen.slice(asked).filter(({ path, query }) =>
    path === "/api/people" && !query.has("login"))).toEqual([]);

  // The token that everything is asked with ends: another is asked for, and nobody notices.
  api.revoke();
  expect(await organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
  expect(await wikiOf(tenant)).toEqual(wiki);
  expect(api.tokens).toBeGreaterThan(1);
}

function hire(api: HrApi, login: string): void {
  const given = `${login.slice(0, 1).toUpperCase()}${login.slice(1)}`;
  api.people.add({
    account: { login, status: "active" }, name: { given, family: "Sales" },
    contact: { emails: [{ address: `${login}@example.com` }] }, badge: 1,
  });
}

/** As docs/examples/README.md says; the secret is what the example names. */
async function connect({ organisation, writeFile }: Tenant, api: HrApi): Promise<string> {
  await organisation.setSecret("hr-client", "s3cret&=+ é");
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "http-json", authoritativeFor: ["user", "group"],
    configuration: await exampleFor("hr-rest-api", api.origin),
  });
  await writeFile("wiki.csv", "login,name,mail\n");
  const wiki = await organisation.addApplication({
    key: "wiki", name: "Wiki", connector: "csv",
    configuration: { path: "wiki.csv", anchor: "login", mayBeEmpty: true },
  });
  await organisation.publish(ruleSet);
  expect(await organisation.run(wiki)).toMatchObject({ state: "finished" });
  return hr;
}

async function changesOf({ graph, organisation }: Tenant, applicationId: string) {
  const { startRun } = await graph.ask<{ startRun: { run: { id: string } } }>(
    `mutation ($id: ID!) {
      startRun(applicationId: $id, changesOnly: true) { run { id } errors { code } }
    }`, { id: applicationId });
  return organisation.ended(startRun.run.id);
}

async function wikiOf({ filePath }: Tenant): Promise<readonly string[]> {
  const text = await readFile(filePath("wiki.csv"), "utf8");
  return text.trim().split("\n").slice(1).sort();
}

/** Labels of the members of each group. */
async function membersIn({ graph }: Tenant): Promise<Readonly<Record<string, readonly string[]>>> {
  const { identities } = await graph.ask<{
    identities: {
      nodes: { attributes: { label: string }; members: { nodes: { label: string }[] } }[];
    };
  }>(`{ identities(kind: "group", first: 10) {
    nodes { attributes members(first: 10) { nodes { label } } }
  } }`);
  return Object.fromEntries(identities.nodes.map(({ attributes, members }) =>
    [attributes.label, members.nodes.map((each) => each.label).sort()]));
}

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });

const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: ["login", "givenName", "familyName", "mail"].map((name) => ({ name, type: "string" })),
    group: [{ name: "label", type: "string" }],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr-login", match: [{ account: "login", identity: "login" }] }],
          mappers: [
            direct("hr-login-in", "login", "login"), direct("hr-given", "givenName", "givenName"),
            direct("hr-family", "familyName", "familyName"),
            { id: "hr-mail", kind: "expression", expression: "first(account.emails)", to: "mail" },
          ],
        },
      },
      group: {
        inbound: {
          joins: [{ id: "hr-label", match: [{ account: "label", identity: "label" }] }],
          mappers: [direct("hr-label-in", "label", "label")],
        },
      },
    },
    wiki: {
      user: {
        inbound: {
          joins: [{ id: "wiki-login", match: [{ account: "login", identity: "login" }] }],
          mappers: [],
        },
        outbound: {
          provision: { id: "wiki-all", when: "true" },
          otherwise: "keep",
          mappers: [
            direct("wiki-login-out", "login", "login"), direct("wiki-mail", "mail", "mail"),
            { id: "wiki-name", kind: "expression", to: "name",
              expression: "identity.givenName + ' ' + identity.familyName" },
          ],
        },
      },
    },
  },
};
