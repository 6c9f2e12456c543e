import type {} from "@joinery/kit/services";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { uuidFrom, VaultWorld } from "../testing/world.js";
import { replaceMembers } from "./members.js";

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
