import { expect, test } from "vitest";
import { scriptedWebServer } from "../http/scripted-web-server.fixture.js";
import { readAll } from "../testing/read-all.js";
import { connectJson } from "./hr-api.fixture.js";
import { json, people, settingsFor } from "./lists.fixture.js";

/** Addresses that lead out of the settings', or seem to lead in. `{host}` is the server's own. */
const outside: readonly string[] = [
  "http://127.0.0.2/people?page=2", "https://hr.example.org/people", "//127.0.0.2/people",
  "http://me:pass@{host}/api/people", "http://me@{host}/api/people", "http://:x@{host}/api/people",
  "http://{host}@127.0.0.2/api/people", "http://{host}:80@127.0.0.2/api/people",
  "http://{host}%40127.0.0.2/api/people", "http://{host}.127.0.0.2.nip.io/api/people",
  "http://127.0.0.2#{host}/api/people", "http://127.0.0.2?{host}/api/people",
  "http://127.0.0.2\\@{host}/api/people", "http:\\\\127.0.0.2\\api\\people",
  "\\\\127.0.0.2\\api", "/\\127.0.0.2/api/people", "\\/127.0.0.2/api", "///127.0.0.2/api/people",
  "http:///127.0.0.2/api/people", "\thttp://127.0.0.2/api/people", "ht\ntp://127.0.0.2/api/people",
  "http://127.0.0.2\t/api/people", " //127.0.0.2/api/people", "//{host}:1/api/people",
  "http://{host}/other", "/other", "../other", "../../etc/passwd", "/api/../other", "/api/./../x",
  "/api/%2e%2e/other", "/api/.%2e/other", "/api/%2E./other", "\\..\\other", "/api\\..\\other",
  "/apiother", "/API/people", "/", "/api", "//", "http://{host}", "https://{host}/api/people",
  "ftp://{host}/api/people", "ws://{host}/api/people", "file:///etc/passwd", "file://{host}/api/x",
  "gopher://x/", "dict://127.0.0.1:11211/", "ldap://127.0.0.1/", "data:application/json,{}",
  "javascript:alert(1)", "blob:http://{host}/api/x", "about:blank", "http://", "http://:80/",
  "http://[::1]/api/people", "http://[::ffff:127.0.0.2]/api/people", "http://[::]/api/people",
  "http://0.0.0.0/api/people", "http://0/api/people", "http://2130706433/api/people",
  "http://0x7f000001/api/people", "http://0177.0.0.1/api/people", "http://127.1:80/api/people",
  "http://169.254.169.254/latest", "http://metadata.google.internal/",
  "http://localhost/api/people",
  "http://\u2460\u2461\u2466.0.0.2/api/people", "http://127\u30020\u30020\u30022/api/people",
];

test("there are enough addresses outside, each once", () => {
  expect(new Set(outside).size).toBe(outside.length);
  expect(outside.length).toBeGreaterThanOrEqual(60);
});

test.each(outside)("a next page at %j is not asked for", async (link) => {
  await using server = await scriptedWebServer(({ headers }) => ({
    headers: json,
    body: { data: people(1), next: link.replace("{host}", headers.host ?? "") },
  }));
  const { origin } = new URL(server.url);
  const connector = await connectJson(settingsFor(`${origin}/api`, "nextLink"));
  expect((await readAll(connector)).error).toMatchObject({
    kind: "stop", code: "SOURCE_UNREADABLE",
  });
  expect(server.seen.map(({ path }) => path)).toEqual(["/api/people"]);
  await connector.close();
});
