import { identityChanged, identitySimulated, inboundSimulated } from "@joinery/events";
import type {} from "@joinery/kit/services";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { account, VaultWorld } from "../testing/world.js";

/** HR makes people, a directory has their mail; both may still be in the sandbox. */
const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "number", type: "string" }, { name: "department", type: "string" },
      { name: "mail", type: "string" },
    ],
  },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.join", match: [{ account: "number", identity: "number" }] }],
          mappers: [
            { id: "hr.number", kind: "direct", from: "number", to: "number" },
            { id: "hr.department", kind: "direct", from: "department", to: "department" },
          ],
        },
      },
    },
    directory: {
      user: {
        inbound: {
          joins: [{ id: "dir.join", match: [{ account: "number", identity: "number" }] }],
          mappers: [{ id: "dir.mail", kind: "direct", from: "mail", to: "mail" }],
        },
      },
    },
  },
};

let world: VaultWorld;
let hr: string;
let directory: string;

beforeAll(async () => { world = await VaultWorld.open(inject("postgresUrl")); });
afterAll(() => world.close());
beforeEach(async () => {
  await world.newTenant();
  await world.publish(ruleSet);
  hr = await world.addApplication("hr", ["user"]);
  directory = await world.addApplication("directory");
});

const numbers = Array.from({ length: 30 }, (_, at) => `n${at}`);
const people = (department: string) =>
  numbers.map((number) => account(number, { number, department }));
const mails = (domain: string) =>
  numbers.map((number) => account(`d${number}`, { number, mail: `${number}@${domain}` }));

/** Everything that the vault holds of this organisation, as one text. */
async function census(): Promise<string> {
  const tables = [
    "identity", "account_view", "join_key", "account_member", "membership", "wave", "guard_ledger",
    "replica", "wave_account", "wave_decision", "wave_identity", "wave_key", "wave_batch",
  ];
  const parts = await Promise.all(tables.map(async (table) => {
    const [row] = await world.query<{ state: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '')
         as state from "${table}" t`);
    return `${table} ${row?.state ?? ""}`;
  }));
  return parts.join("\n");
}

const simulated = async () => (await world.told(identitySimulated))
  .flatMap(({ identities }) => identities);

describe("a simulation", () => {
  test("tells people who would be, joined over all applications of it, and changes nothing",
    async () => {
      const before = await census();
      const runId = await world.simulate(
        new Map([[hr, people("Sales")], [directory, mails("acme.test")]]));
      expect(await census()).toBe(before);
      expect(await world.told(identityChanged)).toEqual([]);
      const newest = new Map((await simulated()).map((each) => [each.id, each]));
      expect(newest.size).toBe(numbers.length);
      for (const { attributes, accounts } of newest.values()) {
        expect(attributes).toMatchObject({
          department: "Sales", mail: `${String(attributes["number"])}@acme.test`,
        });
        expect(accounts.map((each) => each.applicationId).sort()).toEqual([hr, directory].sort());
      }
      expect((await world.told(inboundSimulated)).at(-1)).toMatchObject({
        runId, counts: { joined: 2 * numbers.length },
      });
    });

  test("has the ids and values that the live runs that follow have", async () => {
    await world.simulate(new Map([[hr, people("Sales")], [directory, mails("acme.test")]]));
    const would = new Map((await simulated()).map(({ id, attributes }) => [id, attributes]));
    await world.report(hr, people("Sales"));
    await world.report(directory, mails("acme.test"));
    const are = await world.query<{ id: string; attributes: object }>(
      "select id, attributes from identity");
    expect(new Map(are.map(({ id, attributes }) => [id, attributes]))).toEqual(would);
  });

  test("is on top of what is live: only those are told whom it changes", async () => {
    await world.report(hr, people("Sales"));
    const before = await census();
    await world.simulate(new Map([[directory, mails("acme.test").slice(0, 4)]]));
    expect(await census()).toBe(before);
    const told = await simulated();
    expect(told).toHaveLength(4);
    expect(told[0]).toMatchObject({ before: { mail: null }, because: ["dir.join", "dir.mail"] });
  });

  test("tells who would find nobody, and what would fail", async () => {
    await world.simulate(new Map([[directory, mails("acme.test")]]));
    expect(await simulated()).toEqual([]);
    expect((await world.told(inboundSimulated)).at(-1)).toMatchObject({
      identities: 0, counts: { unmatched: numbers.length },
    });
  });
});
