import { readFile } from "node:fs/promises";
import type { Mapper, RuleSet } from "@joinery/engine";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunOutcome } from "../support/organisation.js";
import { openWorld, type World } from "../support/world.js";
import { connectHrAndWiki } from "./hr-and-wiki.js";

/** TRUST D10: one record in a thousand always fails, each in another step; the others go on. */
const people = 3_000;
const numberOf = (index: number) => String(100_000 + index);
const broken = { row: 700, inbound: 1_500, outbound: 2_300 } as const;

const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });
const text = (name: string) => ({ name, type: "string" as const });

const ruleSet: RuleSet = {
  format: 1,
  schema: { user: ["number", "name", "room", "badge"].map(text), group: [text("name")] },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.number", match: [{ account: "number", identity: "number" }] }],
          mappers: [
            direct("hr.number-in", "number", "number"),
            direct("hr.name", "name", "name"),
            direct("hr.room", "room", "room"),
            { id: "hr.badge", kind: "expression", expression: "string(int(account.badge) + 1)",
              to: "badge" },
          ],
        },
      },
    },
    wiki: {
      user: {
        outbound: {
          provision: { id: "wiki.provision", when: "true" },
          otherwise: "keep",
          mappers: [
            { id: "wiki.login", kind: "expression", expression: "'u' + identity.number",
              to: "login" },
            direct("wiki.name", "name", "name"),
            { id: "wiki.floor", kind: "expression", expression: "string(int(identity.room) / 100)",
              to: "floor" },
          ],
        },
      },
    },
  },
};

/** What is broken stands in one cell each: a cell too many, and two numbers that are none. */
function hrFile(isMended: boolean): string {
  const rows = Array.from({ length: people }, (_, index) => {
    const room = index === broken.outbound && !isMended ? "attic" : String(100 + (index % 500));
    const badge = index === broken.inbound && !isMended ? "lost" : String(index);
    const more = index === broken.row && !isMended ? ",surplus" : "";
    return `${numberOf(index)},Person ${index},${room},${badge}${more}`;
  });
  return ["number,name,room,badge", ...rows, ""].join("\n");
}

describe("one record in a thousand that fails", { timeout: 120_000 }, () => {
  let world: World;
  let hr: string;
  const run = async (mended: boolean): Promise<RunOutcome> => {
    await world.writeFile("hr.csv", hrFile(mended));
    return world.organisation.run(hr);
  };
  const logins = async () =>
    (parse(await readFile(world.filePath("wiki.csv")), { columns: true }) as { login: string }[])
      .map(({ login }) => login);

  beforeAll(async () => {
    world = await openWorld();
    const files = { hr: hrFile(false), wikiHeader: "login,name,floor" };
    hr = await connectHrAndWiki(world, { ...files, ruleSet });
  }, 120_000);
  afterAll(() => world.stop());

  test("holds up nobody else, and its run says who, where and why", async () => {
    const { state, errors } = await run(false);
    expect(state).toBe("finished");
    const others = Array.from({ length: people }, (_, index) => index)
      .filter((index) => !Object.values<number>(broken).includes(index))
      .map((index) => `u${numberOf(index)}`);
    expect((await logins()).toSorted()).toEqual(others);
    expect(errors.map(({ code, count }) => [code, count])).toEqual([
      ["ROW_MALFORMED", 1], ["EXPRESSION_VALUE", 2],
    ]);
    expect(errors[0]?.samples[0]?.object).toBe(numberOf(broken.row));
    const [inbound, outbound] = errors[1]?.samples ?? [];
    expect(inbound).toEqual({ object: numberOf(broken.inbound), reason: "hr, hr.badge" });
    expect(outbound?.reason).toMatch(/^wiki, wiki\.floor: /);
    const { waitingAccounts } = await world.graph.ask<{ waitingAccounts: { nodes: object[] } }>(
      `query ($id: ID!) { waitingAccounts(applicationId: $id, situation: "failed") {
        nodes { anchor failureCode failureMapper }
      } }`,
      { id: hr },
    );
    expect(waitingAccounts.nodes).toEqual([{
      anchor: numberOf(broken.inbound), failureCode: "EXPRESSION_VALUE", failureMapper: "hr.badge",
    }]);
  });

  test("is there with the next run once its cause is mended", async () => {
    const { state, errors } = await run(true);
    expect([state, errors]).toEqual(["finished", []]);
    expect(await logins()).toHaveLength(people);
  });
});
