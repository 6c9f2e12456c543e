import { newTenantId } from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, startSmallEdge, toAsked, type SmallEdge } from "../testing/small-edge.js";
import { person } from "../testing/small-graph.js";
import { limits } from "./limits.js";
import { tokenCacheMs } from "./token-cache.js";

const later = () => new Date(Date.now() + 60_000).toISOString();
const token = (mark: string) => `jns_${mark.repeat(24)}`;

describe.each(["local", "http"] as const)("the edge over %s subgraphs", (how) => {
  let edge: SmallEdge;
  const signedIn = token("s");
  const actor = person(newTenantId());
  const logged: string[] = [];

  beforeAll(async () => {
    const note = (...parts: unknown[]) => void logged.push(JSON.stringify(parts));
    const log = { debug: note, info: note, warn: note, error: note, with: () => log };
    edge = await startSmallEdge(how, { log });
    edge.sessions.set(signedIn, { actor, expiresAt: later() });
  });
  afterAll(() => edge.stop());

  const asked = (query: string, options: Parameters<typeof ask>[2] = {}) =>
    ask(edge.url, query, options);

  test("whoever has no token is anonymous, and refused where a right is needed", async () => {
    expect((await asked("{ who }")).data).toEqual({ who: "anonymous" });
    expect((await asked("{ guarded }")).code).toBe("UNAUTHENTICATED");
  });

  test("a session's actor reaches the subgraph whole", async () => {
    const answer = await asked("{ who guarded }", { token: signedIn });
    expect(answer.data).toEqual({ who: actor.id, guarded: actor.id });
    expect(edge.seen.actors.at(-1)).toEqual(actor);
  });

  test.each(["jns_short", token("x"), "an.internal.token", "", "jns_'; drop table session; --"])(
    "the token %j is refused with 401, not taken for no token",
    async (bad) => {
      const answer = await asked("{ who }", { headers: { authorization: `Bearer ${bad}` } });
      expect([answer.status, answer.code]).toEqual([401, "SESSION_INVALID"]);
      expect(answer.data).toBe(undefined);
    },
  );

  test("an internal token opens nothing at the edge", async () => {
    const internal = await edge.tokens.issue("books", actor);
    const answer = await asked("{ who }", { token: internal });
    expect([answer.status, answer.code]).toEqual([401, "SESSION_INVALID"]);
  });

  test("another scheme than Bearer is a bad token", async () => {
    const answer = await asked("{ who }", { headers: { authorization: "Basic b3duZXI6cHc=" } });
    expect([answer.status, answer.code]).toEqual([401, "SESSION_INVALID"]);
  });

  test("signing in is answered in spite of a bad token, and nothing beside it", async () => {
    const credentials = '(input: { name: "ada", password: "p" })';
    const token_ = { token: token("x") };
    const answer = await asked(`mutation { signIn${credentials} }`, token_);
    expect(answer.data).toEqual({ signIn: "signed in ada" });
    expect((await asked("mutation { change }", token_)).code).toBe("SESSION_INVALID");
    expect((await asked("query signIn { who }", token_)).code).toBe("SESSION_INVALID");
    expect((await asked("mutation { signIn: change }", token_)).code).toBe("SESSION_INVALID");
    expect(edge.seen.changes).toBe(0);
  });

  test("a revoked session is dead within five seconds, an expired one at once", async () => {
    const revoked = token("r");
    edge.sessions.set(revoked, { actor, expiresAt: later() });
    expect((await asked("{ who }", { token: revoked })).status).toBe(200);
    edge.sessions.delete(revoked);
    const begun = Date.now();
    while ((await asked("{ who }", { token: revoked })).status === 200) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(tokenCacheMs).toBeLessThan(5_000);

    edge.sessions.set(token("e"), { actor, expiresAt: new Date(Date.now() - 1).toISOString() });
    expect((await asked("{ who }", { token: token("e") })).code).toBe("SESSION_INVALID");
  });

  test("a busy client costs one look-up, and an outage is remembered by nobody", async () => {
    const busy = token("b");
    edge.sessions.set(busy, { actor, expiresAt: later() });
    edge.breakSessions(new Error("crypto is away"));
    const away = await asked("{ who }", { token: busy });
    expect([away.status, away.code]).toEqual([503, "SERVICE_UNREACHABLE"]);
    expect(away.text).not.toContain("crypto is away");
    edge.breakSessions(null);
    const before = edge.lookups();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => asked("{ who }", { token: busy })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(edge.lookups() - before).toBe(1);
  });

  test("the schema is read by whoever has signed in and by nobody else", async () => {
    for (const query of [
      "{ __schema { types { name } } }",
      '{ a: __type(name: "Book") { name } }',
      "query { ...f } fragment f on Query { __schema { queryType { name } } }",
      "{ ... on Query { __schema { queryType { name } } } }",
    ]) {
      const refused = await asked(query);
      expect([refused.status, refused.code]).toEqual([403, "INTROSPECTION_REFUSED"]);
      expect((await asked(query, { token: signedIn })).errors).toEqual([]);
    }
    const named = await asked("{ __typename who }");
    expect(named.data).toEqual({ __typename: "Query", who: "anonymous" });
  });

  test("a mistyped field tells nothing of the schema", async () => {
    const answer = await asked("{ bookss(count: 1) { id } }");
    expect([answer.status, answer.code]).toEqual([400, "GRAPHQL_VALIDATION_FAILED"]);
    expect(answer.text).not.toMatch(/did you mean|"books"/i);
  });

  test("operations beyond a limit are refused before they run, and no limit is told", async () => {
    const nested = (depth: number) => `${"next { ".repeat(depth)}id${" }".repeat(depth)}`;
    const aliases = Array.from({ length: limits.aliases + 1 }, (_, n) => `a${n}: who`).join(" ");
    const directives = "@include(if: true) ".repeat(limits.directives + 1);
    const cases = [
      [`{ books(count: 1) { ${nested(limits.depth)} } }`, "QUERY_TOO_DEEP"],
      [`{ ${aliases} }`, "TOO_MANY_ALIASES"],
      [`query { ...f } fragment f on Query { ${aliases} }`, "TOO_MANY_ALIASES"],
      [`{ who ${directives} }`, "TOO_MANY_DIRECTIVES"],
      ["mutation { a: change b: change }", "MUTATION_TOO_WIDE"],
      ["mutation { ...f } fragment f on Mutation { change b: change }", "MUTATION_TOO_WIDE"],
      [`{ who ${"who ".repeat(limits.tokens)} }`, "GRAPHQL_PARSE_FAILED"],
    ] as const;
    for (const [query, code] of cases) {
      const answer = await asked(query, { token: signedIn });
      expect([answer.status, answer.errors.map(({ extensions }) => extensions["code"])]).toEqual([
        400, expect.arrayContaining([code]),
      ]);
      expect(answer.text).not.toMatch(/limit of|exceeded, found/);
    }
    expect(edge.seen.changes).toBe(0);
    const fits = await asked(`{ books(count: 1) { ${nested(limits.depth - 2)} } }`);
    expect(fits.errors).toEqual([]);
  });

  test("circular fragments are refused", async () => {
    const query = "{ books(count: 1) { ...a } } fragment a on Book { next { ...b } } " +
      "fragment b on Book { next { ...a } }";
    expect((await asked(query)).code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("an expected error keeps code, message, path and fields, and loses the rest", async () => {
    const answer = await asked('{ fails(how: "expected") }');
    expect(answer.errors).toEqual([{
      message: "the author is on leave",
      path: ["fails"],
      extensions: { code: "AUTHOR_ON_LEAVE", until: 2027 },
    }]);
  });

  test.each(["database", "bug"])("an unexpected error (%s) is logged and mute", async (kind) => {
    logged.length = 0;
    const answer = await asked(`{ fails(how: "${kind}") }`);
    expect(answer.errors).toEqual([
      { message: "internal error", path: ["fails"], extensions: { code: "INTERNAL" } },
    ]);
    expect(answer.text).not.toMatch(/planted|t_secret|stack|authors/);
    expect(logged.length).toBeGreaterThan(0);
  });

  test("a value that does not fit is never quoted, for it may be a password", async () => {
    const query = "mutation ($input: Credentials!) { signIn(input: $input) }";
    for (const input of [
      { name: "ada", password: { planted: "hunter2" } },
      { name: "ada", password: ["hunter2"] },
      { name: "ada", password: "hunter2", hours: "hunter2" },
      { password: "hunter2" },
      "hunter2",
    ]) {
      const answer = await asked(query, { variables: { input } });
      expect([answer.status, answer.code]).toEqual([400, "BAD_USER_INPUT"]);
      expect(answer.text).not.toContain("hunter2");
      expect(answer.errors[0]?.message).toContain("variable $input does not fit its type");
    }
    const input = { name: "a", password: "b", hours: "c" };
    const at = await asked(query, { variables: { input } });
    expect(at.errors[0]?.message).toContain("at input.hours");
  });

  test("an entity named many times is asked for once and appears at each place", async () => {
    edge.seen.representations.length = 0;
    const answer = await asked("{ books(count: 8) { id author { id name } } }");
    expect(edge.seen.representations.map((keys) => keys.toSorted())).toEqual([["a0", "a1", "a2"]]);
    const books = answer.data?.["books"] as { author: unknown }[] | undefined;
    const authors = (books ?? []).map(({ author }) => author);
    expect(authors[0]).toEqual({ id: "a0", name: "author a0" });
    expect(authors[3]).toEqual(authors[0]);
    expect(authors[4]).toEqual({ id: "a1", name: "author a1" });
  });

  test("every answer has an id of its own, which the subgraph was given too", async () => {
    edge.seen.requestIds.length = 0;
    const headers = { "x-joinery-request": "forged\u00e9" };
    const first = await asked("{ books(count: 0) { id } }", { headers });
    const second = await asked("{ books(count: 0) { id } }");
    const ids = [first, second].map((answer) => answer.headers.get("x-joinery-request"));
    expect(new Set(ids).size).toBe(2);
    expect(edge.seen.requestIds).toEqual(ids);
  });

  test("a subgraph is told from where somebody asks, by the connection, not by them", async () => {
    edge.seen.addresses.length = 0;
    const headers = { "x-joinery-address": "203.0.113.9", "x-forwarded-for": "203.0.113.9" };
    await asked("{ books(count: 0) { id } }", { headers });
    expect(edge.seen.addresses).toEqual(["127.0.0.1"]);
  });

  test("batches, changes by GET and what a foreign page can send are refused", async () => {
    const send = async (path: string, init: RequestInit) =>
      toAsked(await fetch(`${edge.url}${path}`, init));
    const json = { "content-type": "application/json" };
    const batch = JSON.stringify([{ query: "{ who }" }, { query: "{ who }" }]);
    const batched = await send("/graphql", { method: "POST", headers: json, body: batch });
    expect([batched.status, batched.code]).toEqual([400, "BAD_REQUEST"]);
    const byGet = await send("/graphql?query=mutation{change}", { headers: json });
    expect([byGet.status, byGet.code]).toEqual([405, "BAD_REQUEST"]);
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const body = JSON.stringify({ query: "mutation { change }" });
      const headers = { "content-type": type };
      const forged = await send("/graphql", { method: "POST", headers, body });
      expect([forged.status, forged.data]).toEqual([400, undefined]);
    }
    expect((await send("/graphql?query={who}", {})).status).toBe(400);
    expect(edge.seen.changes).toBe(0);
  });

  test("malformed JSON, a body too large and one without operation get a stable code", async () => {
    const send = async (body: string, headers: Record<string, string> = {}) =>
      toAsked(await fetch(`${edge.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      }));
    const malformed = await send('{"query": "{ who }", "secret": hunter2');
    expect([malformed.status, malformed.code]).toEqual([400, "BODY_MALFORMED"]);
    expect(malformed.text).not.toContain("hunter2");
    const large = await send(JSON.stringify({ query: `{ who } # ${"x".repeat(200_000)}` }));
    expect([large.status, large.code]).toEqual([413, "BODY_TOO_LARGE"]);
    expect([await send("{}"), await send("null"), await send('"x"')].map(({ status }) => status))
      .toEqual([400, 400, 400]);
    const encoded = await send("{}", { "content-encoding": "zstd-unknown" });
    expect([encoded.status, encoded.code]).toEqual([415, "BODY_ENCODING_UNSUPPORTED"]);
  });

  test("pages carry no script, may not be framed, and say nothing of the software", async () => {
    for (const path of ["/", "/graphql", "/healthz", "/no-such-page", "/%E0%A4%A"]) {
      const response = await fetch(`${edge.url}${path}`);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.has("x-powered-by")).toBe(false);
      expect(await response.text()).not.toMatch(/apollo|express|node_modules|at .*\.js/i);
    }
    const opened = await fetch(`${edge.url}/graphql`, { headers: { accept: "text/html" } });
    expect(opened.status).toBe(400);
    expect(await (await fetch(edge.url)).text()).toContain("identity exchange");
    expect((await fetch(`${edge.url}/no-such-page`)).status).toBe(404);
    expect(await (await fetch(`${edge.url}/readyz`)).json()).toEqual({ ready: true });
  });
});
