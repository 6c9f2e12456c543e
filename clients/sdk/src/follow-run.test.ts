import { afterAll, beforeAll, expect, test } from "vitest";
import { JoineryClient } from "./client.js";
import type { FollowOptions } from "./follow-run.js";
import { startScriptedServer, type ScriptedServer } from "./testing/scripted-server.js";

let server: ScriptedServer;
let client: JoineryClient;
beforeAll(async () => {
  server = await startScriptedServer();
  client = new JoineryClient({ url: server.url, retry: { attempts: 1 } });
});
afterAll(() => server.stop());

const run = (state: string, counts: object = {}, waves: object[] = []) => ({
  data: { run: { id: "1", state, counts, waves } },
});
const away = {
  status: 503,
  body: { errors: [{ message: "away", extensions: { code: "SERVICE_UNREACHABLE" } }] },
};

async function followed(options: FollowOptions = {}): Promise<string[]> {
  const states: string[] = [];
  for await (const { state, counts } of client.followRun("1", { intervalMs: 5, ...options })) {
    states.push(`${state} ${JSON.stringify(counts)}`);
  }
  return states;
}

test("a run is told when it changes and when it has ended, and not in between", async () => {
  const reading = run("importing", { read: 1 });
  server.script(run("queued"), reading, reading, run("importing", { read: 2 }), run("finished"));
  expect(await followed()).toEqual([
    "queued {}",
    'importing {"read":1}',
    'importing {"read":2}',
    "finished {}",
  ]);
});

test.each(["finished", "failed", "discarded"])("%s is an end", async (state) => {
  server.script(run(state));
  expect(await followed()).toEqual([`${state} {}`]);
  expect(server.sent.length).toBe(1);
});

test("a held run is waited for, unless it is followed only until it settles", async () => {
  server.script(run("held"), run("finished"));
  expect(await followed()).toEqual(["held {}", "finished {}"]);
  server.script(run("held"));
  expect(await followed({ until: "settled" })).toEqual(["held {}"]);
});

test("Joinery may be away for a while, and not for longer", async () => {
  server.script(run("queued"), away, (response) => response.destroy(), away, run("finished"));
  expect(await followed()).toEqual(["queued {}", "finished {}"]);
  server.script(run("queued"), away);
  await expect(followed({ patienceMs: 30 })).rejects.toMatchObject({ code: "SERVICE_UNREACHABLE" });
});

test("a run that is not there and a refusal end at once", async () => {
  server.script({ data: { run: null } });
  await expect(followed()).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  server.script({ status: 401, body: { errors: [{ extensions: { code: "SESSION_INVALID" } }] } });
  await expect(followed()).rejects.toMatchObject({ code: "SESSION_INVALID" });
  expect(server.sent.length).toBe(1);
});

test("the signal ends it between two looks", async () => {
  server.script(run("queued"));
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  const endless = followed({ intervalMs: 60_000, signal: stop.signal });
  await expect(endless).rejects.toMatchObject({ name: "AbortError" });
});
