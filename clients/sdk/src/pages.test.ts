import { afterAll, beforeAll, expect, test } from "vitest";
import { JoineryClient } from "./client.js";
import { secretsDocument, type SecretDetailsFragment } from "./generated/operations.js";
import { eachNode } from "./pages.js";
import { startScriptedServer, type ScriptedServer } from "./testing/scripted-server.js";

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(() => server.stop());

const page = (names: readonly string[], endCursor: string | null, hasNextPage: boolean) => ({
  data: {
    secrets: { nodes: names.map((name) => ({ name })), pageInfo: { endCursor, hasNextPage } },
  },
});

function secrets(first = 50): AsyncGenerator<SecretDetailsFragment> {
  const client = new JoineryClient({ url: server.url });
  return eachNode(client, secretsDocument, { first }, (data) => data.secrets);
}

test("every node of every page comes once, in order", async () => {
  server.script(page(["a", "b"], "1", true), page([], "2", true), page(["c"], "3", false));
  const names = [];
  for await (const { name } of secrets(2)) names.push(name);
  expect(names).toEqual(["a", "b", "c"]);
  expect(server.sent.map(({ body }) => body.variables)).toEqual([
    { first: 2, after: null },
    { first: 2, after: "1" },
    { first: 2, after: "2" },
  ]);
});

test("a page is asked for only when its first node is wanted", async () => {
  server.script(page(["a", "b"], "1", true));
  for await (const { name } of secrets()) if (name === "b") break;
  expect(server.sent.length).toBe(1);
});

test.each([null, "1"])(
  "a list that does not move on (cursor %j) ends with an error",
  async (cursor) => {
    server.script(page(["a"], "1", true), page(["a"], cursor, true));
    const all = (async () => {
      for await (const _each of secrets());
    })();
    await expect(all).rejects.toMatchObject({ code: "ANSWER_UNREADABLE" });
    expect(server.sent.length).toBe(2);
  },
);
