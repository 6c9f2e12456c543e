import { newTenantId } from "@joinery/kit";
import { expect, test } from "vitest";
import { person } from "../testing/small-graph.js";
import { Sessions } from "./sessions.js";
import { tokenCacheMs } from "./token-cache.js";

const actor = person(newTenantId());
const token = (n: number) => `jns_${String(n).padStart(43, "0")}`;

function sessionsAt(expiresAtMs: number) {
  const state = { now: 1_000_000, asked: 0 };
  const sessions = new Sessions(
    () => {
      state.asked += 1;
      return Promise.resolve({ actor, expiresAt: new Date(expiresAtMs).toISOString() });
    },
    () => state.now,
  );
  return { state, sessions };
}

test("a session is asked for again when its moment is over", async () => {
  const { state, sessions } = sessionsAt(9_000_000);
  await sessions.actorOf(token(1));
  state.now += tokenCacheMs - 1;
  expect(await sessions.actorOf(token(1))).toEqual(actor);
  expect(state.asked).toBe(1);
  state.now += 1;
  await sessions.actorOf(token(1));
  expect(state.asked).toBe(2);
});

test("a session that expires within its moment is not held beyond its end", async () => {
  const { state, sessions } = sessionsAt(1_000_500);
  expect(await sessions.actorOf(token(1))).toEqual(actor);
  state.now += 501;
  expect(await sessions.actorOf(token(1))).toBe(null);
});

test("what is no token of a session costs no look-up", async () => {
  const { state, sessions } = sessionsAt(9_000_000);
  const tooLong = `jns_${"a".repeat(300)}`;
  for (const bad of ["", "jns_", "jns_short", "eyJhbGciOiJub25lIn0.e30.", tooLong]) {
    expect(await sessions.actorOf(bad)).toBe(null);
  }
  expect(state.asked).toBe(0);
});

test("a flood of tokens is forgotten, the oldest first", async () => {
  const { state, sessions } = sessionsAt(9_000_000);
  for (let n = 0; n < 20_001; n += 1) await sessions.actorOf(token(n));
  await sessions.actorOf(token(20_000));
  expect(state.asked).toBe(20_001);
  await sessions.actorOf(token(0));
  expect(state.asked).toBe(20_002);
});
