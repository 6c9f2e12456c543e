import { describe, expect, test } from "vitest";
import * as z from "zod";
import { reachOf } from "../reach/reach.js";
import { HttpClient } from "./http-client.js";
import { httpSettings } from "./http-configuration.js";
import { scriptedWebServer } from "./scripted-web-server.fixture.js";

const signal = new AbortController().signal;

function open(url: string, authentication: object): Promise<HttpClient> {
  const settings = z.strictObject(httpSettings).parse({
    url, allowPlain: true, authentication, retries: { max: 0 },
  });
  return HttpClient.open(settings, {
    filesRoot: "/nowhere", reach: reachOf(["127.0.0.1"]),
    secret: () => Promise.resolve({ use: (read) => read("s3cret") }),
  });
}

describe.each([300, 301, 302, 303, 307, 308])("a redirect (%i)", (status) => {
  test("is followed nowhere, neither from the system nor from where tokens come from", async () => {
    await using inner = await scriptedWebServer(() => ({ body: {} }));
    const targets = [inner.url, "http://169.254.169.254/", "//localhost/", "file:///etc/passwd"];
    for (const location of targets) {
      await using outer = await scriptedWebServer(() => ({
        status, headers: { location, refresh: `0; url=${location}` }, body: {},
      }));
      const bearer = await open(outer.url, { kind: "bearer", tokenSecret: "x" });
      await expect(bearer.send({ method: "GET", path: ["Users"] }, signal)).rejects
        .toMatchObject({ kind: "stop", code: "SOURCE_UNREADABLE" });
      await bearer.close();
      const asking = await open(outer.url, {
        kind: "oauth2", tokenUrl: `${outer.url}/token`, clientId: "us", clientSecret: "x",
      });
      await expect(asking.send({ method: "GET", path: ["Users"] }, signal)).rejects
        .toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
      await asking.close();
      expect(outer.seen).toHaveLength(2);
    }
    expect(inner.seen).toHaveLength(0);
  });
});

test("where tokens come from is held to the same addresses", async () => {
  await using inner = await scriptedWebServer(() => ({ body: {} }));
  const elsewhere = `http://127.0.0.2:${new URL(inner.url).port}/token`;
  const client = await open(inner.url, {
    kind: "oauth2", tokenUrl: elsewhere, clientId: "us", clientSecret: "x",
  });
  await expect(client.send({ method: "GET", path: ["Users"] }, signal)).rejects
    .toMatchObject({ kind: "stop", code: "ADDRESS_DENIED" });
  expect(inner.seen).toHaveLength(0);
  await client.close();
});
