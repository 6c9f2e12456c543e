import {
  ConnectorError, type ChangeBatch, type Connector, type ReadBatch,
} from "@joinery/connectors";
import { FakeConnector, FakeSystem } from "@joinery/connectors/fake";
import { serviceActor, toEventActor } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Application } from "../../domain/application.js";
import { World } from "../../testing/world.js";
import { discardRun, releaseRun } from "../decide-run.js";
import { runImports } from "./run-import.js";

export type { ProvidedServices };

let world: World;
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(async () => world.close());
beforeEach(() => { nth += 1; });

/** Imports, and ends the run as if the vault had nothing to say. */
async function imports(application: Application, changesOnly: boolean) {
  const { id } = await world.startRun(application, changesOnly);
  await work();
  return world.run(id);
}

async function work(): Promise<void> {
  await world.work("import", runImports);
  await world.tx((tx) => tx.execute(
    "update run set state = 'finished' where state in ('inbound', 'outbound')"));
}

const positionOf = async ({ id }: Application) =>
  (await world.tx((tx) => world.deps.reports.position(tx, id)))?.token;

const held = async ({ id }: Application) =>
  (await world.rows<{ line: string }>(
    `select kind || ' ' || anchor || ' ' || name || ' ' || attributes::text || ' ' ||
       coalesce(enabled::text, '') as line
     from account where application_id = $1 and state = 'present' order by anchor`, [id]))
    .map(({ line }) => line);

const heldMembers = async ({ id }: Application) =>
  (await world.rows<{ line: string }>(
    `select g.anchor || ' ' || m.member as line from member m
     join account g on g.id = m.group_account where m.application_id = $1
     order by g.anchor, m.member`, [id])).map(({ line }) => line);

describe("an import of what changed", () => {
  let system: FakeSystem;
  let connector: FakeConnector;
  let crm: Application;

  beforeEach(async () => {
    system = new FakeSystem();
    connector = new FakeConnector(system);
    crm = await world.connected(`crm${nth}`, connector);
    for (let at = 0; at < 40; at += 1) system.seed("user", { login: `p${at}`, title: "none" });
    for (let at = 0; at < 3; at += 1) system.seed("group", { name: `g${at}` });
    await imports(crm, false);
  });

  const membersOf = (group: string, add: readonly string[], remove: readonly string[]) =>
    system.perform({ operation: "members", id: "x", anchor: group, name: group, add, remove });

  const look = () => world.tx(async (tx) => {
    const { id } = await world.deps.runs.add(tx, {
      id: world.deps.newId(), applicationId: crm.id, reads: "changes",
      actor: toEventActor(serviceActor("applications")),
    });
    await world.deps.tasks.wish(tx, "import", crm.id);
    return id;
  });

  test("brings what a full read would, whatever happened, and reads nothing else", async () => {
    // Nobody is held here: each edit is to arrive.
    const all = { least: 1_000, most: 1_000, sharePercent: 100, halfPercent: 100 };
    crm = await world.connected(`free${nth}`, connector, {
      limits: { delete: all, membershipRemoval: all },
    });
    await imports(crm, false);
    let random = nth * 7_919;
    const pick = (n: number) => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((random / 2_147_483_648) * n);
    };
    for (let round = 0; round < 12; round += 1) {
      const users = () => system.all().filter(({ kind }) => kind === "user");
      const groups = () => system.all().filter(({ kind }) => kind === "group");
      const edits = 1 + pick(6);
      for (let at = 0; at < edits; at += 1) {
        const user = users()[pick(users().length)]?.anchor ?? "";
        const group = groups()[pick(groups().length)]?.anchor ?? "";
        const what = pick(6);
        if (what === 0) system.seed("user", { login: `new${round}-${at}` }, pick(2) === 0);
        else if (what === 1) system.change(user, { title: `t${pick(9)}` });
        else if (what === 2 && users().length > 38) system.remove(user);
        else if (what === 3) membersOf(group, [`p${pick(40)}`], []);
        else if (what === 4) membersOf(group, [], [`p${pick(40)}`]);
        else system.change(group, { description: `d${pick(9)}` });
      }
      const run = await imports(crm, true);
      expect([run.state, run.reads, run.code], `round ${round}`).toEqual(
        ["finished", "changes", null]);
      expect(run.counts["read"] ?? 0).toBeLessThanOrEqual(edits);
      const told = await held(crm);
      const members = await heldMembers(crm);
      const whole = await imports(crm, false);
      expect(whole.counts).toMatchObject(
        { new: 0, changed: 0, gone: 0, membersAdded: 0, membersRemoved: 0 });
      expect([await held(crm), await heldMembers(crm)], `round ${round}`)
        .toEqual([told, members]);
    }
  });

  test("is a full read where none was before, or where the system cannot tell", async () => {
    const first = await world.connected(`new${nth}`, new FakeConnector(new FakeSystem()));
    expect((await imports(first, true)).reads).toBe("everything");
    const { reads, check, close } = connector;
    const silent = await world.connected(`silent${nth}`, { reads, check, close });
    await imports(silent, false);
    expect(await positionOf(silent)).toBeUndefined();
    expect((await imports(silent, true)).reads).toBe("everything");
  });

  test("is a full read where the position is lost, and nobody is gone for it", async () => {
    system.seed("user", { login: "late" });
    system.journal.forget();
    const run = await imports(crm, true);
    expect(run).toMatchObject({ state: "finished", reads: "everything" });
    expect(run.counts).toMatchObject({ new: 1, gone: 0, changed: 0 });
    system.change("user-1", { title: "after" });
    expect(await imports(crm, true)).toMatchObject({ reads: "changes", counts: { changed: 1 } });
  });

  test("that breaks off changes nothing and is told again", async () => {
    for (let at = 1; at <= 5; at += 1) system.change(`user-${at}`, { title: "new" });
    const before = await held(crm);
    connector.faults = ({ operation }) =>
      operation === "changes" ? { type: "half" } : undefined;
    expect(await imports(crm, true)).toMatchObject({
      state: "failed", code: "CONNECTOR_UNREACHABLE",
    });
    expect(await held(crm)).toEqual(before);
    connector.faults = () => undefined;
    expect((await imports(crm, true)).counts).toMatchObject({ changed: 5 });
  });

  test("that deletes too many is held; given up it comes again, released it is done", async () => {
    const before = await positionOf(crm);
    for (let at = 1; at <= 25; at += 1) system.remove(`user-${at}`);
    const first = await imports(crm, true);
    expect(first).toMatchObject({ state: "held", code: "GUARD_HELD" });
    expect(await positionOf(crm)).toBe(before);
    await discardRun(world.deps, world.by, { id: first.id });
    expect(await positionOf(crm)).toBe(before);
    const second = await imports(crm, true);
    expect(second).toMatchObject({ state: "held", counts: { gone: 25 } });
    await releaseRun(world.deps, world.by, { id: second.id });
    await work();
    expect(await world.run(second.id)).toMatchObject({ state: "finished" });
    expect(await held(crm)).toHaveLength(18);
    expect(await positionOf(crm)).not.toBe(before);
  });

  test("stays where it was while a write of ours may be newer than what was told", async () => {
    const before = await positionOf(crm);
    system.change("user-1", { title: "theirs" });
    await world.rows("update account set written_at = now() + interval '1 minute' " +
      "where application_id = $1 and anchor = 'user-1'", [crm.id]);
    expect((await imports(crm, true)).counts["applied"] ?? 0).toBe(0);
    expect(await positionOf(crm)).toBe(before);
    await world.rows("update account set written_at = now() where application_id = $1", [crm.id]);
    expect((await imports(crm, true)).counts).toMatchObject({ applied: 1 });
    expect(await positionOf(crm)).not.toBe(before);
  });

  test("is told anew by a look only if there is something to tell", async () => {
    const runs = async () => (await world.rows<{ n: number }>(
      "select count(*)::int as n from run where application_id = $1", [crm.id]))[0]?.n;
    const told = (await world.told()).length;
    const before = await runs();
    system.change("user-1", { title: "none" });
    await look();
    await work();
    expect(await runs()).toBe(before);
    expect((await world.told()).length).toBe(told);
    expect(await positionOf(crm)).toBe(system.journal.token);
    system.change("user-1", { title: "other" });
    await look();
    await work();
    expect(await runs()).toBe((before ?? 0) + 1);
    expect((await world.told()).slice(told).map(({ envelope }) => envelope.name)).toEqual(
      ["applications.run.changed", "applications.account.changed", "applications.import.released"]);
  });

  test("stays where a look told that it began, though all of it was older than ours", async () => {
    system.change("user-1", { title: "theirs" });
    await world.rows("update account set written_at = now() + interval '1 minute' " +
      "where application_id = $1 and anchor = 'user-1'", [crm.id]);
    const id = await look();
    await work();
    expect(await world.run(id)).toMatchObject({ state: "finished", reads: "changes" });
  });

  test("tells that it began where a look has to read everything", async () => {
    system.journal.forget();
    const id = await look();
    await work();
    expect(await world.run(id)).toMatchObject({ reads: "everything" });
    const told = (await world.told("applications.run.changed")).filter(({ payload }) =>
      payload["runId"] === id);
    expect(told.map(({ payload }) => payload["state"])).toEqual(["started"]);
  });
});

/** A directory whose members are DNs: renamed, somebody is a member under the new one. */
class Directory {
  batches: readonly ChangeBatch[] = [];
  readonly dns = new Map<string, string>();
  members: readonly (readonly [string, string])[] = [];

  readonly connector: Connector = {
    check: async () => undefined,
    close: async () => undefined,
    reads: {
      describe: async () => ({
        user: [{ name: "dn", type: "string", naming: true }],
        group: [{ name: "dn", type: "string", naming: true }],
      }),
      read: () => this.#read(),
    },
    changes: {
      begin: async () => ({ token: "begun", reportsDeletions: true }),
      changes: () => this.#changes(),
    },
  };

  async *#changes(): AsyncGenerator<ChangeBatch> {
    for (const batch of this.batches) yield batch;
    yield { type: "token", token: `token ${this.batches.length}` };
  }

  async *#read(): AsyncGenerator<ReadBatch> {
    if (this.dns.size === 0) throw new ConnectorError("stop", "SOURCE_EMPTY", "empty");
    yield { type: "objects", objects: [...this.dns.keys()].map((anchor) => this.object(anchor)) };
    const members = this.members.map(([group, anchor]) =>
      ({ group, member: this.dns.get(anchor) ?? anchor }));
    yield { type: "members", members };
  }

  object(anchor: string) {
    const dn = this.dns.get(anchor) ?? "";
    const kind = anchor.startsWith("g") ? "group" as const : "user" as const;
    return { kind, anchor, name: dn, attributes: { dn } };
  }
}

describe("members that are called otherwise now", () => {
  let directory: Directory;
  let ad: Application;

  beforeEach(async () => {
    directory = new Directory();
    directory.dns.set("g1", "CN=All");
    for (let at = 1; at <= 20; at += 1) directory.dns.set(`u${at}`, `CN=P${at},OU=Old`);
    directory.members = [...directory.dns.keys()].filter((each) => each !== "g1")
      .map((anchor) => ["g1", anchor] as const);
    ad = await world.connected(`ad${nth}`, directory.connector);
    await imports(ad, false);
    await world.rows("update account set identity_id = gen_random_uuid() " +
      "where application_id = $1 and kind = 'user'", [ad.id]);
  });

  const moves = () => {
    for (let at = 1; at <= 20; at += 1) directory.dns.set(`u${at}`, `CN=P${at},OU=New`);
  };

  test("have not left: a unit that was renamed is not held by the guard", async () => {
    moves();
    const run = await imports(ad, false);
    expect(run).toMatchObject({ state: "finished", counts: { changed: 20, membersRemoved: 0 } });
    expect((await heldMembers(ad)).every((line) => line.endsWith("OU=New"))).toBe(true);
  });

  test("are held where they really left", async () => {
    moves();
    directory.members = directory.members.slice(0, 4);
    expect(await imports(ad, false)).toMatchObject({
      state: "held", counts: { changed: 20, membersRemoved: 16 },
    });
  });

  test("are found by their account when a report says that they went", async () => {
    moves();
    directory.batches = [
      { type: "members", added: [], removed: [{ group: "g1", member: "CN=P3,OU=New" }] },
      { type: "objects", objects: [directory.object("u3"), directory.object("u4")] },
    ];
    const run = await imports(ad, true);
    expect(run.counts).toMatchObject({ changed: 2, membersRemoved: 1, membersAdded: 0 });
    expect(await heldMembers(ad)).toHaveLength(19);
    expect(await heldMembers(ad)).not.toContain("g1 CN=P3,OU=Old");
  });

  test("are the same where a report gives all that a group has", async () => {
    moves();
    directory.batches = [
      { type: "members", added: [], removed: [{ group: "g1", member: "CN=P1,OU=Old" }] },
      { type: "objects", objects: [...directory.dns.keys()].map((each) => directory.object(each)) },
      { type: "wholeMembers", groups: ["g1"] },
      {
        type: "members", removed: [],
        added: [...directory.dns.values()].slice(1, 18).map((member) => ({ group: "g1", member })),
      },
    ];
    const run = await imports(ad, true);
    expect(run.counts).toMatchObject({ changed: 20, membersRemoved: 3 });
    expect(await heldMembers(ad)).toEqual(
      [...directory.dns.values()].slice(1, 18).map((dn) => `g1 ${dn}`).sort());
  });

  test("the last word of a report stands", async () => {
    const p1 = { group: "g1", member: "CN=P1,OU=Old" };
    const p2 = { group: "g1", member: "CN=P2,OU=Old" };
    const gone = { anchor: "u9", because: "deleted" as const };
    directory.batches = [
      { type: "members", added: [], removed: [p1] },
      { type: "gone", gone: [gone] },
      { type: "members", added: [p1], removed: [] },
      { type: "members", added: [], removed: [p2] },
      { type: "objects", objects: [directory.object("u9")] },
      { type: "members", added: [p2], removed: [] },
      { type: "members", added: [], removed: [p2] },
    ];
    const run = await imports(ad, true);
    expect(run.counts).toMatchObject({ gone: 0, changed: 0, membersRemoved: 1, membersAdded: 0 });
    expect(await heldMembers(ad)).not.toContain("g1 CN=P2,OU=Old");
    expect(await held(ad)).toHaveLength(21);
  });

  test("stay where a group that a report gives whole was written by us meanwhile", async () => {
    const added = [...directory.dns.values()].slice(1).map((member) => ({ group: "g1", member }));
    directory.batches = [
      { type: "wholeMembers", groups: ["g1"] }, { type: "members", removed: [], added },
    ];
    await world.rows("update account set written_at = now() + interval '1 minute' " +
      "where application_id = $1 and anchor = 'g1'", [ad.id]);
    const run = await imports(ad, true);
    expect(run).toMatchObject({ state: "finished", counts: { membersRemoved: 0 } });
    expect(await positionOf(ad)).toBe("begun");
    directory.batches = [{ type: "wholeMembers", groups: ["g1"] }];
    expect((await imports(ad, true)).counts).toMatchObject({ membersRemoved: 0 });
    expect(await heldMembers(ad)).toHaveLength(20);
    expect(await positionOf(ad)).toBe("begun");
  });

  test("who is told to be gone and then cannot be read is there all the same", async () => {
    const because = "outOfScope" as const;
    const unreadable = { ...directory.object("u9"), name: "\0" };
    const code = "VALUE_INVALID" as const;
    directory.batches = [
      { type: "gone", gone: ["u8", "u9", "g1"].map((anchor) => ({ anchor, because })) },
      { type: "objects", objects: [unreadable] },
      { type: "skips", skips: ["u8", "g1"].map((anchor) =>
        ({ object: anchor, anchor, code, reason: "bad" })) },
    ];
    const run = await imports(ad, true);
    expect(run).toMatchObject({ state: "finished", counts: { gone: 0, membersRemoved: 0 } });
    expect(await held(ad)).toHaveLength(21);
  });

  test("go with their group", async () => {
    directory.batches = [{ type: "gone", gone: [{ anchor: "g1", because: "deleted" }] }];
    const run = await imports(ad, true);
    expect(run).toMatchObject({ state: "held", counts: { gone: 1, membersRemoved: 20 } });
  });

  test("leave although somebody new comes with the same import", async () => {
    for (let at = 30; at <= 40; at += 1) directory.dns.set(`u${at}`, `CN=P${at},OU=Old`);
    directory.members = directory.members.slice(1);
    const run = await imports(ad, false);
    expect(run).toMatchObject({ state: "finished", counts: { new: 11, membersRemoved: 1 } });
    expect(await heldMembers(ad)).toHaveLength(19);
  });
});
