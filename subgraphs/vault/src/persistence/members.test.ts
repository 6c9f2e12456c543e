import type {} from "@joinery/kit/services";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { uuidFrom, VaultWorld } from "../testing/world.js";
import { replaceMembers, saveMembers, settleMemberships, settlePairs } from "./members.js";

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
        await settleMemberships(tx, events, source, letters.map(group)),
      ];
    });
    settled += byPairs;
    expect(byGroups, `round ${round}`).toBe(0);
  }
  expect(settled).toBeGreaterThan(20);
});
