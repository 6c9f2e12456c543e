import type {} from "@joinery/kit/services";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { TenantTransaction } from "@joinery/kit";
import { uuidFrom, VaultWorld } from "../testing/world.js";
import { hasMoved } from "./inbound-apply.js";
import {
  replaceMembers, saveMembers, settleAccounts, settleGroups, settlePairs,
} from "./members.js";

let world: VaultWorld;
let directory: string;
let other: string;

const group = (letter: string) => `${letter.repeat(8)}-0000-4000-8000-000000000000`;

beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
  directory = await world.addApplication("directory", ["group"]);
  other = await world.addApplication("other", ["group"]);
  for (const letter of ["a", "b", "c", "d"]) await addGroup(letter, directory);
  await addGroup("e", other);
});
afterAll(() => world.close());

async function addGroup(letter: string, applicationId: string): Promise<void> {
  await world.query(
    `insert into account_view (account_id, application_id, kind, anchor, name, attributes,
       revision, state, situation) values ($1, $2, 'group', $3, $3, '{}', 1, 'present', 'joined')`,
    [group(letter), applicationId, letter]);
}

const at = (letter: string, member: string) => ({ group: group(letter), member });
const replace = (range: Omit<Parameters<typeof replaceMembers>[2], "applicationId" | "runId">) =>
  world.deps.door.withTenant(world.tenant, (tx) =>
    replaceMembers(tx, directory, { applicationId: directory, runId: "r", ...range }));
const held = async () => (await world.query<{ text: string }>(
  `select left(group_account::text, 1) || ' ' || member as text from account_member
   order by group_account, member collate "C"`)).map(({ text }) => text);

test("members of a range are those that are listed; of others nothing is said", async () => {
  for (const [letter, member] of ["a Z", "a a", "b x", "c x", "c y", "d x", "e x"].map((text) =>
    text.split(" ") as [string, string])) {
    await world.query("insert into account_member values ($1, $2, null)", [group(letter), member]);
  }
  const account = uuidFrom("somebody");
  const range = {
    // Upper case comes before lower: by code point, whatever the database would say.
    after: at("a", "Z"), through: at("c", "x"),
    members: [
      { ...at("a", "b"), memberAccount: null }, { ...at("c", "x"), memberAccount: account },
    ],
  };
  const touched = await replace(range);
  expect(await held()).toEqual(["a Z", "a b", "c x", "c y", "d x", "e x"]);
  expect(touched.toSorted()).toEqual([group("a"), group("b"), group("c")]);
  expect(await replace(range)).toEqual([]);
  await replace({ after: null, through: null, members: [] });
  expect(await held()).toEqual(["e x"]);
});

test("single members come to what their groups would as a whole", async () => {
  const identity = (n: number) => `${n}0000000-1111-4000-8000-000000000000`;
  const account = (n: number) => `${n}0000000-2222-4000-8000-000000000000`;
  // Six accounts of four people; the groups are identities of their own.
  for (let n = 1; n <= 6; n += 1) {
    await world.query(
      `insert into account_view (account_id, application_id, kind, anchor, name, attributes,
         revision, state, situation, identity_id, join_kind)
       values ($1, $2, 'user', $3, $3, '{}', 1, $4, 'joined', $5, $3)`,
      [account(n), directory, `m${n}`, n === 6 ? "gone" : "present", identity(1 + (n % 4))]);
  }
  const letters = ["a", "b", "c"];
  for (const [at, letter] of letters.entries()) {
    await world.query("update account_view set identity_id = $2 where account_id = $1",
      [group(letter), identity(7 + at)]);
  }
  const source = {
    applicationId: directory, runId: uuidFrom("run"), cause: "test",
    actor: { kind: "system" as const, id: "test" },
  };
  const { events } = world.deps.keys;
  let random = 4711;
  const pick = (n: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((random / 2_147_483_648) * n);
  };
  let settled = 0;
  for (let round = 0; round < 60; round += 1) {
    const members = Array.from({ length: 1 + pick(4) }, () => {
      const n = 1 + pick(6);
      // A name may come to stand for somebody else, or for nobody.
      const of = pick(5) === 0 ? 1 + pick(6) : n;
      return {
        group: group(letters[pick(3)] ?? "a"), member: `m${n}`, present: pick(3) > 0,
        memberAccount: pick(8) === 0 ? null : account(of),
      };
    });
    const once = [...new Map(members.map((each) => [each.group + each.member, each])).values()];
    const [byPairs, byGroups] = await world.deps.door.withTenant(world.tenant, async (tx) => {
      const pairs = await saveMembers(tx, once);
      return [
        await settlePairs(tx, events, source, pairs),
        await settleGroups(tx, events, source, letters.map(group)),
      ];
    });
    settled += byPairs;
    expect(byGroups, `round ${round}`).toBe(0);
    const n = 1 + pick(6);
    await world.query("update account_view set state = $2 where account_id = $1",
      [account(n), pick(2) === 0 ? "gone" : "present"]);
    const [byAccount, after] = await world.deps.door.withTenant(world.tenant, async (tx) => [
      await settleAccounts(tx, events, source, [account(n)]),
      await settleGroups(tx, events, source, letters.map(group)),
    ]);
    settled += byAccount as number;
    expect(after, `round ${round}, account ${n}`).toBe(0);
  }
  expect(settled).toBeGreaterThan(20);
});

test("an account that goes to another identity is told before it does", async () => {
  const [account, wave] = [uuidFrom("moving"), uuidFrom("wave")];
  const moves = () => world.deps.door.withTenant(world.tenant, (tx) =>
    hasMoved(tx, wave, { accountIds: [account], identityIds: [] }));
  await world.query(
    `insert into wave_decision (wave_id, account_id, application_id, anchor, situation, identity_id)
     values ($1, $2, $3, 'moving', 'joined', $4)`, [wave, account, directory, uuidFrom("one")]);
  expect(await moves(), "somebody new").toBe(false);
  await world.query(
    `insert into account_view (account_id, application_id, kind, anchor, name, attributes,
       revision, state, situation, identity_id)
     values ($1, $2, 'user', 'moving', 'moving', '{}', 1, 'present', 'joined', $3)`,
    [account, directory, uuidFrom("one")]);
  expect(await moves(), "as before").toBe(false);
  await world.query("update wave_decision set identity_id = $1", [uuidFrom("other")]);
  expect(await moves(), "another's").toBe(true);
});

/** A group of so many people, each with an account of their own. */
async function groupOf(size: number): Promise<{ group: string; member: string }> {
  const of = (what: string) => uuidFrom(`${what} of ${size}`);
  await world.query(
    `insert into account_view (account_id, application_id, kind, anchor, name, attributes,
       revision, state, situation, identity_id)
     select $2::uuid, $1::uuid, 'group', $4, $4, '{}'::json, 1, 'present', 'joined', $3::uuid
     union all
     select md5($4 || n)::uuid, $1::uuid, 'user', $4 || n, $4 || n, '{}', 1, 'present', 'joined',
       md5('i' || $4 || n)::uuid
     from generate_series(1, $5::int) n`,
    [directory, of("account"), of("identity"), `g${size} `, size]);
  await world.query(
    `insert into account_member
     select $1, $2 || n, md5($2 || n)::uuid from generate_series(1, $3::int) n`,
    [of("account"), `g${size} `, size]);
  const [row] = await world.query<{ id: string }>(
    "select account_id as id from account_view where anchor = $1", [`g${size} 7`]);
  return { group: of("account"), member: row?.id ?? "" };
}

test("a group of 100,000 with one member changed costs 100,000: not here", async () => {
  const source = {
    applicationId: directory, runId: uuidFrom("run"), cause: "test",
    actor: { kind: "system" as const, id: "test" },
  };
  const { events } = world.deps.keys;
  const read = async (tx: TenantTransaction) => (await tx.query<{ n: number }>(
    `select sum(seq_tup_read + idx_tup_fetch)::float8 as n from pg_stat_xact_user_tables
     where schemaname = current_schema()`))[0]?.n ?? Number.NaN;
  const cost = new Map<number, number>();
  for (const size of [10, 3_000]) {
    const { group: account, member } = await groupOf(size);
    await world.deps.door.withTenant(world.tenant, async (tx) => {
      expect(await settleGroups(tx, events, source, [account])).toBe(size);
      await tx.execute("delete from account_member where member_account = $1", [member]);
      const before = await read(tx);
      expect(await settlePairs(tx, events, source, [{ group: account, account: member }])).toBe(1);
      expect(await settleAccounts(tx, events, source, [member])).toBe(0);
      const once = await read(tx);
      cost.set(size, once - before);
      // All of a group that came a moment ago, of which the planner knows nothing.
      const all = (await tx.query<{ account: string }>(
        "select member_account as account from account_member where group_account = $1",
        [account])).map((each) => ({ ...each, group: account }));
      await settlePairs(tx, events, source, all);
      await settleAccounts(tx, events, source, all.map((each) => each.account));
      await settleGroups(tx, events, source, [account]);
      expect(await read(tx) - once).toBeLessThan(50 * size + 500);
    });
  }
  expect(cost.get(3_000)).toBeLessThanOrEqual((cost.get(10) ?? 0) + 10);
});
