import type { ConnectorWrite } from "@joinery/connectors";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company, idOf } from "../testing/company.js";
import { World } from "../testing/world.js";
import { runImports } from "./imports/run-import.js";

export type { ProvidedServices };

/** Bugs that other engines of this kind had, by the names they are known under. */
let world: World;
let company: Company;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
});
afterEach(async () => world.close());

const named = (name: string) =>
  [...company.system.objects.values()].filter((each) => each.name === name);
const written = () => company.system.written.map(({ operation }) => operation);
const cycle = async () => {
  const run = await company.run();
  await company.export();
  return run;
};
const items = () => world.rows(
  "select operation, state, code, before, after from item order by id");

describe("object leaves scope and returns before its delete ran", () => {
  beforeEach(async () => {
    await company.tell({ ann: { title: "Boss" } });
    await cycle();
    await company.tell({ ann: { title: "Boss", gone: true } });
    await company.run();
    expect(await items()).toMatchObject([
      { operation: "create", state: "done" }, { operation: "delete", state: "open" },
    ]);
  });

  test("nothing is deleted, and it is the same account", async () => {
    const [before] = named("ann");
    await company.tell({ ann: { title: "Boss" } });
    await cycle();
    expect(await items()).toMatchObject([
      { operation: "create" }, { operation: "delete", state: "discarded", code: "REPLACED" },
    ]);
    expect(written()).toEqual(["create"]);
    expect(named("ann")).toEqual([before]);
    await company.tell({ ann: { title: "Chief" } });
    await cycle();
    expect(named("ann")).toMatchObject([
      { anchor: before?.anchor, attributes: { title: "Chief" } }]);
  });

  test("where the delete was done and its answer lost, there is one account again", async () => {
    company.system.onAnswer = () => {
      throw new Error("the worker dies before it hears the answer");
    };
    await expect(company.export()).rejects.toThrow("dies");
    company.system.onAnswer = () => undefined;
    expect(named("ann")).toEqual([]);
    await company.tell({ ann: { title: "Boss" } });
    await company.run();
    await company.import(company.directory);
    await company.export();
    await cycle();
    expect(named("ann")).toMatchObject([{ attributes: { title: "Boss" }, enabled: true }]);
    expect(await world.rows(
      "select state, identity_id from account where application_id = $1 and name = 'ann'",
      [company.directory.id])).toEqual([{ state: "present", identity_id: idOf("ann") }]);
  });
});

describe("two identities race to join one account", () => {
  const same = { ann: { number: "shared" }, ben: { number: "shared" } };
  const owners = () => world.rows<{ identity_id: string; state: string }>(
    "select identity_id, state from account where application_id = $1 and name = 'shared'",
    [company.directory.id]);

  test("of two that want one name one has it, and the other is told why not", async () => {
    await company.tell(same);
    const run = await cycle();
    expect(named("shared")).toHaveLength(1);
    expect((await owners()).filter(({ state }) => state === "present")).toHaveLength(1);
    expect((await world.run(run.id)).errors["OBJECT_EXISTS"]?.count).toBe(1);
    await company.import(company.directory);
    await cycle();
    expect((await owners()).filter(({ state }) => state === "present")).toHaveLength(1);
  });

  test("an account that comes meanwhile is taken by neither for its name alone", async () => {
    await company.tell(same);
    await company.run();
    company.system.put({ anchor: "came", name: "shared", attributes: { cn: "shared" } });
    await company.import(company.directory);
    await company.export();
    expect(named("shared")).toMatchObject([{ anchor: "came", attributes: { cn: "shared" } }]);
    expect((await owners()).filter(({ state }) => state === "present"))
      .toEqual([{ identity_id: null, state: "present" }]);
  });
});

test("re-hire with the account kept: it is enabled again, and no second one made", async () => {
  await company.tell({ ann: { title: "Boss", status: "here" } });
  await cycle();
  const [before] = named("ann");
  await company.tell({ ann: { title: "Boss", status: "left" } });
  await cycle();
  expect(named("ann")).toMatchObject([{ anchor: before?.anchor, enabled: false }]);
  await company.tell({ ann: { title: "Chief", status: "here" } });
  await cycle();
  expect(named("ann")).toMatchObject([
    { anchor: before?.anchor, enabled: true, attributes: { title: "Chief" } }]);
  expect(written()).toEqual(["create", "update", "update"]);
});

describe("deprovisioning a member erases the group's other pending exports", () => {
  const members = () => company.system.members.map(({ member }) => member).sort();
  const here = { ann: {}, ben: {}, cas: {}, dan: {} };

  beforeEach(async () => {
    await company.tell(here);
    await company.tellGroups("team");
    await company.membership("team", "dan");
    await cycle();
    for (const name of ["ann", "ben", "cas"]) await company.membership("team", name);
    await company.run();
    expect((await items()).at(-1)).toMatchObject({ operation: "members", state: "open" });
  });

  test("where the vault says that the membership ended", async () => {
    await company.membership("team", "ann", false);
    await company.tell({ ann: { gone: true } });
    await cycle();
    expect(members()).toEqual(["ben", "cas", "dan"]);
    expect(named("ann")).toEqual([]);
  });

  test("where it says so only later", async () => {
    await company.tell({ ann: { gone: true } });
    await cycle();
    await cycle();
    expect(named("ann")).toEqual([]);
    expect(members().filter((name) => name !== "ann")).toEqual(["ben", "cas", "dan"]);
    await company.membership("team", "ann", false);
    await cycle();
    expect(members().filter((name) => name !== "ann")).toEqual(["ben", "cas", "dan"]);
  });

  test("where the account was deleted behind our back", async () => {
    company.system.remove(String(named("ann")[0]?.anchor));
    const { id } = await world.startRun(company.directory);
    await world.work("import", runImports);
    await company.export();
    await company.inboundDone(id);
    await company.export();
    await cycle();
    expect(members()).toEqual(expect.arrayContaining(["ben", "cas", "dan"]));
  });
});

describe("parallel export sends an unresolved internal id", () => {
  const internalIds = () => company.system.written
    .map((write) => JSON.stringify(valuesOf(write)))
    .filter((text) => /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.test(text));

  test("none leaves, whoever is first", async () => {
    const names = Array.from({ length: 12 }, (_, at) => `p${at}`);
    const people = Object.fromEntries(names.map((name, at) =>
      [name, { manager: names[(at + 5) % names.length] ?? "" }]));
    await company.tell(people);
    await company.tellGroups("team");
    for (const name of names) await company.membership("team", name);
    await company.run();
    company.system.writeBatchMax = 2;
    let turn = 0;
    // Every third write is to be tried again later, so that whom others name comes last.
    company.system.onWrite = ({ id }) => {
      turn += 1;
      return turn % 3 === 0 && turn < 30
        ? { id, ok: false, kind: "retry", code: "CONNECTOR_BUSY", reason: "busy", retryAfterMs: 1 }
        : undefined;
    };
    const isDone = async () => (await items()).every(({ state }) => state === "done");
    for (let time = 0; time < 60 && !(await isDone()); time += 1) {
      await world.rows("update item set next_at = null where state = 'open'");
      await world.tx((tx) => world.deps.tasks.wish(tx, "export", company.directory.id));
      await Promise.all([company.export(), company.export()]);
    }
    expect(company.system.members.map(({ member }) => member).sort()).toEqual([...names].sort());
    for (const [name, { manager }] of Object.entries(people)) {
      expect(named(name)).toMatchObject([{ attributes: { manager } }]);
    }
    expect(internalIds()).toEqual([]);
  });

  test("nor where whom it names went while it waited to leave", async () => {
    await company.tell({ ann: {}, ben: {} });
    await company.tellGroups("team");
    await cycle();
    await company.tell({ ann: { manager: "ben" } });
    await company.membership("team", "ben");
    await company.run();
    company.system.remove(String(named("ben")[0]?.anchor));
    await world.startRun(company.directory);
    await world.work("import", runImports);
    await company.export();
    expect(internalIds()).toEqual([]);
    expect((await items()).filter(({ state }) => state === "stale").map(({ code }) => code))
      .toEqual(["REFERENCE_MISSING", "REFERENCE_MISSING"]);
  });
});

/** What a write brings into the system, without the ids that name the write itself. */
function valuesOf(write: ConnectorWrite): unknown {
  if (write.operation === "create") return write.attributes;
  if (write.operation === "update") return write.changes;
  return write.operation === "members" ? [write.add, write.remove] : [];
}

describe("drift correction and new value merged into one contradictory modify", () => {
  const drift = (title: string) => {
    const [made] = named("ann");
    company.system.put({ ...made!, attributes: { ...made!.attributes, title } });
  };
  const updates = () => company.system.written.flatMap((write) =>
    write.operation === "update" ? [write.changes] : []);

  beforeEach(async () => {
    await company.tell({ ann: { title: "Boss" } });
    await cycle();
  });

  test("what is read and what is new make one change, from what stands there", async () => {
    drift("Hacked");
    await company.tell({ ann: { title: "Chief" } });
    await company.import(company.directory);
    await company.export();
    expect(updates()).toEqual([{ title: { before: "Hacked", after: "Chief" } }]);
    expect(named("ann")).toMatchObject([{ attributes: { title: "Chief" } }]);
  });

  test("a change that waits gives way to the one of what was read since", async () => {
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    drift("Hacked");
    await company.import(company.directory);
    expect((await items()).filter(({ state }) => state === "open")).toMatchObject([
      { before: { title: "Hacked" }, after: { title: "Chief" } }]);
    await company.export();
    expect(updates()).toEqual([{ title: { before: "Hacked", after: "Chief" } }]);
    expect(await items()).toHaveLength(3);
  });

  test("somebody there who was quicker and did the same leaves nothing to do", async () => {
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    drift("Chief");
    await company.import(company.directory);
    await company.export();
    expect(updates()).toEqual([]);
    expect((await items()).map(({ state }) => state)).toEqual(["done", "discarded"]);
  });
});
