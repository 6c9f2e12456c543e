import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Harm } from "./harm.js";
import type { State } from "./look/state.js";
import type { Scene } from "./round.js";
import { dieAt, sameAgain } from "./rounds.js";
import { judge, type Verdict } from "./verdict.js";
import { Stops, World } from "./world.js";

/**
 * Negative controls of the campaign: where Joinery, or what it writes to, has the defect, the
 * campaign says so.
 */
describe("a campaign finds", { timeout: 200_000 }, () => {
  const stops = new Stops();
  let world: World;

  beforeAll(async () => {
    world = await World.open({
      people: 40, seed: 11, topology: "compact", connector: "careless", say: () => undefined,
    }, stops);
    await world.finishedRun("hr");
    await world.company.run(world.applications["broken"] ?? "");
    await world.untilQuiet();
  }, 200_000);
  afterAll(() => stops.run());

  test("nothing where nothing is wrong", async () => {
    expect(await world.verdict()).toEqual({ lost: [], duplicates: [], unplanned: [] });
  });

  test("each kind of defect in a state that is otherwise whole", async () => {
    const state = await world.state();
    for (const [kind, name, tampered] of defectsOf(state)) {
      const found = judge(tampered, world.expected());
      expect(found[kind], name).not.toEqual([]);
    }
  });

  test("a write to a target that no item of a plan holds", async () => {
    const wiki = world.targets.get("wiki");
    const [object] = wiki?.objects() ?? [];
    if (wiki === undefined || object === undefined) throw new Error("the wiki has accounts");
    const { anchor, name } = object;
    const changes = { title: { after: "Nobody planned this" } };
    wiki.perform({ operation: "update", id: randomUUID(), anchor, changes });
    const { unplanned, lost } = await world.verdict();
    expect(unplanned).toEqual([expect.stringContaining(`update of ${name} in wiki`)]);
    expect(lost).toContain(`wiki has a wrong title of ${name}`);
  });

  test("a reading of the same that writes: the wiki gets its title back", async () => {
    const { verdict } = await sameAgain(sceneOf(world));
    expect(verdict.unplanned).toContain("reading the same again changed items");
    expect(verdict.lost).toEqual([]);
  });

  test("an event that one service confirms and never handles", async () => {
    expect((await world.verdict()).lost).toEqual([]);
    await world.look.rows("audit", passOver);
    await world.nextDay();
    await world.finishedRun("hr");
    await world.untilQuiet();
    await world.look.rows("audit", "drop trigger pass_over on joinery.inbox");
    const { lost } = await world.verdict();
    expect(lost).toContainEqual(expect.stringMatching(/^audit (ends with|does not know|lacks)/));
  });

  test("accounts made twice by a connector that does not look before it creates", async () => {
    expect((await world.verdict()).duplicates).toEqual([]);
    const { points, verdict } = await dieAt(sceneOf(world), "export.write.after", 1);
    expect(points).toEqual(["export.write.after"]);
    expect(verdict.duplicates).toContainEqual(expect.stringMatching(/ has user u\d+ 2 times$/));
  });
});

function sceneOf(world: World): Scene {
  return { world, harm: new Harm(world.stack, world.dataFolder) };
}

/** Audit stores what vault tells as if it were nothing to it. */
const passOver = `
  create function joinery.pass_over() returns trigger language plpgsql as
    $$ begin new.state := 'skipped'; return new; end $$;
  create trigger pass_over before insert on joinery.inbox for each row
    when (new.producer = 'vault') execute function joinery.pass_over()`;

type Defect = readonly [keyof Verdict, string, State];

function defectsOf(state: State): Defect[] {
  const { identities, accounts, items, entries, mails, targets } = state;
  const people = identities.filter(({ kind }) => kind === "user");
  const [person] = people;
  const [item] = items;
  const directory = targets.get("directory");
  const effect = directory?.effects.find(({ operation }) => operation === "create");
  if (!person || !item || !directory || !effect) throw new Error("the state is empty");
  const { objects, members, effects } = directory;
  const [user] = objects.filter(({ kind }) => kind === "user");
  if (!user) throw new Error("the directory is empty");
  const withDirectory = (change: Partial<typeof directory>): State =>
    ({ ...state, targets: new Map([...targets, ["directory", { ...directory, ...change }]]) });
  const wrong = { ...person, attributes: { ...person.attributes, title: "of yesterday" } };
  const others = identities.filter((each) => each !== person);
  const untold = entries.filter(({ objectId }) => objectId !== person.id)
    .map((entry, index) => ({ ...entry, position: index + 1 }));
  return [
    ["lost", "an identity is missing", { ...state, identities: others }],
    ["lost", "an identity has an older value", { ...state, identities: [...others, wrong] }],
    ["duplicates", "an identity is there twice", { ...state, identities: [...identities, person] }],
    ["lost", "an account is missing", withDirectory({ objects: objects.slice(1) })],
    ["duplicates", "an account is there twice",
      withDirectory({ objects: [...objects, { ...user, anchor: "user-again" }] })],
    ["lost", "a membership is missing", withDirectory({ members: members.slice(1) })],
    ["lost", "a membership is left over",
      withDirectory({ members: [...members, { group: members[0]?.group ?? "", member: "u0" }] })],
    ["unplanned", "a write has no item",
      withDirectory({ effects: [...effects, { ...effect, id: randomUUID() }] })],
    ["unplanned", "a write was done twice", withDirectory({ effects: [...effects, effect] })],
    ["unplanned", "a write holds another value than its item",
      withDirectory({ effects: effects.map((each) =>
        (each === effect ? { ...each, written: { ...each.written, title: "another" } } : each)) })],
    ["lost", "an item is called done and was never written", withDirectory({ effects: [] })],
    ["lost", "an item is never written",
      { ...state, items: [{ ...item, state: "queued" }, ...items.slice(1)] }],
    ["lost", "an account is known otherwise than it is",
      { ...state, accounts: accounts.map((each) => ({ ...each, attributes: {} })) }],
    ["duplicates", "an identity has two accounts in one system",
      { ...state, accounts: [...accounts, ...accounts] }],
    ["lost", "an entry of the audit is missing", { ...state, entries: untold }],
    ["lost", "a position of the audit is missing", { ...state, entries: entries.slice(1) }],
    ["duplicates", "an entry of the audit is there twice",
      { ...state, entries: [...entries, ...entries.slice(-1)] }],
    ["lost", "nobody is told of a run that failed", { ...state, mails: [] }],
    ["duplicates", "somebody is told twice", { ...state, mails: [...mails, ...mails] }],
    ["lost", "a mail never arrives", { ...state, takenMails: new Set() }],
    ["lost", "a run does not end", { ...state, runs: ["hr 1 running"] }],
    ["lost", "a number of an outbox is missing", { ...state, gaps: ["vault numbered 2 up to 3"] }],
  ];
}
