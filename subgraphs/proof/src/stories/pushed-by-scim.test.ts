import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine } from "../cli/command-line.js";
import { until } from "../support/organisation.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type Tenant, type World } from "../support/world.js";
import { hrApiAndWiki } from "./hr-api-and-wiki.js";
import { markRows, writtenSince } from "../support/written-rows.js";

const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const patchUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Somebody's provisioning, with a token of its own. */
interface Client {
  readonly id: string;
  readonly token: string;
  ask(method: string, path: string, body?: object): Promise<Answer>;
}

/** People come over HTTP: another identity provider pushes them, an HR system is asked. */
describe("people who come over HTTP", { timeout: 180_000 }, () => {
  let world: World;
  let fabrikam: Tenant;
  const okta = new Map<Tenant, string>();
  const guarded = new Map<Tenant, string>();
  const partner = new Map<Tenant, string>();

  beforeAll(async () => {
    world = await openWorld({ JOINERY_CONNECTOR_NETWORKS: "127.0.0.1" });
    fabrikam = await world.addOrganisation("Fabrikam", "owner@fabrikam.example");
    for (const tenant of [world, fabrikam]) {
      okta.set(tenant, await connect(tenant, "okta", tenant === world));
      guarded.set(tenant, await connect(tenant, "guarded", false));
      partner.set(tenant, await connect(tenant, "partner", false));
      await tenant.organisation.publish(ruleSet);
    }
  }, 240_000);
  afterAll(() => world?.stop());

  async function ask(
    token: string, method: string, path: string, body?: object,
  ): Promise<Answer> {
    const response = await fetch(`${world.stack.url}/scim/v2${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/scim+json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, body: parsed };
  }

  async function connect(tenant: Tenant, key: string, watched: boolean): Promise<string> {
    const { addApplication } = await tenant.graph.ask<{
      addApplication: { application: { id: string } | null; errors: { code: string }[] };
    }>(`mutation ($input: AddApplicationInput!) {
      addApplication(input: $input) { application { id } errors { code } }
    }`, { input: {
      key, name: key, connector: "pushed", configuration: {}, authoritativeFor: ["user"], watched,
    } });
    return addApplication.application?.id ?? addApplication.errors.join();
  }

  async function clientOf(tenant: Tenant, applicationId: string | undefined): Promise<Client> {
    const { addClient } = await tenant.graph.ask<{
      addClient: { client: { id: string } | null; token: string | null };
    }>(`mutation ($input: AddClientInput!) {
      addClient(input: $input) { client { id } token errors { code } }
    }`, { input: { name: "Okta", applicationId } });
    const token = addClient.token ?? "";
    return {
      id: addClient.client?.id ?? "", token,
      ask: (method, path, body) => ask(token, method, path, body),
    };
  }

  const userNamed = (userName: string, more: object = {}) =>
    ({ schemas: [userUrn], userName, displayName: userName, ...more });
  const namesIn = async (tenant: Tenant) => {
    const { identities } = await tenant.graph.ask<{
      identities: { nodes: { attributes: Record<string, unknown> }[] };
    }>("{ identities(first: 100) { nodes { attributes } } }");
    return identities.nodes.map(({ attributes }) => String(attributes["displayName"])).toSorted();
  };

  test("what is pushed is in the vault within seconds, and only there", async () => {
    const pusher = await clientOf(world, okta.get(world));
    const other = await clientOf(fabrikam, okta.get(fabrikam));
    for (let n = 0; n < 8; n += 1) await pusher.ask("POST", "/Users", userNamed(`first${n}`));
    const made = await pusher.ask("POST", "/Users", userNamed("ana"));
    expect(made.status).toBe(201);
    const isNamed = (name: string) => async () => (await namesIn(world)).includes(name);
    await until(isNamed("ana"), "ana is in the vault");
    const changed = await pusher.ask("PATCH", `/Users/${String(made.body["id"])}`, {
      schemas: [patchUrn], Operations: [{ op: "Replace", path: "displayName", value: "Ana S." }],
    });
    expect(changed).toMatchObject({ status: 200, body: { displayName: "Ana S." } });
    await until(isNamed("Ana S."), "her new name is in the vault");
    expect(await namesIn(fabrikam)).toEqual([]);
    expect((await other.ask("GET", "/Users")).body).toMatchObject({ totalResults: 0 });
    expect((await other.ask("GET", `/Users/${String(made.body["id"])}`)).status).toBe(404);
    expect((await other.ask("DELETE", `/Users/${String(made.body["id"])}`)).status).toBe(404);
    expect((await pusher.ask("GET", "/Users")).body).toMatchObject({ totalResults: 9 });
  });

  test("a token that is forged, revoked or of a person opens nothing", async () => {
    const pusher = await clientOf(world, await connect(world, "entra", false));
    expect((await pusher.ask("GET", "/Users")).status).toBe(200);
    const last = pusher.token.endsWith("A") ? "B" : "A";
    for (const token of ["", "x", `${pusher.token.slice(0, -1)}${last}`,
      pusher.token.replace("jnc_", "jns_"), `jnc_${"A".repeat(49)}`]) {
      expect((await ask(token, "GET", "/Users")).status).toBe(401);
    }
    await world.graph.ask(
      "mutation ($id: ID!) { revokeClient(id: $id) { errors { code } } }", { id: pusher.id });
    const revokedAt = performance.now();
    await until(async () => (await pusher.ask("GET", "/Users")).status === 401, "it is refused");
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
  });

  test("nobody's prototype is changed by what is sent", async () => {
    const pusher = await clientOf(world, await connect(world, "hostile", false));
    const raw = async (method: string, path: string, body: string) => {
      const response = await fetch(`${world.stack.url}/scim/v2${path}`, {
        method, body, headers: {
          authorization: `Bearer ${pusher.token}`, "content-type": "application/scim+json",
        },
      });
      return { status: response.status, text: await response.text() };
    };
    const polluting =
      '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}';
    const made = await raw("POST", "/Users",
      `{"schemas":["${userUrn}"],"userName":"p",${polluting},"name":{${polluting}}}`);
    expect(made.status).toBe(201);
    const { id } = JSON.parse(made.text) as { id: string };
    await raw("PATCH", `/Users/${id}`,
      `{"schemas":["${patchUrn}"],"Operations":[{"op":"add","value":{${polluting}}}]}`);
    await raw("POST", "/Users/.search", `{${polluting},"__proto__":{"count":0}}`);
    await pusher.ask("GET", "/Users?__proto__=yes&constructor=yes&__proto__[polluted]=yes");
    expect((await pusher.ask("GET", `/Users/${id}`)).body).not.toHaveProperty("polluted");
    const { body } = await pusher.ask("GET", "/ServiceProviderConfig");
    expect(JSON.stringify(body)).not.toContain("polluted");
  });

  test("a deletion of everybody is held by the guard, whatever the client was told", async () => {
    const application = guarded.get(world) ?? "";
    const pusher = await clientOf(world, application);
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const { body } = await pusher.ask("POST", "/Users", userNamed(`guarded${n}`));
      ids.push(String(body["id"]));
    }
    const group = await pusher.ask("POST", "/Groups", {
      schemas: [groupUrn], displayName: "All", members: ids.map((value) => ({ value })),
    });
    expect(group.body["members"]).toHaveLength(20);
    expect(await world.organisation.run(application)).toMatchObject({ state: "finished" });
    const before = await namesIn(world);
    for (const id of ids) expect((await pusher.ask("DELETE", `/Users/${id}`)).status).toBe(204);
    expect(await world.organisation.run(application)).toMatchObject({ state: "held" });
    expect(await namesIn(world)).toEqual(before);
  });

  test("a partner pushes 2,500 people by the graph: in the vault, once, guarded", async () => {
    const application = partner.get(world) ?? "";
    const [ours, theirs] = [await clientOf(world, application),
      await clientOf(fabrikam, partner.get(fabrikam))];
    const home = await mkdtemp(join(tmpdir(), "joinery-home-"));
    const shell = new CommandLine(world.stack.url, home, home);
    const file = join(home, "people.csv");
    const rows = Array.from({ length: 2_500 }, (_, n) => `p${n},partner${n},Partner ${n}`);
    await writeFile(file, ["externalId,userName,displayName", ...rows].join("\n"));
    const push = (client: Client, ...flags: readonly string[]) => shell.document(
      ["push", file, "--batch", "1000", ...flags], { token: client.token });
    const { databaseUrl } = world.stack;
    const inVault = async () => {
      const found = await querySql<{ n: number }>(databaseUrl, "vault", `select count(*)::int as n
        from t_${world.id}.identity
        where attributes ->> 'displayName' like 'Partner %'`);
      return found[0]?.n;
    };
    try {
      expect(await push(ours)).toMatchObject({ read: 2_500, created: 2_500, refused: 0 });
      expect(await world.organisation.run(application)).toMatchObject({ state: "finished" });
      expect(await inVault()).toBe(2_500);

      const mark = await markRows(databaseUrl);
      expect(await push(ours)).toMatchObject({ read: 2_500, unchanged: 2_500 });
      expect([...await writtenSince(mark, databaseUrl)]).toEqual([]);

      expect(await push(theirs, "--delete")).toMatchObject({ absent: 2_500, deleted: 0 });
      expect((await theirs.ask("GET", "/Users")).body).toMatchObject({ totalResults: 0 });
      expect((await ours.ask("GET", "/Users")).body).toMatchObject({ totalResults: 2_500 });

      expect(await push(ours, "--delete")).toMatchObject({ deleted: 2_500 });
      expect(await world.organisation.run(application)).toMatchObject({ state: "held" });
      expect(await inVault()).toBe(2_500);
      expect((await shell.say(["push", file], { token: `jnc_${"A".repeat(49)}` })).err)
        .toContain("CLIENT_INVALID");
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  test("people of an HR system's API come by the documents' example, and go to a file", () =>
    hrApiAndWiki(world));

  test("a client is made, listed and revoked on the command line", async () => {
    const home = await mkdtemp(join(tmpdir(), "joinery-home-"));
    const shell = new CommandLine(world.stack.url, home, home);
    try {
      const { ownerEmail, ownerPassword } = world.stack;
      await shell.say(["sign-in", "--email", ownerEmail, "--password-stdin"],
        { stdin: `${ownerPassword}\n` });
      await shell.document(["application", "add", "cli", "--name", "CLI", "--connector", "pushed",
        "--authoritative-for", "user"]);
      const made = await shell.document(
        ["client", "add", "Entra", "--application", "cli", "--days", "30"]) as {
        client: { id: string }; token: string;
      };
      expect((await ask(made.token, "GET", "/Users")).status).toBe(200);
      const { out } = await shell.say(["client", "list"]);
      expect(out).toContain(`${made.token.slice(0, 12)}…`);
      expect(out).not.toContain(made.token.slice(12));
      await shell.document(["client", "revoke", made.client.id, "--yes"]);
      expect((await shell.say(["client", "list"])).out).toContain("revoked");
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});

/** Whoever is pushed is a person, called as the client says. */
function inboundOf(key: string) {
  return {
    user: {
      inbound: {
        precedence: 10,
        joins: [{ id: `${key}-anchor`, match: [{ account: "$anchor", identity: "number" }] }],
        mappers: [
          { id: `${key}-number-in`, kind: "direct" as const, from: "$anchor", to: "number" },
          { id: `${key}-name-in`, kind: "direct" as const, from: "displayName",
            to: "displayName" },
        ],
      },
    },
  };
}

const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "number", type: "string", required: true },
      { name: "displayName", type: "string" },
    ],
  },
  applications: {
    okta: inboundOf("okta"), guarded: inboundOf("guarded"), partner: inboundOf("partner"),
  },
};
