import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { silentLog } from "../log.js";
import { bareApp, jsonErrors, listen, nothingHere } from "./http.js";

test("closing lets what is under way finish and takes nothing new", async () => {
  let begun = false;
  const app = bareApp().get("/slow", async (_request, response) => {
    begun = true;
    await delay(300);
    response.json({ done: true });
  });
  const listener = await listen(app, "127.0.0.1", 0);
  const url = `http://127.0.0.1:${listener.port}/slow`;
  const idle = connect(listener.port, "127.0.0.1");
  const slow = fetch(url);
  while (!begun) await delay(5);
  const closed = listener.close();
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(await (await slow).json()).toEqual({ done: true });
  await closed;
  idle.destroy();
});

test("a port that is taken, and an address that is not ours, are told apart", async () => {
  const first = await listen(bareApp(), "127.0.0.1", 0);
  await expect(listen(bareApp(), "127.0.0.1", first.port)).rejects.toMatchObject({
    code: "PORT_IN_USE", fields: { port: first.port },
  });
  const elsewhere = listen(bareApp(), "192.0.2.1", 0);
  await expect(elsewhere).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  await first.close();
});

test("what a handler throws says nothing to the caller", async () => {
  const app = bareApp().get("/", () => {
    throw new Error("planted detail");
  });
  app.use(nothingHere, jsonErrors(silentLog));
  const listener = await listen(app, "127.0.0.1", 0);
  const url = `http://127.0.0.1:${listener.port}`;
  const failed = await fetch(url);
  expect([failed.status, await failed.json()]).toEqual([
    500, { errors: [{ message: "internal error", extensions: { code: "INTERNAL" } }] },
  ]);
  const broken = await fetch(`${url}/%E0%A4%A`);
  expect([broken.status, await broken.text()]).toEqual([
    404, expect.stringContaining("NOT_FOUND"),
  ]);
  await listener.close();
});
