import type {} from "@joinery/kit/services";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { account, VaultWorld } from "../testing/world.js";

/** People of sales have an account in the directory, and who is kept there by the mail. */
const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "number", type: "string" },
      { name: "mail", type: "string" },
      { name: "department", type: "string" },
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
        outbound: {
          provision: {
            id: "dir.provision",
            when: "identity.department == 'Sales' || identity.mail == 'kept@example.test'",
          },
          otherwise: "disable",
          mappers: [],
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

const numbers = Array.from({ length: 40 }, (_, at) => `n${at}`);
const inDepartment = (department: string) =>
  numbers.map((number) => account(number, { number, department }));
const most = { least: 100, most: 100, sharePercent: 100, halfPercent: 100 };
const withMail = (mail: string) => world.report(
  directory, numbers.map((number) => account(`d${number}`, { number, mail })), { update: most });

test("a held wave that would hurt otherwise than a person saw is held again", async () => {
  await world.report(hr, inDepartment("Sales"));
  expect((await withMail("kept@example.test")).outcome).toBe("done");
  const held = await world.report(hr, inDepartment("Moved"));
  expect(held.outcome).toBe("keep");
  const classes = async () => {
    const [wave] = await world.query<{ breaches: { class: string }[] }>(
      "select breaches from wave where id = $1", [held.waveId]);
    return wave?.breaches.map((each) => each.class);
  };
  expect(await classes()).not.toContain("disable");
  // The same change of each of them takes their accounts by now.
  expect((await withMail("other@example.test")).outcome).toBe("done");
  expect(await held.release()).toBe("keep");
  expect(await classes()).toContain("disable");
  expect(await held.release()).toBe("done");
});

test("a held wave knows what its application is by the time it goes on", async () => {
  await world.report(hr, inDepartment("Sales"));
  const stranger = account("new", { number: "new" });
  const held = await world.report(hr, [...inDepartment("Moved"), stranger]);
  expect(held.outcome).toBe("keep");
  await world.query(
    `update replica set body = (body::jsonb || '{"authoritativeFor": []}')::json
     where kind = 'application' and id = $1`, [hr]);
  expect(await held.release()).toBe("keep");
  expect(await held.release()).toBe("done");
  expect(await world.query("select from identity where attributes ->> 'number' = 'new'"))
    .toEqual([]);
});
