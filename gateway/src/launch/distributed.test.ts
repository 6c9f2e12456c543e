import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  bareApp,
  InternalClient,
  InternalTokens,
  listen,
  newTenantId,
  permissions,
  silentLog,
  SubgraphServer,
  buildServiceSchema,
  internalEndpoint,
  type Actor,
  type CryptoMethods,
} from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attack } from "../testing/attack.js";
import { badTokens, claimsOf, signed } from "../testing/forged-tokens.js";
import { ask } from "../testing/small-edge.js";
import { newSeen, smallSources } from "../testing/small-graph.js";
import {
  eventually,
  isRunning,
  temporaryDataFolder,
  tokenOf,
  viewerOf,
} from "../testing/stacks.js";
import { startStack, type RunningStack } from "./start-stack.js";

const actor: Actor = {
  kind: "person", id: "0198a000-0000-7000-8000-000000000001", name: "Eve", tenant: newTenantId(),
  permissions,
};

describe("a distributed stack", { timeout: 180_000 }, () => {
  let data: Awaited<ReturnType<typeof temporaryDataFolder>>;
  let stack: RunningStack;
  let token: string;
  let key: KeyObject;
  let tokens: InternalTokens;

  beforeAll(async () => {
    data = await temporaryDataFolder();
    stack = await startStack({ dataFolder: data.folder, port: 0, topology: "distributed" });
    token = await tokenOf(stack.url, stack.ownerEmail, stack.ownerPassword);
    const keyFile = join(data.folder, "secrets/internal-key.json");
    key = createPrivateKey({ key: JSON.parse(await readFile(keyFile, "utf8")), format: "jwk" });
    tokens = new InternalTokens(key);
  }, 180_000);
  afterAll(async () => {
    await stack.stop();
    await data.remove();
  });

  test("every service and role is a process of its own, and the first owner signs in", async () => {
    const names = Object.keys(stack.pids());
    expect(names).toContain("gateway");
    for (const service of ["crypto", "vault", "applications", "rules", "audit", "notify"]) {
      expect(names).toEqual(expect.arrayContaining([`${service}-web`, `${service}-task`]));
    }
    expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
  });

  test("the gateway alone serves the portal, and signs a browser in", async () => {
    const page = await fetch(`${stack.url}/portal/`);
    const script = /src="(\/portal\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
    expect((await fetch(`${stack.url}${script}`)).status).toBe(200);
    const opened = await fetch(`${stack.url}/session`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-joinery-portal": "1" },
      body: JSON.stringify({ email: stack.ownerEmail, password: stack.ownerPassword }),
    });
    const [cookie = ""] = opened.headers.getSetCookie();
    const headers = { "x-joinery-portal": "1", cookie: cookie.split(";")[0] ?? "" };
    expect((await ask(stack.url, "{ viewer { role } }", { headers })).data)
      .toEqual({ viewer: { role: "OWNER" } });
  });

  test("a client's push goes from the gateway to applications by HTTP, and is there", async () => {
    const { data: made } = await ask(stack.url,
      `mutation ($input: AddApplicationInput!) {
         addApplication(input: $input) { application { id } errors { code } }
       }`, { token, variables: { input: {
        key: "okta", name: "Okta", connector: "pushed", configuration: {},
      } } });
    const connected = made?.["addApplication"] as { application: { id: string } } | undefined;
    const applicationId = connected?.application.id;
    const { data: added } = await ask(stack.url,
      "mutation ($input: AddClientInput!) { addClient(input: $input) { token } }",
      { token, variables: { input: { name: "Okta", applicationId } } });
    const client = (added?.["addClient"] as { token: string } | undefined)?.token;
    const scim = (path: string, init: RequestInit = {}) =>
      fetch(`${stack.url}/scim/v2${path}`, { ...init, headers: {
        authorization: `Bearer ${client}`, "content-type": "application/scim+json",
      } });
    const body = JSON.stringify({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: "ana",
    });
    expect((await scim("/Users", { method: "POST", body })).status).toBe(201);
    expect((await scim("/Users", { method: "POST", body })).status).toBe(409);
    const list = await (await scim("/Users")).json() as { totalResults: number };
    expect(list.totalResults).toBe(1);
    const stolen = await fetch(`${stack.url}/scim/v2/Users`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(stolen.status).toBe(401);
  });

  test.each(["gateway", "crypto-web", "crypto-task", "postgres"])(
    "kill -9 of %s: it is back, and the session still holds",
    async (name) => {
      const before = stack.pids()[name];
      if (before === undefined) throw new Error(`${name} does not run`);
      process.kill(before, "SIGKILL");
      await eventually(async () => {
        expect(stack.pids()[name]).not.toBe(before);
        expect(isRunning(stack.pids()[name])).toBe(true);
        expect(await viewerOf(stack.url, token)).toBe(stack.ownerEmail);
      });
    },
  );

  test("a subgraph called directly refuses whatever lacks its token, on every way", async () => {
    let tried = 0;
    for (const [service, base] of Object.entries(stack.internalUrls)) {
      const other = service === "crypto" ? "vault" : "crypto";
      const outcomes = await attack(base, badTokens(service, other, actor, key));
      expect(outcomes.filter(({ refused }) => !refused)).toEqual([]);
      tried += outcomes.length;
    }
    expect(tried).toBeGreaterThan(1_000);
  });

  test("the same attack is caught where the guard is missing", async () => {
    const open = Object.assign(Object.create(InternalTokens.prototype) as InternalTokens, {
      verify: () => Promise.resolve(actor),
    });
    const { schema } = buildServiceSchema(smallSources.books);
    const common = { service: "books", tokens: open, log: silentLog };
    const server = await SubgraphServer.start({ ...common, schema, deps: newSeen() });
    const app = bareApp()
      .use("/books", server.router())
      .use("/books", internalEndpoint("books", {}, open, silentLog));
    const listener = await listen(app, "127.0.0.1", 0);
    const base = `http://127.0.0.1:${listener.port}/books`;
    const outcomes = await attack(base, badTokens("books", "crypto", actor, key));
    await listener.close();
    await server.stop();
    expect(outcomes.filter(({ refused }) => refused)).toEqual([]);
  });

  test("with its own token a subgraph answers, so the refusals are not deafness", async () => {
    for (const service of ["crypto", "vault"] as const) {
      const base = stack.internalUrls[service] ?? "";
      const good = await tokens.issue(service, actor);
      const answer = await ask(base, "{ _service { sdl } }", { token: good });
      expect(JSON.stringify(answer.data)).toContain("type Query");
    }
    const forged = signed(claimsOf("crypto", actor), key);
    expect((await ask(stack.internalUrls.crypto ?? "", "{ __typename }", { token: forged })).data)
      .toEqual({ __typename: "Query" });
  });

  test("a person's token opens no internal method", async () => {
    const base = stack.internalUrls.crypto ?? "";
    const good = await tokens.issue("crypto", actor);
    for (const method of ["leaseKeys", "bootstrap", "resolveSession", "openSecret", "provision"]) {
      const response = await fetch(`${base}/internal/${method}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${good}` },
        body: JSON.stringify({ tenant: actor.tenant }),
      });
      expect([response.status, await response.json()]).toEqual([
        422, { code: "FORBIDDEN", message: "services only" },
      ]);
    }
  });

  test("another organisation reaches nothing of the first, by field or by entity", async () => {
    const crypto = stack.internalUrls.crypto ?? "";
    const client = new InternalClient("launcher", tokens, { crypto });
    const password = "a-long-enough-password-for-eve-17";
    await client.call<CryptoMethods, "createOrganisation">("crypto", "createOrganisation", {
      name: "Other", slug: "other",
      owner: { email: "eve@example.org", name: "Eve", password },
    });
    await client.close();
    const whole = "{ viewer { operator { id } organisation { id } } }";
    const mine = (await ask(stack.url, whole, { token })).data?.["viewer"] as {
      operator: { id: string }; organisation: { id: string };
    };
    const eve = await tokenOf(stack.url, "eve@example.org", password);
    const hers = (await ask(stack.url, whole, { token: eve })).data?.["viewer"] as typeof mine;
    expect(hers.organisation.id).not.toBe(mine.organisation.id);

    const stranger: Actor = { ...actor, id: hers.operator.id, tenant: hers.organisation.id };
    const own: Actor = { ...actor, id: mine.operator.id, tenant: mine.organisation.id };
    const query = `query ($keys: [_Any!]!) {
      _entities(representations: $keys) {
        ... on Operator { id email } ... on Organisation { id slug }
      }
    }`;
    const keys = [
      { __typename: "Operator", id: mine.operator.id },
      { __typename: "Organisation", id: mine.organisation.id },
    ];
    const entities = async (who: Actor) => {
      const internal = await tokens.issue("crypto", who);
      return ask(stack.internalUrls.crypto ?? "", query, { token: internal, variables: { keys } });
    };
    expect((await entities(stranger)).data).toEqual({ _entities: [null, null] });
    expect((await entities(own)).data).toEqual({
      _entities: [
        { id: mine.operator.id, email: stack.ownerEmail },
        { id: mine.organisation.id, slug: stack.organisation },
      ],
    });
    const everybody = "{ operators(first: 50) { nodes { email } } }";
    const listed = await ask(stack.url, everybody, { token: eve });
    expect(listed.data).toEqual({ operators: { nodes: [{ email: "eve@example.org" }] } });
  });
});
