import { PassThrough } from "node:stream";
import { createLog, JoineryError, newTenantId, type PushClient } from "@joinery/kit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startSmallEdge, type SmallEdge } from "../testing/small-edge.js";
import { pushLimits } from "./push-clients.js";

const lines: Buffer[] = [];
let edge: SmallEdge;
let nth = 0;

beforeAll(async () => {
  const sink = new PassThrough().on("data", (line: Buffer) => lines.push(line));
  const log = createLog({ level: "debug", service: "gateway", role: "test" }, sink);
  edge = await startSmallEdge("local", { log });
});
afterAll(async () => edge.stop());
afterEach(() => {
  edge.answer = null;
  edge.breakSessions(null);
});

/** A client with a token of its own. */
function newClient(): string {
  nth += 1;
  const token = `jnc_${String(nth).padStart(49, "0")}`;
  const client: PushClient = {
    id: `c${nth}`, name: "Okta", tenant: newTenantId(), applicationId: "a",
  };
  edge.clients.set(token, client);
  return token;
}

async function ask(path: string, init: RequestInit = {}, token: string | null = newClient()) {
  const response = await fetch(`${edge.url}/scim/v2${path}`, {
    ...init,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string>),
    },
  });
  const text = await response.text();
  const body = text === "" ? null : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}
const scimJson = { "content-type": "application/scim+json" };

test("7644 §3.1 a request reaches applications as it is, its answer the client", async () => {
  const { status, headers, body } = await ask("/users/a%2Fb?filter=x%20eq%201&count=2", {
    method: "PATCH", body: '{"a":[1]}', headers: { ...scimJson, "if-match": 'W/"3"' },
  });
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
  expect(headers.get("etag")).toBe('W/"1"');
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(body).toEqual({
    method: "PATCH", path: "/users/a%2Fb",
    query: { filter: "x eq 1", count: "2" }, base: `${edge.url}/scim/v2`, ifMatch: 'W/"3"',
    body: { a: [1] },
  });
});

test("7644 §3.8 both kinds of JSON are read, others are 415", async () => {
  for (const type of ["application/scim+json", "application/json; charset=utf-8"]) {
    const init = { method: "POST", body: "{}", headers: { "content-type": type } };
    expect((await ask("/Users", init)).status).toBe(200);
  }
  for (const type of ["text/plain", "application/xml", "application/x-www-form-urlencoded"]) {
    const init = { method: "POST", body: "{}", headers: { "content-type": type } };
    expect(await ask("/Users", init)).toMatchObject({ status: 415, body: { status: "415" } });
  }
});

test("7644 §3.12 a body that is no JSON, and one that is too large", async () => {
  const post = (body: string) => ask("/Users", { method: "POST", body, headers: scimJson });
  expect(await post('{"a":')).toMatchObject({
    status: 400, body: { status: "400", scimType: "invalidSyntax" },
  });
  expect(await post(JSON.stringify({ a: "x".repeat(1_100_000) })))
    .toMatchObject({ status: 413, body: { status: "413" } });
});

test.each([
  ["none", null], ["of nobody", `jnc_${"9".repeat(49)}`], ["of a person", `jns_${"9".repeat(49)}`],
  ["malformed", "x"], ["too long", `jnc_${"9".repeat(5_000)}`],
])("7644 §2 a token that is %s is 401, and nothing is asked", async (_, token) => {
  const before = edge.forwarded.length;
  const { status, headers, body } = await ask("/Users", {}, token);
  expect(status).toBe(401);
  expect(headers.get("www-authenticate")).toBe('Bearer realm="joinery"');
  expect(body).toMatchObject({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: "401",
  });
  expect(edge.forwarded).toHaveLength(before);
});

test("a token that nobody can check is 503, and so is an application that is away", async () => {
  edge.breakSessions(new JoineryError("SERVICE_UNREACHABLE", "away"));
  expect((await ask("/Users")).status).toBe(503);
  edge.breakSessions(null);
  edge.answer = () => Promise.reject(new JoineryError("SERVICE_UNREACHABLE", "away"));
  expect(await ask("/Users")).toMatchObject({ status: 503, body: { status: "503" } });
});

test("what is broken with us says nothing of it", async () => {
  edge.answer = () => Promise.reject(new Error("relation pushed_object does not exist"));
  const { status, body } = await ask("/Users");
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain("pushed_object");
});

test("one client has so many requests at once, and then the others go on", async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => { release = resolve; });
  edge.answer = async () => {
    await gate;
    return { status: 204, headers: {}, body: null };
  };
  const token = newClient();
  const under = Array.from({ length: pushLimits.requestsAtOnce }, () => ask("/Users", {}, token));
  await expect.poll(() => edge.forwarded.length).toBeGreaterThanOrEqual(pushLimits.requestsAtOnce);
  const { status, headers } = await ask("/Users", {}, token);
  expect(status).toBe(429);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  release();
  for (const each of await Promise.all(under)) expect(each.status).toBe(204);
  expect((await ask("/Users", {}, token)).status).toBe(204);
  edge.answer = null;
});

test("who hangs up frees the place", async () => {
  edge.answer = () => new Promise(() => undefined);
  const token = newClient();
  const hangUp = new AbortController();
  const before = edge.forwarded.length;
  const under = Array.from({ length: pushLimits.requestsAtOnce }, () =>
    ask("/Users", { signal: hangUp.signal }, token).catch(() => null));
  await expect.poll(() => edge.forwarded.length - before).toBe(pushLimits.requestsAtOnce);
  hangUp.abort();
  await Promise.all(under);
  edge.answer = null;
  await expect.poll(async () => (await ask("/Users", {}, token)).status).toBe(200);
});

test("nothing of a request is logged, nor its token", async () => {
  const token = newClient();
  edge.answer = () => Promise.reject(new Error("broken"));
  await ask("/Users?filter=canary", {
    method: "POST", body: '{"userName":"canary"}', headers: scimJson,
  }, token);
  const logged = Buffer.concat(lines).toString();
  expect(logged).toContain("a SCIM request failed");
  expect(logged).not.toContain("canary");
  expect(logged).not.toContain(token.slice(4));
});

test("tries without a token that holds have a bound for each address", async () => {
  const tries = await Promise.all(Array.from({ length: pushLimits.refusalsPerMinute + 5 }, () =>
    ask("/Users", {}, null)));
  expect(tries.map(({ status }) => status)).toContain(429);
  expect((await ask("/Users")).status).toBe(200);
});
