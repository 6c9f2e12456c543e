import type {} from "@joinery/kit/services";
import type { RuleSet } from "@joinery/engine";
import { inboundChanged } from "@joinery/events";
import { permissions, type Actor } from "@joinery/kit";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { account, VaultWorld } from "../testing/world.js";
import { listWaveChanges } from "./read-wave-changes.js";

/** HR, of which people sign off what it brings. */
const ruleSet: RuleSet = {
  format: 1,
  schema: {
    user: [{ name: "number", type: "string" }, { name: "department", type: "string" }],
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
  },
};

let world: VaultWorld;
let hr: string;

beforeAll(async () => { world = await VaultWorld.open(inject("postgresUrl")); });
afterAll(() => world.close());
beforeEach(async () => {
  await world.newTenant();
  await world.publish(ruleSet);
  hr = await world.addApplication("hr", ["user"], true);
});

const people = (department: string, names = ["ann", "ben", "cem"]) =>
  names.map((number) => account(number, { number, department }));
const identities = () => world.query<{ department: string }>(
  "select attributes ->> 'department' as department from identity order by 1");
const reader = (): Actor => ({
  kind: "person", id: "p", name: "P", tenant: world.tenant, permissions: [...permissions],
});
async function changesOf(waveId: string, first = 50, after: string | null = null) {
  const [wave] = await world.query<{ run_id: string }>(
    "select run_id from wave where id = $1", [waveId]);
  return listWaveChanges(world.deps, reader(), wave?.run_id ?? "", first, after);
}

test("what it brings waits, is shown person by person, and is applied when released", async () => {
  const held = await world.report(hr, people("Sales"));
  expect(held.outcome).toBe("keep");
  expect(await identities()).toEqual([]);
  const changes = await changesOf(held.waveId);
  expect(changes).toHaveLength(3);
  expect(changes.map(({ operation, after }) => [operation, after["department"]]))
    .toEqual(Array.from({ length: 3 }, () => ["create", "Sales"]));
  expect(changes[0]).toMatchObject({
    before: { department: null, number: null }, because: ["hr.department", "hr.number"],
  });
  expect(await changesOf(held.waveId, 2)).toHaveLength(3); // One more than asked: others follow.
  expect(await held.release()).toBe("done");
  expect(await identities()).toHaveLength(3);
  expect(await changesOf(held.waveId)).toEqual([]);
});

test("it is told why it waits, and in the ledger only once it is let through", async () => {
  const held = await world.report(hr, people("Sales"));
  const told = await world.told(inboundChanged);
  expect(told.at(-1)).toMatchObject({ state: "held", code: "SIGN_OFF", breaches: [] });
  expect(await world.query("select from guard_ledger")).toEqual([]);
  await held.release();
  await (await world.report(hr, people("Moved"))).release();
  expect(await world.query("select class, n from guard_ledger where class = 'update'"))
    .toEqual([{ class: "update", n: 3 }]);
});

test("a newer import takes its place, with what came since", async () => {
  const first = await world.report(hr, people("Sales", ["ann"]));
  const second = await world.report(hr, people("Sales", ["ben"]));
  expect([first.outcome, second.outcome]).toEqual(["keep", "keep"]);
  expect(await changesOf(second.waveId)).toHaveLength(2);
  expect(await second.release()).toBe("done");
  expect(await identities()).toHaveLength(2);
});

test("an import that changes nobody waits for nobody", async () => {
  await (await world.report(hr, people("Sales"))).release();
  expect((await world.report(hr, people("Sales"))).outcome).toBe("done");
});

test("an update is told with what differs only", async () => {
  await (await world.report(hr, people("Sales"))).release();
  const held = await world.report(hr, people("Moved", ["ann"]));
  expect(await changesOf(held.waveId)).toMatchObject([{
    operation: "update", before: { department: "Sales" }, after: { department: "Moved" },
    because: ["hr.department"],
  }]);
});
