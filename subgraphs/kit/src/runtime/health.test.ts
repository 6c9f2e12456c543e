import { afterEach, expect, test } from "vitest";
import { healthRoutes, type Readiness } from "./health.js";
import { bareApp, listen, type Listener } from "./http.js";

let listener: Listener;
afterEach(() => listener.close());

async function ask(checks: readonly Readiness[], stopping: boolean, path: string) {
  listener = await listen(bareApp().use(healthRoutes(checks, () => stopping)), "127.0.0.1", 0);
  const response = await fetch(`http://127.0.0.1:${listener.port}${path}`);
  return [response.status, await response.json()];
}

const fine: Readiness = { name: "fine", check: () => Promise.resolve() };
const broken: Readiness = { name: "broken", check: () => Promise.reject(new Error("planted")) };
const silent: Readiness = { name: "silent", check: () => new Promise(() => undefined) };

test("a process is healthy whatever it stands on", async () => {
  expect(await ask([broken], true, "/healthz")).toEqual([200, { healthy: true }]);
});

test("it is ready when everything it stands on answers", async () => {
  expect(await ask([fine, fine], false, "/readyz")).toEqual([200, { ready: true }]);
});

test("what fails or does not answer is named, and why is not", async () => {
  expect(await ask([fine, broken, silent], false, "/readyz")).toEqual([
    503, { ready: false, missing: ["broken", "silent"] },
  ]);
});

test("a process that stops is not ready, so that nobody sends it more", async () => {
  expect(await ask([fine], true, "/readyz")).toEqual([
    503, { ready: false, missing: ["stopping"] },
  ]);
});
