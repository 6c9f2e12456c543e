import type {} from "@joinery/kit/services";
import type { LaneContext } from "@joinery/kit";
import type { RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { testLane } from "../testing/lane.js";
import { account, VaultWorld } from "../testing/world.js";
import { InboundWave } from "./run-inbound.js";

const text = (name: string) => ({ name, type: "string" as const });
const direct = (from: string, to: string) =>
  ({ id: `hr.${to}`, kind: "direct" as const, from, to });
const ruleSet: RuleSet = {
  format: 1,
  schema: { user: [text("number"), text("department")], group: [text("name")] },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.join", match: [{ account: "number", identity: "number" }] }],
          mappers: [direct("number", "number"), direct("department", "department")],
        },
      },
    },
  },
  groups: [{ id: "departments", each: "identity.department", mappers: [direct("key", "name")] }],
};

const workingTables = [
  "wave_account", "wave_decision", "wave_identity", "wave_key", "wave_batch",
];

let world: VaultWorld;

beforeAll(async () => {
  world = await VaultWorld.open(inject("postgresUrl"));
});
afterAll(() => world.close());

/** What a crash of the database does to tables that are not logged; whoever uses them lives on. */
async function emptyWorkingTables(): Promise<void> {
  for (const table of workingTables) await world.query(`delete from ${table}`);
}

/** A wave of 700 people in two messages; the database crashes after the `nth` step of it. */
async function crashAfter(nth: number): Promise<{ steps: number }> {
  await world.newTenant();
  await world.publish(ruleSet);
  const hr = await world.addApplication("hr", ["user"]);
  const people = Array.from({ length: 700 }, (_, index) =>
    account(`p${index}`, { number: `p${index}`, department: `D${index % 3}` }));
  const { batches, manifest } = world.wave(hr, people);
  let steps = 0;
  const lane: LaneContext = testLane(world.deps.door, world.tenant, batches);
  const crashing: LaneContext = {
    ...lane,
    commit: async (work, options) => {
      const result = await lane.commit(work, options);
      steps += 1;
      if (steps === nth) await emptyWorkingTables();
      return result;
    },
  };
  const waves = new InboundWave(world.deps);
  let outcome = await waves.run(manifest, crashing);
  while (outcome === "more") outcome = await waves.run(manifest, crashing);
  expect(outcome).toBe("done");
  return { steps };
}

test("a database that crashes between any two steps of a wave loses nobody", async () => {
  const { steps } = await crashAfter(0);
  expect(steps).toBeGreaterThan(8);
  for (let nth = 1; nth <= steps; nth += 1) {
    await crashAfter(nth);
    const [found] = await world.query(

             `select (select count(*)::int from identity where kind = 'user') as users,
         (select count(*)::int from identity where kind = 'group') as groups,
         (select count(*)::int from membership) as members,
         (select count(*)::int from account_view where situation = 'joined') as joined,
         (select count(*)::int from wave where state = 'finished') as finished`,
    );
    expect(found, `after step ${nth}`).toEqual({
      users: 700, groups: 3, members: 700, joined: 700, finished: 1,
    });
  }
}, 120_000);
