import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { JoineryClient, organisationsOf } from "./client.js";
import type { TypedDocument } from "./document.js";
import { accepted, JoineryApiError } from "./error.js";
import { setSecretDocument, viewerDocument } from "./generated/operations.js";
import { startScriptedServer, type ScriptedServer } from "./testing/scripted-server.js";

const query: TypedDocument<{ readonly n: number }, { readonly a?: number }> = {
  name: "N",
  kind: "query",
  isRepeatable: true,
  text: "query N { n }",
};
const mutation: typeof query = { ...query, kind: "mutation", isRepeatable: false };
const one = { data: { n: 1 } };
const unreachable = {
  status: 503,
  body: { errors: [{ message: "try again", extensions: { code: "SERVICE_UNREACHABLE" } }] },
};

let server: ScriptedServer;
let client: JoineryClient;

beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  client = new JoineryClient({ url: server.url, token: "jns_secret", retry: { firstWaitMs: 5 } });
});

/** The error of a request that must fail. */
async function failure(request: Promise<unknown>): Promise<JoineryApiError> {
  const error = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JoineryApiError)) throw new Error("not refused", { cause: error });
  return error;
}

describe("a request", () => {
  test("is a POST of text, name and variables to /graphql, with the session's token", async () => {
    server.script(one);
    expect(await client.request(query, { a: 2 })).toEqual({ n: 1 });
    const [sent] = server.sent;
    expect(sent).toMatchObject({
      path: "/graphql",
      body: { operationName: "N", query: query.text, variables: { a: 2 } },
    });
    expect(sent?.headers.authorization).toBe("Bearer jns_secret");
  });

  test.each(["/graphql", "/graphql/", "/?a=b#c"])("goes to the same place for %s", async (path) => {
    server.script(one);
    await new JoineryClient({ url: server.url + path }).request(query);
    expect(server.sent[0]?.path).toBe("/graphql");
    expect(server.sent[0]?.headers.authorization).toBeUndefined();
  });

  test.each(["", "joinery", "ftp://a", "https://name:hunter2@host"])(
    "is refused for the address %j, which is not repeated",
    (url) => {
      expect(() => new JoineryClient({ url })).toThrow(
        expect.objectContaining({
          code: "URL_INVALID",
          message: expect.not.stringContaining("hunter2"),
        }),
      );
    },
  );

  test("with errors throws the first code, where it was, its fields and the request", async () => {
    const body = {
      data: { n: null },
      errors: [
        { message: "no", path: ["n", 0], extensions: { code: "FORBIDDEN", permission: "a:b" } },
        { message: "nor this", extensions: { code: "SERVICE_UNREACHABLE" } },
      ],
    };
    server.script({ status: 200, body });
    const error = await failure(client.request(mutation));
    expect(error).toMatchObject({
      code: "FORBIDDEN",
      message: "no",
      path: ["n", 0],
      fields: { permission: "a:b" },
      status: 200,
      requestId: "request-1",
      data: { n: null },
    });
    expect(error.faults.map(({ code }) => code)).toEqual(["FORBIDDEN", "SERVICE_UNREACHABLE"]);
  });

  test.each(["<html>", "[]", "null", "{}", '{"data":null}'])(
    "answered with %s throws ANSWER_UNREADABLE",
    async (body) => {
      server.script({ status: 200, body });
      expect((await failure(client.request(query))).code).toBe("ANSWER_UNREADABLE");
    },
  );

  test("follows no redirection, so the token goes nowhere else", async () => {
    const elsewhere = await startScriptedServer();
    server.script({ status: 307, body: "", headers: { location: `${elsewhere.url}/graphql` } });
    expect((await failure(client.request(query))).code).toBe("REDIRECT_REFUSED");
    expect(elsewhere.sent).toEqual([]);
    await elsewhere.stop();
  });
});

describe("what may be repeated is tried again", () => {
  test("a query, after a lost connection and a service that is away", async () => {
    server.script((response) => response.destroy(), unreachable, { status: 502, body: "" }, one);
    expect(await client.request(query)).toEqual({ n: 1 });
    expect(server.sent.length).toBe(4);
  });

  test("four times and no more", async () => {
    server.script(unreachable);
    const error = await failure(client.request(query));
    expect([error.code, server.sent.length]).toEqual(["SERVICE_UNREACHABLE", 4]);
  });

  test("a query that is refused is not", async () => {
    server.script({ status: 200, body: { errors: [{ extensions: { code: "FORBIDDEN" } }] } });
    await failure(client.request(query));
    expect(server.sent.length).toBe(1);
  });

  test.each([
    ["a lost connection", (response: { destroy(): unknown }) => void response.destroy()],
    ["a service that is away", unreachable],
  ])("a mutation is not, after %s", async (_what, step) => {
    server.script(step, one);
    await failure(client.request(mutation));
    expect(server.sent.length).toBe(1);
  });

  test("a mutation that the schema calls idempotent is", async () => {
    const secret = { name: "a", createdAt: "x", updatedAt: "x" };
    server.script(unreachable, { data: { setSecret: { secret, errors: [] } } });
    const answer = await client.request(setSecretDocument, { input: { name: "a", value: "b" } });
    expect(accepted(answer.setSecret).secret).toEqual(secret);
    expect(server.sent.length).toBe(2);
  });

  test("not when the server asks for more patience than the client has", async () => {
    server.script({ status: 429, body: "", headers: { "retry-after": "60" } }, one);
    const error = await failure(client.request(query));
    expect([error.status, error.fields]).toEqual([429, { retryAfterSeconds: 60 }]);
    expect(server.sent.length).toBe(1);
  });

  test("an address that nobody listens on is named with the reason", async () => {
    const gone = await startScriptedServer();
    await gone.stop();
    const nobody = new JoineryClient({ url: gone.url, retry: { attempts: 2, firstWaitMs: 1 } });
    const error = await failure(nobody.request(query));
    expect(error).toMatchObject({ code: "NETWORK_FAILED", requestId: null, status: null });
    expect(error.message).toBe(`cannot reach ${gone.url}/graphql: ECONNREFUSED`);
  });
});

describe("a request ends", () => {
  const silence = () => undefined;

  test("when nothing answers in time", async () => {
    server.script(silence);
    const error = await failure(client.request(mutation, {}, { timeoutMs: 20 }));
    expect(error.code).toBe("REQUEST_TIMED_OUT");
  });

  test("when an answer begins and does not end in time", async () => {
    server.script((response) => response.writeHead(200).write('{"data":'));
    const error = await failure(client.request(mutation, {}, { timeoutMs: 50 }));
    expect(error.code).toBe("REQUEST_TIMED_OUT");
  });

  test("with the caller's reason, while it waits for an answer", async () => {
    server.script(silence);
    const stop = new AbortController();
    const asked = client.request(query, {}, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(asked).rejects.toThrow("enough");
  });

  test("with the caller's reason, while it waits to try again", async () => {
    server.script(unreachable);
    const slow = new JoineryClient({
      url: server.url,
      retry: { firstWaitMs: 60_000, longestWaitMs: 60_000 },
    });
    const stop = new AbortController();
    const asked = slow.request(query, {}, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(server.sent.length).toBe(1);
  });
});

describe("sign-in", () => {
  const viewer = {
    operator: { id: "1", email: "a@b", name: "A" },
    organisation: { id: "2", name: "O", slug: "o" },
    role: "OWNER",
    permissions: [],
  };
  const opened = { token: "jns_new", expiresAt: "2030-01-01T00:00:00Z", viewer, errors: [] };
  const refused = { token: null, expiresAt: null, viewer: null };
  const refusal = (code: string) => ({ code, message: "no" });

  test("opens a session that later requests use, until sign-out", async () => {
    const fresh = new JoineryClient({ url: server.url });
    server.script({ data: { signIn: opened } }, one, { data: { signOut: { ended: 1 } } }, one);
    expect(await fresh.signIn("a@b", "word", { organisation: "o" })).toMatchObject({ viewer });
    await fresh.request(query);
    expect(await fresh.signOut()).toBe(1);
    await fresh.request(query);
    expect(server.sent.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      "Bearer jns_new",
      "Bearer jns_new",
      undefined,
    ]);
  });

  test("refused for too many attempts says how long to wait, and is not tried again", async () => {
    const errors = [refusal("TOO_MANY_ATTEMPTS")];
    server.script({ data: { signIn: { ...refused, retryAfterSeconds: 7, errors } } });
    const error = await failure(client.signIn("a@b", "word"));
    expect([error.code, error.fields["retryAfterSeconds"]]).toEqual(["TOO_MANY_ATTEMPTS", 7]);
    expect(server.sent.length).toBe(1);
    expect(client.token).toBe("jns_secret");
  });

  test("of a person in several organisations tells which to choose from", async () => {
    const errors = [refusal("ORGANISATION_REQUIRED")];
    server.script({ data: { signIn: { ...refused, organisations: ["a", "b"], errors } } });
    expect(organisationsOf(await failure(client.signIn("a@b", "word")))).toEqual(["a", "b"]);
    expect(organisationsOf(new Error("another"))).toEqual([]);
  });

  test("an operation of the SDK is answered with its own type", async () => {
    server.script({ data: { viewer } });
    const answer = await client.request(viewerDocument);
    expect(answer.viewer?.organisation.slug).toBe("o");
  });
});
