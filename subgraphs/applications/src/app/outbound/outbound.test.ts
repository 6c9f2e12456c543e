import { setPointHandler } from "@joinery/events";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bystanders, Company, companyRules, idOf } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { discardRun, releaseRun } from "../decide-run.js";
import { resumeApplication, stopApplication } from "../stop-application.js";

export type { ProvidedServices };

let world: World;
let company: Company;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
});
afterEach(async () => world.close());

const object = (name: string) =>
  [...company.system.objects.values()].find((each) => each.name === name);
const due = () => world.rows("select identity_id, wave_id, waits from due");

describe("a create", () => {
  test("is planned before it is sent, and leaves one account with its identity", async () => {
    await company.tell({ ann: { title: "Boss" } });
    const run = await company.run();
    expect(await company.items(run.id)).toMatchObject([
      { operation: "create", state: "open", before: {},
        after: { cn: "ann", displayName: "Name of ann", title: "Boss", $enabled: true },
        because: expect.arrayContaining(["people", "active", "title"]), classes: ["create"] },
    ]);
    const planned = await world.rows(
      `select state, name, identity_id, anchor from account
       where application_id = $1 and name = 'ann'`,
      [company.directory.id]);
    expect(planned).toEqual([
      { state: "planned", name: "ann", identity_id: idOf("ann"), anchor: null }]);
    expect(await due()).toEqual([]);
    await company.export();
    expect(object("ann")).toMatchObject({ attributes: { title: "Boss" }, enabled: true });
    expect(await world.run(run.id)).toMatchObject({ state: "finished" });
    const told = (await world.told("applications.account.changed")).at(-1);
    expect(told?.payload).toMatchObject({
      origin: "export", accounts: [{ identityId: idOf("ann"), state: "present", before: null }],
    });
  });

  test("does not leave while the application was never read whole", async () => {
    await world.rows("update application set first_import_at = null where key = 'directory'");
    await company.tell({ ann: {} });
    const run = await company.run();
    expect(await company.items()).toEqual([]);
    expect(run.counts).toMatchObject({ "unavailable.directory.FIRST_IMPORT_MISSING": 1 });
    await company.import(company.directory);
    expect(await company.items()).toMatchObject([{ operation: "create", after: { cn: "ann" } }]);
  });

  test("of somebody who is written at the next import is no change", async () => {
    await company.tell({ ann: { title: "Boss" } });
    await company.run();
    await company.export();
    const before = await world.census();
    const second = await company.import(company.directory);
    expect(second.counts).toMatchObject({ unchanged: 2 + bystanders, new: 0, changed: 0, gone: 0 });
    expect(await world.census()).toEqual(before);
  });
});

describe("references", () => {
  test("follow the account, also in a cycle and to somebody planned later", async () => {
    await company.tell({ ann: { manager: "ben" }, ben: { manager: "ann" } });
    const run = await company.run();
    expect(
      (await company.items(run.id)).map(({ operation, state }) => [operation, state]).sort(),
    ).toEqual([
      ["create", "open"],
      ["create", "open"],
      ["update", "waiting"],
      ["update", "waiting"],
    ]);
    await company.export();
    expect(object("ann")?.attributes["manager"]).toBe("ben");
    expect(object("ben")?.attributes["manager"]).toBe("ann");
    expect(await world.run(run.id)).toMatchObject({ state: "finished" });
    expect(await company.import(company.directory)).toMatchObject({ state: "finished" });
    expect(await company.run()).toMatchObject({ state: "finished" });
    expect(await world.rows("select count(*)::int as n from item where state <> 'done'"))
      .toEqual([{ n: 0 }]);
  });

  test("to somebody without an account wait for news of them, and not before", async () => {
    await company.tell({ ann: { manager: "ben" }, ben: { number: null } });
    await company.run();
    await company.export();
    expect(object("ann")?.attributes["manager"]).toBeUndefined();
    expect(await due()).toEqual([
      { identity_id: idOf("ann"), wave_id: null, waits: [idOf("ben")] }]);
    await company.run();
    expect(await due()).toHaveLength(1);
    await company.tell({ ben: {} });
    await company.run();
    await company.export();
    expect(object("ann")?.attributes["manager"]).toBe("ben");
    expect(await due()).toEqual([]);
  });
});

describe("an update", () => {
  beforeEach(async () => {
    await company.tell({ ann: { title: "Boss" }, ben: {} });
    await company.run();
    await company.export();
  });

  test("holds what changed and its values before, and nothing else", async () => {
    await company.tell({ ann: { title: "Chief" } });
    const run = await company.run();
    expect(await company.items(run.id)).toMatchObject([
      { operation: "update", before: { title: "Boss" }, after: { title: "Chief" },
        because: ["title"], classes: ["update"] },
    ]);
    await company.export();
    expect(object("ann")?.attributes["title"]).toBe("Chief");
  });

  test("that is computed anew as the same keeps its place, another one replaces it", async () => {
    await company.tell({ ann: { title: "Chief" } });
    await company.run();
    const [first] = await world.rows<{ id: string }>("select id from item where state = 'open'");
    await company.tell({ ann: { title: "Chief", status: "here" } });
    await company.run();
    expect(await world.rows("select id from item where state = 'open'")).toEqual([first]);
    await company.tell({ ann: { title: "President" } });
    await company.run();
    expect(
      await world.rows(
        "select after, state, code from item where operation = 'update' order by id",
      ),
    ).toEqual([
      { after: { title: "Chief" }, state: "discarded", code: "REPLACED" },
      { after: { title: "President" }, state: "open", code: null },
    ]);
  });

  test("undoes what somebody changed in the system by hand", async () => {
    const made = object("ann");
    company.system.put({ ...made!, attributes: { ...made!.attributes, title: "Hacked" } });
    await company.import(company.directory);
    await company.export();
    expect(object("ann")?.attributes["title"]).toBe("Boss");
  });

  test("is not made a third time in a day against somebody who insists", async () => {
    for (let time = 1; time <= 3; time += 1) {
      const made = object("ann");
      company.system.put({ ...made!, attributes: { ...made!.attributes, title: "Hacked" } });
      const run = await company.import(company.directory);
      await company.export();
      const { errors, counts } = await world.run(run.id);
      if (time < 3) expect(object("ann")?.attributes["title"]).toBe("Boss");
      else {
        expect(object("ann")?.attributes["title"]).toBe("Hacked");
        expect(errors["CONTRADICTION"]?.count).toBe(1);
        expect(counts).toMatchObject({ contradictions: 1 });
      }
    }
  });

  test("never touches a protected account, nor one that belongs to nobody", async () => {
    await world.rows("update application set protected_names = '{ann}' where key = 'directory'");
    await company.tell({ ann: { title: "Chief" } });
    const run = await company.run();
    expect(await company.items(run.id)).toEqual([]);
    expect(object("admin")?.attributes).toEqual({ cn: "admin" });
  });

  test("of a leaver disables, and of whoever is gone from the vault deletes", async () => {
    await company.tell({ ann: { title: "Boss", status: "left" }, ben: { gone: true } });
    const run = await company.run();
    expect(await company.items(run.id)).toMatchObject(expect.arrayContaining([
      expect.objectContaining({ operation: "update", after: { $enabled: false },
        classes: ["update", "disable"] }),
      expect.objectContaining({ operation: "delete", classes: ["delete"] }),
    ]));
  });
});

describe("somebody who left and comes back", () => {
  const owner = async () => (await world.rows<{ identity_id: string | null; state: string }>(
    "select identity_id, state from account where application_id = $1 and name = 'ann'",
    [company.directory.id]));
  const everybodyAgain = async () => {
    await stopApplication(world.deps, world.by, { id: company.directory.id });
    await resumeApplication(world.deps, world.by, { id: company.directory.id });
    const run = await company.run();
    await company.export();
    return company.items(run.id);
  };

  beforeEach(async () => {
    await company.tell({ ann: { title: "Boss" } });
    await company.run();
    await company.export();
    await company.tell({ ann: { title: "Boss", gone: true } });
    await company.run();
    await company.export();
    expect(object("ann")).toBeUndefined();
  });

  test("has an account again, created once, that is known as theirs from then on", async () => {
    await company.tell({ ann: { title: "Boss" } });
    const run = await company.run();
    await company.export();
    expect(await company.items(run.id)).toMatchObject([{ operation: "create", state: "done" }]);
    expect(await owner()).toEqual([{ identity_id: idOf("ann"), state: "present" }]);
    expect(await everybodyAgain()).toEqual([]);
    await company.tell({ ann: { title: "Chief" } });
    const next = await company.run();
    await company.export();
    expect(await company.items(next.id)).toMatchObject([{ operation: "update", state: "done" }]);
    expect(object("ann")?.attributes["title"]).toBe("Chief");
  });

  test("keeps the account that the system itself made again", async () => {
    const [{ anchor }] = await world.rows(
      "select anchor from account where application_id = $1 and name = 'ann'",
      [company.directory.id]) as [{ anchor: string }];
    company.system.put({ anchor, name: "ann", attributes: { cn: "ann", title: "Boss" } });
    await company.import(company.directory);
    // What the vault said before it knew of that takes nothing away.
    await company.lane.tell("vault.identity.changed", {
      runId: idOf("no run"), applicationId: company.hr.id,
      identities: [{ ...(await company.identity("ann", "user", { name: "Ann", number: "ann" })),
        accounts: [] }],
    });
    expect(await owner()).toEqual([{ identity_id: idOf("ann"), state: "present" }]);
    const run = await company.run();
    expect((await company.items(run.id)).map(({ operation }) => operation)).toEqual(["update"]);
  });

  test("is not given an old account once another took its place", async () => {
    const old = (await world.rows<{ id: string }>(
      "select id from account where application_id = $1 and name = 'ann'",
      [company.directory.id]))[0]!.id;
    company.system.put({ anchor: "new", name: "ann2", attributes: { cn: "ann2" } });
    await company.import(company.directory);
    await world.rows("update account set identity_id = $1 where name = 'ann2'", [idOf("ann")]);
    await company.tell({ ann: { title: "Boss" } });
    expect(await world.rows("select identity_id from account where id = $1", [old]))
      .toEqual([{ identity_id: null }]);
  });
});

describe("the guard", () => {
  const names = Array.from({ length: 40 }, (_, at) => `p${at}`);

  beforeEach(async () => {
    await company.tell(Object.fromEntries(names.map((name) => [name, { title: "T" }])));
    await company.run();
    await company.export();
  });

  test("holds a wave that disables too many; nothing leaves before a person says so", async () => {
    await company.tell(Object.fromEntries(
      names.slice(0, 6).map((name) => [name, { title: "T", status: "left" }])));
    const run = await company.run();
    expect(run).toMatchObject({ state: "held", code: "GUARD_HELD" });
    await company.export();
    expect(names.every((name) => object(name)?.enabled === true)).toBe(true);
    const waves = await world.tx((tx) => world.deps.waves.ofRuns(tx, [run.id]));
    const held = waves.find(({ state }) => state === "held");
    expect(held?.breaches).toEqual(expect.arrayContaining([
      expect.objectContaining({ class: "disable", n: 6, limit: 5, population: 40 + bystanders })]));
  });

  test("once a person released what it held, the run says nothing of it any more", async () => {
    await company.tell(Object.fromEntries(
      names.slice(0, 6).map((name) => [name, { title: "T", status: "left" }])));
    const { id } = await company.run();
    expect(await releaseRun(world.deps, world.by, { id })).toMatchObject({
      ok: true, value: { state: "exporting", code: null, reason: null },
    });
    await company.export();
    expect(await world.run(id)).toMatchObject({ state: "finished", code: null, reason: null });
  });

  test("a release counts that comes while the other applications are sealed", async () => {
    await company.tell(Object.fromEntries(
      names.slice(0, 6).map((name) => [name, { title: "T", status: "left" }])));
    setPointHandler(async (name) => {
      if (name !== "outbound.finish.before") return;
      const [run] = await world.rows<{ id: string }>("select id from run where state = 'outbound'");
      await releaseRun(world.deps, world.by, { id: run!.id });
    });
    try {
      expect(await company.run()).toMatchObject({ state: "exporting", code: null });
    } finally {
      setPointHandler(undefined);
    }
  });

  test("lets five through, and remembers them for a day", async () => {
    const leave = (from: number, to: number) => company.tell(Object.fromEntries(
      names.slice(from, to).map((name) => [name, { title: "T", status: "left" }])));
    await leave(0, 5);
    expect(await company.run()).toMatchObject({ state: "exporting" });
    await company.export();
    await leave(5, 6);
    const held = await company.run();
    expect(held).toMatchObject({ state: "held" });
    await discardRun(world.deps, world.by, { id: held.id });
    expect(await company.run()).toMatchObject({ state: "held" });
    world.now = new Date(world.now.getTime() + 25 * 3_600_000);
    const [again] = await world.rows<{ id: string }>("select id from run where state = 'held'");
    await discardRun(world.deps, world.by, { id: again!.id });
    expect(await company.run()).toMatchObject({ state: "exporting" });
  });
});

describe("one object's failure", () => {
  test("is told with its mapper, and harms nobody else", async () => {
    const directory = companyRules.applications["directory"]!;
    const outbound = directory.user!.outbound!;
    const level = { id: "level", kind: "expression" as const, to: "title",
      expression: "string(1 / int(identity.title))" };
    await company.publish({
      ...companyRules,
      applications: { directory: { ...directory, user: { outbound: {
        ...outbound, mappers: [...outbound.mappers.filter(({ id }) => id !== "title"), level],
      } } } },
    }, 2);
    await company.tell({ ann: { title: "0" }, ben: { title: "1" } });
    const run = await company.run();
    expect(run.errors["EXPRESSION_VALUE"]).toMatchObject({ count: 1 });
    expect((await company.items(run.id)).map(({ after }) => (after as { cn: string }).cn))
      .toEqual(["ben"]);
  });
});

describe("groups", () => {
  beforeEach(async () => {
    await company.tell({ ann: {}, ben: {} });
    await company.tellGroups("team");
    await company.membership("team", "ann");
    await company.membership("team", "ben");
    await company.run();
    await company.export();
  });
  const members = () => company.system.members.map(({ member }) => member).sort();

  test("are made with the members that the vault wants, once these have accounts", async () => {
    expect(members()).toEqual(["ann", "ben"]);
    expect(object("team")).toMatchObject({ kind: "group" });
    expect(await due()).toEqual([]);
  });

  test("lose only members that we added, and never one that nobody can resolve", async () => {
    const group = object("team")!.anchor;
    company.system.members.push({ group, member: "stranger" }, { group, member: "admin" });
    await company.import(company.directory);
    await company.membership("team", "ben", false);
    await company.run();
    await company.export();
    expect(members()).toEqual(["admin", "ann", "stranger"]);
  });

  test("get a member who comes later, with the account", async () => {
    await company.membership("team", "cas");
    await company.run();
    await company.export();
    await company.tell({ cas: {} });
    await company.run();
    await company.export();
    expect(members()).toEqual(["ann", "ben", "cas"]);
  });

  test("get a member back that somebody took out by hand", async () => {
    company.system.members.splice(0, 1);
    await company.import(company.directory);
    await company.export();
    expect(members()).toEqual(["ann", "ben"]);
  });

  test("in a second run write nothing", async () => {
    await company.import(company.directory);
    const before = await world.census();
    await company.import(company.directory);
    await company.run();
    await company.export();
    expect(await world.census()).toEqual(before);
  });
});
