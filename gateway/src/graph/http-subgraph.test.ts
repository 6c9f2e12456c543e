import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@joinery/kit/services";
import { afterEach, expect, test } from "vitest";
import { HttpSubgraph } from "./http-subgraph.js";

const request = (query: string) => ({
  query, operationName: undefined, variables: {}, token: "t", requestId: "r",
});

let server: Server;
let subgraph: HttpSubgraph;
afterEach(async () => {
  await subgraph.close();
  server.closeAllConnections();
  server.close();
});

/** A process that treats its nth request as `behave` says. Answers where it listens. */
async function start(behave: (nth: number) => "answer" | "break" | "page", port = 0) {
  let received = 0;
  server = createServer((incoming, response) => {
    received += 1;
    const how = behave(received);
    if (how === "break") incoming.socket.destroy();
    else response.end(how === "page" ? "<html>a proxy</html>" : '{"data":{"ok":true}}');
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, received: () => received };
}

function subgraphAt(port: number): HttpSubgraph {
  subgraph = new HttpSubgraph("small", `http://127.0.0.1:${port}/small`);
  return subgraph;
}

test("a process that is just being replaced is waited for, also by a change", async () => {
  const port = await freePort();
  const answer = subgraphAt(port).answer(request("mutation { change }"));
  await delay(120);
  const { received } = await start(() => "answer", port);
  expect(await answer).toEqual({ data: { ok: true } });
  expect(received()).toBe(1);
});

test("a query whose connection breaks off is asked once more, and not for ever", async () => {
  const { port, received } = await start((nth) => (nth === 2 ? "answer" : "break"));
  const remote = subgraphAt(port);
  const answer = () => remote.answer(request("query { a }"));
  expect(await answer()).toEqual({ data: { ok: true } });
  expect(received()).toBe(2);
  await expect(answer()).rejects.toMatchObject({ code: "SERVICE_UNREACHABLE" });
  expect(received()).toBe(4);
});

test("a change whose connection breaks off may have happened: it is not sent again", async () => {
  const { port, received } = await start(() => "break");
  await expect(subgraphAt(port).answer(request("mutation { change }"))).rejects.toMatchObject({
    code: "SERVICE_UNREACHABLE", fields: { service: "small" },
  });
  expect(received()).toBe(1);
});

test("what is no GraphQL answer is an unreachable service, not a crash", async () => {
  const { port } = await start(() => "page");
  await expect(subgraphAt(port).answer(request("{ a }"))).rejects.toMatchObject({
    code: "SERVICE_UNREACHABLE",
  });
});

test("whether its process answers can be asked", async () => {
  const { port } = await start(() => "page");
  await subgraphAt(port).check();
  server.closeAllConnections();
  server.close();
  await expect(subgraph.check()).rejects.toThrow(/ECONNREFUSED|connect|closed/i);
});
