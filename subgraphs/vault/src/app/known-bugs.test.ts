import type {} from "@joinery/kit/services";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { account, VaultWorld } from "../testing/world.js";

/** Bugs that other engines of this kind had, by the names they are known under. */
const number = "employeeNumber";
const ruleSet: RuleSet = {
  format: 1,
  schema: { user: [
    { name: number, type: "string" }, { name: "mail", type: "string", caseIgnore: true },
    { name: "status", type: "string" },
  ] },
  applications: {
    hr: { user: { inbound: {
      joins: [{ id: "hr.number", match: [{ account: "number", identity: number }] }],
      mappers: [
        { id: "hr.m1", kind: "direct", from: "number", to: number },
        { id: "hr.m2", kind: "direct", from: "mail", to: "mail" },
        { id: "hr.m3", kind: "direct", from: "status", to: "status" },
      ],
    } } },
    directory: { user: { inbound: {
      joins: [{ id: "dir.mail", match: [{ account: "mail", identity: "mail" }] }],
      mappers: [{ id: "dir.m1", kind: "direct", from: number, to: number }],
      precedence: 200,
    } } },
  },
};

let world: VaultWorld;
let hr: string;
let directory: string;

beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.newTenant();
  await world.publish(ruleSet);
  hr = await world.addApplication("hr", ["user"]);
  directory = await world.addApplication("directory");
});

const person = (anchor: string, mail: string, more = {}) =>
  account(anchor, { number: anchor, mail, status: "active", ...more });
const views = (application: string) => world.query<{
  anchor: string; situation: string; identity_id: string | null; candidates: unknown;
}>(
  `select anchor, situation, identity_id, candidates from account_view
   where application_id = $1 order by anchor`, [application]);

describe("two identities race to join one account", () => {
  const shared = () => account("d1", { mail: "shared@example.test" });

  test("neither has it while both fit, and the one who still fits then gets it", async () => {
    await world.report(hr, [
      person("1", "shared@example.test"), person("2", "SHARED@example.test"),
    ]);
    const [one, two] = (await views(hr)).map((each) => each.identity_id);
    expect(one).not.toBe(two);
    await world.report(directory, [shared()]);
    expect(await views(directory)).toMatchObject([{
      situation: "disputed", identity_id: null,
      candidates: expect.arrayContaining([one, two]) as unknown,
    }]);
    await world.report(hr, [person("2", "other@example.test")]);
    await world.report(directory, [shared()]);
    expect(await views(directory)).toMatchObject([{ situation: "joined", identity_id: one }]);
  });

  test("who has it keeps it, whoever comes to fit later", async () => {
    await world.report(hr, [person("1", "shared@example.test")]);
    await world.report(directory, [shared()]);
    await world.report(hr, [
      person("1", "married@example.test"), person("2", "shared@example.test"),
    ]);
    await world.report(directory, [shared()]);
    const [one] = (await views(hr)).map((each) => each.identity_id);
    expect(await views(directory)).toMatchObject([{ situation: "joined", identity_id: one }]);
  });
});

test("re-hire with the account kept: the same person, by a new record of HR", async () => {
  await world.report(hr, [person("1", "ana@example.test")]);
  await world.report(directory, [account("d1", { mail: "ana@example.test", [number]: "1" })]);
  const [before] = await views(directory);
  await world.report(hr, [account("1", {}, { state: "gone" })]);
  expect(await views(directory)).toMatchObject([
    { situation: "joined", identity_id: before?.identity_id }]);
  const again = person("77", "ana.silva@example.test", { number: "1" });
  await world.report(hr, [again]);
  expect((await views(hr)).find(({ anchor }) => anchor === "77")).toMatchObject(
    { situation: "joined", identity_id: before?.identity_id });
  expect(await world.query("select count(*)::int as n from identity where kind = 'user'"))
    .toEqual([{ n: 1 }]);
});
