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

test("what is spared is named while it is missing, and requests are taken", async () => {
  const spared = { ...broken, isSpared: true };
  expect(await ask([fine, spared], false, "/readyz")).toEqual([
    200, { ready: true, missing: ["broken"] },
  ]);
  await listener.close();
  expect(await ask([silent, spared], false, "/readyz")).toEqual([
    503, { ready: false, missing: ["silent", "broken"] },
  ]);
});

test("whoever asks often makes no more work than one", async () => {
  let asked = 0;
  const counting: Readiness = { name: "counted", check: async () => void (asked += 1) };
  await ask([counting], false, "/readyz");
  await Promise.all(Array.from({ length: 50 }, () =>
    fetch(`http://127.0.0.1:${listener.port}/readyz`)));
  // The clock may turn once meanwhile on a slow machine; fifty rounds it never makes.
  expect(asked).toBeLessThan(5);
});

test("a process that stops is not ready, so that nobody sends it more", async () => {
  expect(await ask([fine], true, "/readyz")).toEqual([
    503, { ready: false, missing: ["stopping"] },
  ]);
});
