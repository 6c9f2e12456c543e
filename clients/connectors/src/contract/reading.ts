import { expect, test } from "vitest";
import type { ContractWorld } from "./world.js";

export function readingPromises(ofWorld: () => ContractWorld): void {
  schemaPromises(ofWorld);
  wholePromises(ofWorld);
  stoppedPromises(ofWorld);
}

function wholePromises(ofWorld: () => ContractWorld): void {
  test("check passes where everything is right", async () => {
    const world = ofWorld();
    await expect(world.connector.check(world.signal)).resolves.toBeUndefined();
  });

  test("a full read gives every object once, in batches no larger than asked", async () => {
    const world = ofWorld();
    const results = await world.write(Array.from({ length: 23 }, () => world.newObject("user")));
    const anchors = results.map((result) => (result.ok ? result.object?.anchor : undefined));
    for (const size of [1, 7, 1_000]) {
      const { objects, sizes } = await world.readAll(size);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(size);
      const read = objects.map((object) => object.anchor);
      expect(new Set(read).size).toBe(read.length);
      expect(anchors.filter((anchor) => anchor === undefined || !read.includes(anchor))).toEqual(
        [],
      );
    }
  });

  test("two reads of what did not change are the same", async () => {
    const world = ofWorld();
    const [first, second] = [await world.readAll(), await world.readAll(3)];
    const byAnchor = (objects: typeof first.objects): unknown =>
      [...objects].sort((left, right) => (left.anchor < right.anchor ? -1 : 1));
    expect(byAnchor(second.objects)).toEqual(byAnchor(first.objects));
  });
}

function schemaPromises(ofWorld: () => ContractWorld): void {
  test("describe names each attribute once, and whatever is read is named or plain", async () => {
    const world = ofWorld();
    await world.create("user");
    const schema = await world.reads.describe(world.signal);
    for (const kind of world.options.kinds) {
      const names = schema[kind]?.map((attribute) => attribute.name) ?? [];
      expect(names.length).toBeGreaterThan(0);
      expect(new Set(names).size).toBe(names.length);
    }
    for (const { kind, attributes } of (await world.readAll()).objects) {
      for (const [name, value] of Object.entries(attributes)) {
        const attribute = schema[kind]?.find((each) => each.name === name);
        if (attribute?.many === true) expect(Array.isArray(value)).toBe(true);
        if (attribute?.type === "integer" && attribute.many !== true)
          expect(["number", "string"]).toContain(typeof value);
        if (attribute?.type === "boolean" && attribute.many !== true)
          expect(typeof value).toBe("boolean");
      }
    }
  });

  test("describe names one attribute whose value is the object's name", async () => {
    const world = ofWorld();
    for (const kind of world.options.kinds) await world.create(kind);
    const schema = await world.reads.describe(world.signal);
    const { objects } = await world.readAll();
    for (const kind of world.options.kinds) {
      const naming = schema[kind]?.filter((attribute) => attribute.naming === true) ?? [];
      expect(naming).toHaveLength(1);
      const own = objects.filter((object) => object.kind === kind);
      expect(own.length).toBeGreaterThan(0);
      for (const { name, attributes } of own) {
        const value = attributes[naming[0]?.name ?? ""] ?? name;
        expect(String(value).toLowerCase()).toBe(name.toLowerCase());
      }
    }
  });
}

function stoppedPromises(ofWorld: () => ContractWorld): void {
  test("an aborted read throws the signal's reason, at once or in its middle", async () => {
    const world = ofWorld();
    await world.write(Array.from({ length: 5 }, () => world.newObject("user")));
    const reason = new Error("the run was stopped");
    const readUntil = async (controller: AbortController, abortAfter: number): Promise<void> => {
      let batches = 0;
      if (abortAfter === 0) controller.abort(reason);
      for await (const _ of world.reads.read({ signal: controller.signal, batchSizeMax: 1 })) {
        batches += 1;
        if (batches === abortAfter) controller.abort(reason);
      }
    };
    await expect(readUntil(new AbortController(), 0)).rejects.toBe(reason);
    await expect(world.connector.check(AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(readUntil(new AbortController(), 1)).rejects.toBe(reason);
    expect((await world.readAll()).objects.length).toBeGreaterThanOrEqual(5);
  });

  test("a reader that stops early leaves the connector fit for more", async () => {
    const world = ofWorld();
    for await (const _ of world.reads.read({ signal: world.signal, batchSizeMax: 1 })) break;
    expect((await world.readAll()).objects.length).toBeGreaterThan(0);
  });
}
