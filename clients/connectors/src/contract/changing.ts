import { expect, test } from "vitest";
import type { ChangeBatch, ConnectorObject } from "../connector.js";
import { Replica } from "./replica.js";
import type { ContractOptions } from "./subject.js";
import type { ContractWorld } from "./world.js";

/** Of a connector whose system tells what changed. */
export function changePromises(ofWorld: () => ContractWorld, options: ContractOptions): void {
  followingPromises(ofWorld, options);
  tokenPromises(ofWorld);
  if (options.forgets !== undefined) forgetPromises(ofWorld, options.forgets);
}

/** Everything since a token, and the last token of it. */
export async function reportOf(
  world: ContractWorld, token: string, batchSizeMax = 50,
): Promise<{ readonly batches: readonly ChangeBatch[]; readonly token: string }> {
  const batches: ChangeBatch[] = [];
  let last: string | undefined;
  for await (const batch of world.changes.changes(token, { signal: world.signal, batchSizeMax })) {
    batches.push(batch);
    if (batch.type === "token") last = batch.token;
  }
  if (last === undefined) throw new Error("a report ends with a token");
  expect(batches.at(-1)?.type).toBe("token");
  return { batches, token: last };
}

async function readReplica(world: ContractWorld): Promise<Replica> {
  const { objects, members } = await world.readAll();
  return new Replica(objects, members);
}

async function expectSame(replica: Replica, world: ContractWorld): Promise<void> {
  const now = await readReplica(world);
  expect(byAnchor(replica.objects)).toEqual(byAnchor(now.objects));
  expect(replica.members).toEqual(now.members);
}

function byAnchor(objects: ReadonlyMap<string, ConnectorObject>): readonly ConnectorObject[] {
  return [...objects.values()].sort((left, right) => (left.anchor < right.anchor ? -1 : 1));
}

/** One thing of each sort, on what was there before and on what is new. */
async function changeEverything(
  world: ContractWorld, { text, kinds, hasState, reportsDeletions = true }: ContractOptions,
): Promise<() => Promise<void>> {
  const value = (word: string) => world.value(text, word);
  const [changed, cleared, leaver, member] = [
    await world.create("user", { [text]: await value("old") }),
    await world.create("user", { [text]: await value("old") }),
    await world.create("user"), await world.create("user"),
  ];
  const group = kinds.includes("group") ? await world.create("group") : undefined;
  const names = [changed, leaver, member].map((each) => world.memberOf(each));
  if (group !== undefined) await world.write([world.members(group, names, [])]);
  return async () => {
    const newcomer = await world.create("user", { [text]: await value("new") });
    await world.write([
      world.update(changed, { [text]: { before: await value("old"), after: await value("new") } }),
      world.update(cleared, { [text]: { before: await value("old"), after: null } }),
      ...(reportsDeletions ? [world.remove(leaver)] : []),
      ...(hasState ? [world.update(member, {}, false)] : []),
    ]);
    if (group === undefined) return;
    const [, , gone] = names as [string, string, string];
    await world.write([world.members(group, [world.memberOf(newcomer)], [gone])]);
    const second = await world.create("group");
    await world.write([world.members(second, [world.memberOf(newcomer)], [])]);
  };
}

function followingPromises(ofWorld: () => ContractWorld, options: ContractOptions): void {
  test("who is told every change knows what a full read finds, in whatever batches", async () => {
    const world = ofWorld();
    for (const size of [1, 50]) {
      const change = await changeEverything(world, options);
      const { token, reportsDeletions } = await world.changes.begin(world.signal);
      expect(reportsDeletions).toBe(options.reportsDeletions ?? true);
      const replica = await readReplica(world);
      await change();
      const { batches } = await reportOf(world, token, size);
      for (const batch of batches) {
        expect(sizeOf(batch)).toBeLessThanOrEqual(size);
        replica.apply(batch);
      }
      await expectSame(replica, world);
    }
  });

  test("a report that comes twice, or from before, ends in the same", async () => {
    const world = ofWorld();
    const { token } = await world.changes.begin(world.signal);
    const replica = await readReplica(world);
    const change = await changeEverything(world, options);
    const first = await reportOf(world, token);
    await change();
    const second = await reportOf(world, first.token);
    const again = await reportOf(world, token);
    for (const { batches } of [first, second, first, again, again]) {
      for (const batch of batches) replica.apply(batch);
    }
    // A report of long ago may hold a member who came and went; the newest has the last word.
    for (const batch of second.batches) replica.apply(batch);
    await expectSame(replica, world);
  });

  test("where nothing changed there is nothing but a token, time and again", async () => {
    const world = ofWorld();
    await world.create("user");
    let { token } = await world.changes.begin(world.signal);
    for (let turn = 0; turn < 3; turn += 1) {
      const report = await reportOf(world, token);
      expect(report.batches.every((batch) => batch.type === "token")).toBe(true);
      token = report.token;
    }
  });
}

function sizeOf(batch: ChangeBatch): number {
  switch (batch.type) {
    case "objects":
      return batch.objects.length;
    case "gone":
      return batch.gone.length;
    case "members":
      return batch.added.length + batch.removed.length;
    case "wholeMembers":
      return batch.groups.length;
    case "skips":
      return batch.skips.length;
    case "token":
      return 1;
  }
}

/** A token that the system does not take says nothing of anybody. */
async function expectRejected(world: ContractWorld, token: string): Promise<void> {
  const batches: ChangeBatch[] = [];
  const report = async (): Promise<void> => {
    const options = { signal: world.signal, batchSizeMax: 50 };
    for await (const batch of world.changes.changes(token, options)) batches.push(batch);
  };
  await expect(report()).rejects.toMatchObject({
    name: "ConnectorError", kind: "stop", code: "DELTA_TOKEN_REJECTED",
  });
  expect(batches).toEqual([]);
}

function forgetPromises(
  ofWorld: () => ContractWorld, forgets: NonNullable<ContractOptions["forgets"]>,
): void {
  test("a token that the system has forgotten asks for a full read", async () => {
    const world = ofWorld();
    const { token } = await world.changes.begin(world.signal);
    await world.create("user");
    await forgets();
    await expectRejected(world, token);
    const { token: next } = await world.changes.begin(world.signal);
    await world.create("user");
    expect((await reportOf(world, next)).batches.length).toBeGreaterThan(1);
  });
}

function tokenPromises(ofWorld: () => ContractWorld): void {
  test("a token that is none asks for a full read and says nothing of anybody", async () => {
    const world = ofWorld();
    const { token } = await world.changes.begin(world.signal);
    const middle = Math.floor(token.length / 2);
    for (const wrong of ["", "x", "{}", "eyJ2ZXJzaW9uIjoxfQ", token.slice(0, middle)]) {
      await expectRejected(world, wrong);
    }
  });

  test("an aborted report throws the signal's reason, and the connector stays fit", async () => {
    const world = ofWorld();
    const reason = new Error("the run was stopped");
    const { token } = await world.changes.begin(world.signal);
    await world.create("user");
    await expect(world.changes.begin(AbortSignal.abort(reason))).rejects.toBe(reason);
    const readUntil = async (controller: AbortController, isBefore: boolean): Promise<void> => {
      if (isBefore) controller.abort(reason);
      const options = { signal: controller.signal, batchSizeMax: 1 };
      for await (const _ of world.changes.changes(token, options)) controller.abort(reason);
    };
    await expect(readUntil(new AbortController(), true)).rejects.toBe(reason);
    await expect(readUntil(new AbortController(), false)).rejects.toBe(reason);
    expect((await reportOf(world, token)).batches.length).toBeGreaterThan(1);
  });
}
