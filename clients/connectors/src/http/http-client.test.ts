import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { ConnectorErrorCode } from "../connector.js";
import { makeCertificate, opensslMissing } from "../testing/server-process.js";
import { makeExpiredCertificate } from "./expired-certificate.fixture.js";
import { HttpClient } from "./http-client.js";
import { httpSettings } from "./http-configuration.js";
import { jsonOf } from "./json-answer.js";
import {
  scriptedWebServer, type ScriptedAnswer, type SeenRequest,
} from "./scripted-web-server.fixture.js";
import { reachOf } from "../reach/reach.js";

const signal = new AbortController().signal;
const schema = z.strictObject(httpSettings);
const secrets: Readonly<Record<string, string>> = { token: "t0ken", client: "s&cret=+ é%" };

async function open(settings: object): Promise<HttpClient> {
  const found = schema.parse({
    allowPlain: true, authentication: { kind: "bearer", tokenSecret: "token" },
    retries: { max: 2, waitMsMax: 500 }, ...settings,
  });
  return HttpClient.open(found, {
    filesRoot: "/nowhere", reach: reachOf(["127.0.0.0/8"]),
    secret: (name) => Promise.resolve({ use: (read) => read(secrets[name] ?? "") }),
  });
}

const get = (client: HttpClient, path: readonly string[] = ["Users"], at = signal) =>
  client.send({ method: "GET", path }, at);
const post = (client: HttpClient) => client.send({ method: "POST", path: ["Users"], body: "{}" },
  signal);
const yes: ScriptedAnswer = { body: {} };

/** Answers in turn; the last one from then on. */
function inTurn(...answers: readonly ScriptedAnswer[]): (request: SeenRequest) => ScriptedAnswer {
  let turn = 0;
  return () => {
    turn += 1;
    return answers[Math.min(turn, answers.length) - 1] ?? yes;
  };
}

describe("addresses", () => {
  test("each part of a path and each value of a query stays one", async () => {
    await using server = await scriptedWebServer(() => yes);
    const client = await open({ url: `${server.url}/` });
    await client.send({
      method: "GET", path: ["Users", "../a/b?c#d%2f&é"],
      query: { filter: 'a eq "&b=c#"', "x y": "" },
    }, signal);
    expect(server.seen[0]?.path).toBe("/scim/v2/Users/..%2Fa%2Fb%3Fc%23d%252f%26%C3%A9");
    expect([...server.seen[0]?.query ?? []]).toEqual([["filter", 'a eq "&b=c#"'], ["x y", ""]]);
    for (const part of ["", ".", "..", "\ud800"]) {
      await expect(get(client, ["Users", part])).rejects.toMatchObject({ code: "VALUE_INVALID" });
    }
    expect(server.seen).toHaveLength(1);
    await client.close();
  });
});

describe("where the server says to go on", () => {
  test("a link is followed below the address of the settings, and no other", async () => {
    await using server = await scriptedWebServer(({ query }) => (query.has("page") ? yes : {
      raw: (response) => {
        response.writeHead(200, [
          "content-type", "application/json", "link", "<a>; rel=first", "link", "<b>; rel=next",
        ]).end("{}");
      },
    }));
    const client = await open({ url: server.url });
    const first = await get(client);
    expect(first.headers.get("link")).toBe("<a>; rel=first, <b>; rel=next");
    const link = (to: string) =>
      client.send({ method: "GET", path: ["Users"], link: to }, signal);
    for (const to of ["?page=2", "Users?page=2#x", `${server.url}/Users?page=2`]) await link(to);
    expect(server.seen.map(({ path, query }) => `${path} ${String(query)}`)).toEqual([
      "/scim/v2/Users ", ...Array.from({ length: 3 }, () => "/scim/v2/Users page=2"),
    ]);
    for (const to of ["/", "../v3/Users", "https://127.0.0.1/scim/v2/Users", "//x/scim/v2/Users"]) {
      await expect(link(to)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
    }
    expect(server.seen).toHaveLength(4);
    await client.close();
  });
});

describe("a key, or nobody", () => {
  test.each([
    [{ kind: "none" }, undefined, ""],
    [{ kind: "apiKey", in: "header", name: "X-Key", keySecret: "token" }, "t0ken", ""],
    [{ kind: "apiKey", in: "query", name: "api key", keySecret: "client" }, undefined,
      "api+key=s%26cret%3D%2B+%C3%A9%25"],
  ])("%j", async (authentication, header, query) => {
    await using server = await scriptedWebServer(() => yes);
    if (query !== "") Object.assign(authentication, { name: "api-key" });
    const client = await open({ url: server.url, authentication });
    await get(client);
    expect(server.seen[0]?.headers["x-key"]).toBe(header);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
    expect(String(server.seen[0]?.query)).toBe(query.replace("api+key", "api-key"));
    await client.close();
  });
});

describe("waiting", () => {
  test("no more requests are sent in a second than the settings say", async () => {
    await using server = await scriptedWebServer(() => yes);
    const client = await open({ url: server.url, requestsPerSecond: 20 });
    const started = performance.now();
    await Promise.all(Array.from({ length: 9 }, () => get(client)));
    expect(performance.now() - started).toBeGreaterThanOrEqual(390);
    await client.close();
  });

  test("a POST that only asks is sent again, any other is not", async () => {
    await using server = await scriptedWebServer(inTurn({ status: 503, body: {} }, yes));
    const client = await open({ url: server.url });
    const ask = { method: "POST", path: ["find"], body: "{}" } as const;
    expect((await client.send({ ...ask, isRead: true }, signal)).status).toBe(200);
    server.answer = inTurn({ status: 503, body: {} }, yes);
    expect((await client.send(ask, signal)).status).toBe(503);
    await client.close();
  });

  test("a read waits as Retry-After says, in seconds or until a date, and so do all", async () => {
    for (const after of ["0.3", () => new Date(Date.now() + 1_000).toUTCString()]) {
      const header = typeof after === "string" ? after : after();
      await using server = await scriptedWebServer(inTurn(
        { status: 429, headers: { "retry-after": header }, body: {} }, yes,
      ));
      const client = await open({ url: server.url, retries: { max: 2, waitMsMax: 2_000 } });
      const started = performance.now();
      const answers = await Promise.all([get(client), get(client)]);
      const wanted = typeof after === "string" ? 290 : Date.parse(header) - Date.now() - 50;
      expect(performance.now() - started).toBeGreaterThanOrEqual(wanted);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      await client.close();
    }
  });

  test("longer than the settings allow is an error that says how long", async () => {
    await using server = await scriptedWebServer(() =>
      ({ status: 503, headers: { "retry-after": "120" }, body: {} }));
    const client = await open({ url: server.url });
    const error: unknown = await get(client).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: "retry", code: "CONNECTOR_RATE_LIMITED" });
    const { retryAfterMs } = error as { readonly retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(115_000);
    // Nobody asks again before that.
    await expect(post(client)).rejects.toMatchObject({ code: "CONNECTOR_RATE_LIMITED" });
    expect(server.seen).toHaveLength(1);
    await client.close();
  });

  test("a read is tried again, a write never", async () => {
    await using server = await scriptedWebServer(() => ({ status: 500, body: {} }));
    const client = await open({ url: server.url });
    expect((await get(client)).status).toBe(500);
    expect(server.seen).toHaveLength(3);
    expect((await post(client)).status).toBe(500);
    expect(server.seen).toHaveLength(4);
    await client.close();
  });

  test("an abort throws its reason, while waiting and while nothing comes", async () => {
    const reason = new Error("enough");
    for (const answer of [
      { raw: () => undefined }, { status: 429, headers: { "retry-after": "1" }, body: {} },
    ] as const) {
      await using server = await scriptedWebServer(() => answer);
      const client = await open({ url: server.url, retries: { max: 5, waitMsMax: 60_000 } });
      const controller = new AbortController();
      setTimeout(() => { controller.abort(reason); }, 100);
      const started = performance.now();
      await expect(get(client, ["Users"], controller.signal)).rejects.toBe(reason);
      expect(performance.now() - started).toBeLessThan(900);
      await client.close();
    }
  });
});

describe("who we are", () => {
  const oauth = (url: string, more: object = {}) => ({
    url, authentication: {
      kind: "oauth2", tokenUrl: url.replace("/scim/v2", "/token"), clientId: "me:&", scope: "a b",
      clientSecret: "client", ...more,
    },
  });
  const isToken = ({ path }: SeenRequest) => path === "/token";

  test("basic is name and password in UTF-8", async () => {
    await using server = await scriptedWebServer(() => yes);
    const authentication = { kind: "basic", user: "Zoë", passwordSecret: "client" };
    const client = await open({ url: server.url, authentication });
    await get(client);
    const [, proof = ""] = server.seen[0]?.headers.authorization?.split(" ") ?? [];
    expect(Buffer.from(proof, "base64").toString("utf8")).toBe(`Zoë:${secrets["client"] ?? ""}`);
    await client.close();
  });

  test("one token serves many requests at once, and is asked for as RFC 6749 says", async () => {
    for (const clientIn of ["header", "form"]) {
      await using server = await scriptedWebServer((request) => (isToken(request)
        ? { body: { access_token: "one", token_type: "Bearer", expires_in: 3600 } } : yes));
      const client = await open(oauth(server.url, { clientIn }));
      await Promise.all(Array.from({ length: 5 }, () => get(client)));
      const asked = server.seen.filter(isToken);
      expect(asked).toHaveLength(1);
      const form = new URLSearchParams(asked[0]?.body);
      expect([form.get("grant_type"), form.get("scope")]).toEqual(["client_credentials", "a b"]);
      const proof = asked[0]?.headers.authorization?.replace("Basic ", "") ?? "";
      const [id = "", secret = ""] = clientIn === "form"
        ? [form.get("client_id") ?? "", form.get("client_secret") ?? ""]
        : Buffer.from(proof, "base64").toString().split(":")
          .map((part) => new URLSearchParams(`x=${part}`).get("x") ?? "");
      expect([id, secret]).toEqual(["me:&", secrets["client"]]);
      const proofs = server.seen.filter((each) => !isToken(each))
        .map(({ headers }) => headers.authorization);
      expect(proofs).toEqual(Array.from({ length: 5 }, () => "Bearer one"));
      await client.close();
    }
  });

  test("a token that is refused is renewed once, for a write too; then that is it", async () => {
    let tokens = 0;
    let good = "2";
    await using server = await scriptedWebServer((request) => {
      if (isToken(request)) {
        tokens += 1;
        return { body: { access_token: `${tokens}`, token_type: "bearer", expires_in: 3600 } };
      }
      return request.headers.authorization === `Bearer ${good}` ? yes : { status: 401, body: {} };
    });
    const client = await open(oauth(server.url));
    expect((await post(client)).status).toBe(200);
    expect(tokens).toBe(2);
    good = "none";
    expect((await get(client)).status).toBe(401);
    expect(tokens).toBe(3);
    await client.close();
  });

  test("a token is asked for anew before it ends", async () => {
    let tokens = 0;
    await using server = await scriptedWebServer((request) => {
      if (!isToken(request)) return yes;
      tokens += 1;
      return { body: { access_token: "x", token_type: "bearer", expires_in: 0.4 } };
    });
    const client = await open(oauth(server.url));
    await get(client);
    await new Promise((resolve) => { setTimeout(resolve, 250); });
    await get(client);
    expect(tokens).toBe(2);
    await client.close();
  });

  test.each([
    [{ status: 400, body: { error: "invalid_client" } }, "CREDENTIALS_REJECTED"],
    [{ status: 401, body: {} }, "CREDENTIALS_REJECTED"],
    [{ status: 404, body: {} }, "MISCONFIGURED"],
    [{ status: 302, headers: { location: "/" } }, "MISCONFIGURED"],
    [{ status: 503, body: {} }, "CONNECTOR_BUSY"],
    [{ headers: { "content-type": "text/html" }, body: "<html>" }, "SOURCE_UNREADABLE"],
    [{ body: { access_token: "a\r\nb: c", token_type: "bearer" } }, "MISCONFIGURED"],
    [{ body: { access_token: "a", token_type: "mac" } }, "MISCONFIGURED"],
  ] as readonly (readonly [ScriptedAnswer, ConnectorErrorCode])[])(
    "no token to be had, %j: %s", async (answer, code) => {
      await using server = await scriptedWebServer((request) => (isToken(request) ? answer : yes));
      const client = await open({ ...oauth(server.url), retries: { max: 0 } });
      const error: unknown = await get(client).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain(secrets["client"]);
      expect(server.seen.every(isToken)).toBe(true);
      await client.close();
    },
  );
});

test("a redirect is followed nowhere, and nothing of ours goes there", async () => {
  await using other = await scriptedWebServer(() => yes);
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = await scriptedWebServer(() =>
      ({ status, headers: { location: other.url } }));
    const client = await open({ url: server.url });
    for (const send of [get, post]) {
      await expect(send(client)).rejects.toMatchObject({ kind: "stop", code: "SOURCE_UNREADABLE" });
    }
    await client.close();
  }
  expect(other.seen).toEqual([]);
});

test("what speaks no HTTP is no server, and nobody there is tried again", async () => {
  const server = createServer((socket) => { socket.resume().end("SSH-2.0-x\r\n"); });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo;
  const client = await open({ url: `http://127.0.0.1:${port}` });
  await expect(get(client)).rejects.toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
  await client.close();
  await new Promise((resolve) => { server.close(resolve); });
  const nobody = await open({ url: `http://127.0.0.1:${port}`, retries: { max: 1 } });
  await expect(get(nobody)).rejects.toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
  await nobody.close();
});

describe.skipIf(opensslMissing() !== undefined)(`certificates ${opensslMissing() ?? ""}`, () => {
  test.each([
    ["trusted", ["DNS:localhost", "IP:127.0.0.1"], undefined],
    ["nobody we trust", ["IP:127.0.0.1"], "CERTIFICATE_UNTRUSTED"],
    ["expired", [], "CERTIFICATE_UNTRUSTED"],
    ["another name", ["DNS:elsewhere.example"], "CERTIFICATE_UNTRUSTED"],
  ] as const)("a certificate: %s", async (how, names, code) => {
    const folder = await mkdtemp(join(tmpdir(), "joinery-web-"));
    try {
      if (how === "expired") await makeExpiredCertificate(folder);
      else await makeCertificate(folder, names);
      const [cert, key] = [
        await readFile(join(folder, "server.pem"), "utf8"),
        await readFile(join(folder, "server.key"), "utf8"),
      ];
      await using server = await scriptedWebServer(() => yes, { key, cert });
      const client = await open({
        url: server.url, ...(how === "nobody we trust" ? {} : { ca: cert }),
      });
      if (code === undefined) expect((await get(client)).status).toBe(200);
      else await expect(get(client)).rejects.toMatchObject({
        kind: "stop", code,
        message: expect.stringContaining(how === "expired" ? "CERT_HAS_EXPIRED" : "certificate"),
      });
      expect(server.seen).toHaveLength(code === undefined ? 1 : 0);
      await client.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

test("integers that no number holds keep their digits", () => {
  const answer = (text: string) => jsonOf({
    status: 200, headers: new Map([["content-type", "application/json"]]), body: Buffer.from(text),
  });
  expect(answer('{"a":9007199254740993,"b":[18446744073709551615],"c":1.5}'))
    .toEqual({ a: "9007199254740993", b: ["18446744073709551615"], c: 1.5 });
  expect(answer('{"a":"12345678901234567"}')).toEqual({ a: "12345678901234567" });
  expect(answer('{"a":-9007199254740993,"b":9007199254740991}'))
    .toEqual({ a: "-9007199254740993", b: 9007199254740991 });
});
