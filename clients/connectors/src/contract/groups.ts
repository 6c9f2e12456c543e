import { expect, test } from "vitest";
import type { ConnectorObject } from "../connector.js";
import { outcomes, type ContractWorld } from "./world.js";

export function groupPromises(ofWorld: () => ContractWorld): void {
  const membersOf = async (
    world: ContractWorld,
    group: ConnectorObject,
  ): Promise<readonly string[]> =>
    (await world.readAll(2)).members
      .filter((each) => each.group === group.anchor)
      .map((each) => each.member)
      .sort();

  test("members are added and removed, each once, and never stand inside the group", async () => {
    const world = ofWorld();
    const [ann, bob, cat] = [
      await world.create("user"),
      await world.create("user"),
      await world.create("user"),
    ].map((object) => world.memberOf(object)) as [string, string, string];
    const group = await world.create("group");
    expect(await membersOf(world, group)).toEqual([]);
    const results = await world.write([
      world.members(group, [ann, bob], []), world.members(group, [ann, bob], []),
      world.members(group, [cat, ann], [bob]), world.members(group, [], [bob]),
    ]);
    expect(outcomes(results)).toEqual(["done", "already", "done", "already"]);
    expect(await membersOf(world, group)).toEqual([ann, cat].sort());
    expect(JSON.stringify((await world.find(group.anchor))?.attributes)).not.toContain(
      JSON.stringify(ann).slice(1, -1),
    );
    expect(outcomes(await world.write([world.members(group, [], [ann, cat])]))).toEqual(["done"]);
    expect(await membersOf(world, group)).toEqual([]);
    expect(await world.find(group.anchor)).toBeDefined();
  });

  test("a deleted group leaves no members behind and takes none", async () => {
    const world = ofWorld();
    const member = world.memberOf(await world.create("user"));
    const group = await world.create("group");
    await world.write([world.members(group, [member], []), world.remove(group)]);
    expect(await membersOf(world, group)).toEqual([]);
    expect(outcomes(await world.write([world.members(group, [member], [])]))).toEqual([
      "OBJECT_GONE",
    ]);
  });
}
