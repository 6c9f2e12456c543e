import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tx } from "../app/ports.js";
import { FakeSystem } from "../testing/fake-system.js";
import { World } from "../testing/world.js";
import { countOf } from "./view-store.js";

export type { ProvidedServices };

const wavesEver = 2_000;
const itemsOfWave = 5;

let world: World;
let applicationId: string;
beforeAll(async () => {
  world = await World.open();
  ({ id: applicationId } = await world.application("directory", new FakeSystem(["name"])));
  await addWaves("finished", "done", wavesEver, 1);
  await addWaves("released", "open", 1);
});
afterAll(() => world.close());

interface Create {
  readonly [column: string]: unknown;
  readonly id: string;
  readonly account: string;
}

/** Export waves of creates that were tried `attempts` times. */
async function addWaves(
  wave: string, item: string, count: number, attempts = 0,
): Promise<readonly Create[]> {
  return world.rows<Create>(
    `with r as (
       insert into run (id, application_id, state, actor)
       select gen_random_uuid(), $1, 'exporting', '{}' from generate_series(1, $4) returning id
     ), w as (
       insert into wave (id, run_id, process, application_id, state)
       select gen_random_uuid(), id, 'export', $1, $2 from r returning id, run_id
     )
     insert into item (wave_id, run_id, application_id, account_id, kind, operation, before, after,
       because, classes, hash, pattern, state, attempts)
     select w.id, w.run_id, $1, gen_random_uuid(), 'user', 'create', '{}', '{}', '[]', '{}', '', '',
       $3, $5
     from w cross join generate_series(1, ${itemsOfWave})
     returning id::text as id, account_id as account`,
    [applicationId, wave, item, count, attempts]);
}

/** Their accounts as they stand before anybody answered. */
async function plan(creates: readonly Create[]): Promise<string[]> {
  const accounts = creates.map(({ account }) => account);
  await world.rows(
    `insert into account (id, application_id, kind, name, name_key, attributes, revision, state)
     select id, $1, 'user', id, id, '{}', 0, 'planned' from unnest($2::uuid[]) as a(id)`,
    [applicationId, accounts]);
  return accounts;
}

/** Rows and index entries of waves and items that some work reads. */
async function readBy(work: (tx: Tx) => Promise<unknown>): Promise<number> {
  const reads = async (tx: Tx): Promise<number> => {
    const [row] = await tx.query<{ n: number }>(
      `select (select sum(seq_tup_read + idx_tup_fetch) from pg_stat_xact_user_tables
         where schemaname = current_schema() and relname in ('wave', 'item'))::float8 as n`);
    return row?.n ?? Number.NaN;
  };
  return world.tx(async (tx) => {
    const before = await reads(tx);
    await work(tx);
    return await reads(tx) - before;
  });
}

test("counting, recovering and discarding cost the same after 2,000 waves", async () => {
  expect(await readBy((tx) => countOf(tx, applicationId))).toBeLessThan(100);
  const { exports } = world.deps;
  expect(await readBy((tx) => exports.recoverInFlight(tx, applicationId))).toBeLessThan(100);
  expect(await readBy((tx) => exports.discardOpen(tx, applicationId, "X"))).toBeLessThan(100);
  expect((await world.tx((tx) => countOf(tx, applicationId))).items).toEqual({});
});

test("what is not to be made any more is found without looking at what ever was made", async () => {
  const accounts = await plan(await addWaves("computing", "discarded", 1));
  const read = await readBy((tx) => world.deps.outbound.unplan(tx, accounts));
  expect(read).toBeLessThan(100);
  expect(await left(accounts)).toEqual([]);
});

test.each([
  ["that failed without a final answer", "finished", "failed", 1],
  ["that was tried before it was replaced", "released", "discarded", 1],
  ["that went stale after it was tried", "finished", "stale", 1],
  ["that may leave at any time", "released", "open", 0],
])("a create %s may have made something, so its account stays", async (_, wave, item, attempts) => {
  const accounts = await plan(await addWaves(wave, item, 1, attempts));
  await world.tx((tx) => world.deps.outbound.unplan(tx, accounts));
  expect(await left(accounts)).toHaveLength(accounts.length);
});

test("a create that was replaced on its way may have made something too", async () => {
  const creates = await addWaves("released", "discarded", 1);
  const accounts = await plan(creates);
  const inFlight = creates.slice(1);
  await world.tx(async (tx) => {
    await world.deps.exports.noteInFlight(tx, applicationId, inFlight.map(({ id }) => id));
    await world.deps.outbound.unplan(tx, accounts);
  });
  expect(await left(accounts)).toHaveLength(inFlight.length);
});

test("only creates on their way are tried once more when their answers are unknown", async () => {
  const [open] = await addWaves("released", "open", 1) as [Create];
  const { exports } = world.deps;
  await world.tx((tx) => exports.noteInFlight(tx, applicationId, [open.id]));
  await world.tx((tx) => exports.recoverInFlight(tx, applicationId));
  const tried = await world.rows(
    "select id::text as id from item where state = 'open' and attempts > 0");
  expect(tried).toEqual([{ id: open.id }]);
});

async function left(accounts: readonly string[]): Promise<readonly unknown[]> {
  return world.rows("select id from account where id = any($1::uuid[])", [accounts]);
}
