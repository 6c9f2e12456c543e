import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { processorMs } from "../support/processes.js";
import { openWorld } from "../support/world.js";
import { toLatency, type Latency } from "./latency.js";
import {
  patch, person, pushedApplication, pushGroup, pushUsers, type Send,
} from "./scim-client.js";

export interface ScimBenchOptions {
  /** Users that are there; all of them are in one group. */
  readonly users: number;
  /** Requests of each kind that are measured, one after the other. */
  readonly requests: number;
  readonly say: (line: string) => void;
}

export interface ScimBenchReport {
  readonly users: number;
  readonly requests: number;
  /** Of a request, every process up, from sending to the whole answer. */
  readonly milliseconds: Readonly<Record<string, Latency>>;
  /** Processor time of every process but this one, for a request and all that follows from it. */
  readonly processor: Readonly<Record<string, number>>;
  /** One row and its commit on the same database in the same run: what a write cannot be under. */
  readonly bareCommit: Latency;
}

/** SCIM as a client meets it: one at a time, over HTTP, through the gateway. */
export async function benchScim(options: ScimBenchOptions): Promise<ScimBenchReport> {
  const world = await openWorld();
  try {
    const { send } = await pushedApplication(world);
    const { users, group } = await populate(send, options);
    const milliseconds: Record<string, Latency> = {};
    const processor: Record<string, number> = {};
    const spent = () => processorMs(Object.values(world.stack.pids()));
    const idlePart = await idling(spent);
    for (const [name, request] of Object.entries(requestsOf(send, users, group))) {
      const before = await quiet(spent);
      const start = performance.now();
      milliseconds[name] = await measured(options.requests, request);
      const busy = (await quiet(spent)) - before - idlePart * (performance.now() - start);
      processor[name] = Math.round((busy / options.requests) * 10) / 10;
      const { p50, p95 } = milliseconds[name];
      options.say(`${name}: ${p50} / ${p95} ms, ${processor[name]} ms of processors`);
    }
    const bareCommit = await measureCommit(world.stack.databaseUrl, options.requests);
    return { users: users.length, requests: options.requests, milliseconds, processor, bareCommit };
  } finally {
    await world.stop();
  }
}

/** What a millisecond costs in which nobody asks anything. */
async function idling(spent: () => number): Promise<number> {
  const [before, start] = [await quiet(spent), performance.now()];
  await delay(4_000);
  return (spent() - before) / (performance.now() - start);
}

/** What follows from requests is done: hardly anything is spent any more. Answers what was. */
async function quiet(spent: () => number): Promise<number> {
  for (let before = spent(), looks = 0; ; looks += 1) {
    await delay(500);
    const now = spent();
    if (now - before <= 50 || looks === 12) return now;
    before = now;
  }
}

async function measured(
  requests: number,
  request: (n: number) => Promise<unknown>,
): Promise<Latency> {
  const times: number[] = [];
  for (let n = 0; n < requests; n += 1) {
    const start = performance.now();
    await request(n);
    times.push(performance.now() - start);
  }
  return toLatency(times);
}

async function measureCommit(databaseUrl: string, requests: number): Promise<Latency> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("create table bench_commit (n integer)");
    return await measured(requests, (n) =>
      client.query("insert into bench_commit values ($1)", [n]));
  } finally {
    await client.end();
  }
}

function requestsOf(
  send: Send,
  users: readonly string[],
  group: string,
): Readonly<Record<string, (n: number) => Promise<unknown>>> {
  const user = (n: number) => users[(n * 7_919) % users.length] as string;
  return {
    "nothing of the database": () => send("GET", "/ServiceProviderConfig"),
    "create a user": (n) => send("POST", "/Users", person(`measured-${n}`)),
    "read a user": (n) => send("GET", `/Users/${user(n)}`),
    "find a user by name": (n) =>
      send("GET", `/Users?filter=${encodeURIComponent(`userName eq "user-${n}"`)}`),
    "find a user by external id": (n) =>
      send("GET", `/Users?filter=${encodeURIComponent(`externalId eq "e-${n}"`)}`),
    "change a user": (n) =>
      patch(send, `/Users/${user(n)}`, { op: "Replace", path: "title", value: `T${n}` }),
    "take one out of the large group": (n) =>
      patch(send, `/Groups/${group}`, { op: "Remove", path: `members[value eq "${user(n)}"]` }),
    "put one into the large group": (n) =>
      patch(send, `/Groups/${group}`, { op: "Add", path: "members", value: [{ value: user(n) }] }),
    "a page of 100 by cursor": () => send("GET", "/Users?cursor=&count=100"),
    "delete a user": async (n) => send("DELETE", `/Users/${users[users.length - 1 - n] ?? ""}`),
  };
}

/** Users in bulk, and a group that all of them are in. */
async function populate(
  send: Send,
  { users: wanted, say }: ScimBenchOptions,
): Promise<{ readonly users: readonly string[]; readonly group: string }> {
  const users = await pushUsers(send, wanted);
  const group = await pushGroup(send, "Everybody", users);
  say(`${users.length} users are there`);
  return { users, group };
}
