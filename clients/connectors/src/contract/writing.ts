import { expect, test } from "vitest";
import type { ContractOptions } from "./subject.js";
import { asSet, outcomes, type ContractWorld } from "./world.js";

export function writingPromises(ofWorld: () => ContractWorld, options: ContractOptions): void {
  createPromises(ofWorld, options);
  updatePromises(ofWorld, options);
  batchPromises(ofWorld, options);
  sharingPromises(ofWorld);
  if (options.hasState) statePromises(ofWorld);
}

function createPromises(ofWorld: () => ContractWorld, { kinds, text }: ContractOptions): void {
  test("what a create answers is what the next read finds, here and elsewhere", async () => {
    const world = ofWorld();
    for (const kind of kinds) {
      const object = await world.create(kind);
      expect(object.kind).toBe(kind);
      expect(object.anchor).not.toBe("");
      expect(await world.find(object.anchor)).toEqual(object);
    }
    const object = await world.create("user");
    const other = await world.reconnect();
    const read: unknown[] = [];
    for await (const batch of other.reads?.read({ signal: world.signal, batchSizeMax: 100 }) ??
      []) {
      if (batch.type === "objects")
        read.push(...batch.objects.filter((each) => each.anchor === object.anchor));
    }
    await other.close();
    expect(read).toEqual([object]);
  });

  test("a create whose answer was lost makes no second object", async () => {
    const world = ofWorld();
    for (const kind of kinds) {
      const write = world.newObject(kind);
      const [first, second] = await world.write([write, write]);
      const other = await world.reconnect();
      const [third] = (await other.writes?.write([write], world.signal)) ?? [];
      await other.close();
      const anchor = first?.ok === true ? first.object?.anchor : undefined;
      for (const again of [second, third])
        expect(again).toMatchObject({ ok: true, already: true, object: { anchor } });
      const { objects } = await world.readAll();
      expect(objects.filter((object) => object.anchor === anchor)).toHaveLength(1);
    }
  });

  test("another's object is not taken over by a create of its name", async () => {
    const world = ofWorld();
    const theirs = world.newObject("user", { [text]: await world.value(text, "theirs") });
    const ours = {
      ...theirs,
      id: "ours",
      attributes: { ...theirs.attributes, [text]: await world.value(text, "ours") },
    };
    const results = await world.write([theirs, ours]);
    expect(outcomes(results)).toEqual(["done", "OBJECT_EXISTS"]);
    const anchor = results[0]?.ok === true ? results[0].object?.anchor ?? "" : "";
    expect(asSet((await world.find(anchor))?.attributes[text])).toEqual(["theirs"]);
  });

  test("a deleted object is gone, and deleting it again is well", async () => {
    const world = ofWorld();
    for (const kind of kinds) {
      const object = await world.create(kind);
      expect(outcomes(await world.write([world.remove(object)]))).toEqual(["done"]);
      expect(await world.find(object.anchor)).toBeUndefined();
      expect(outcomes(await world.write([world.remove(object)]))).toEqual(["already"]);
    }
  });
}

function updatePromises(ofWorld: () => ContractWorld, { text }: ContractOptions): void {
  test("an update applies to what it was computed from, and to nothing else", async () => {
    const world = ofWorld();
    const value = (word: string) => world.value(text, word);
    const object = await world.create("user", { [text]: await value("one") });
    const results = await world.write([
      world.update(object, { [text]: { before: await value("zero"), after: await value("nine") } }),
      world.update(object, { [text]: { before: await value("one"), after: await value("two") } }),
      world.update(object, { [text]: { before: await value("one"), after: await value("two") } }),
      world.update(object, { [text]: { before: null, after: await value("three") } }),
      world.update(object, { [text]: { after: await value("four") } }),
    ]);
    expect(outcomes(results)).toEqual([
      "OBJECT_CHANGED",
      "done",
      "already",
      "OBJECT_CHANGED",
      "done",
    ]);
    const found = await world.find(object.anchor);
    expect(asSet(found?.attributes[text])).toEqual(["four"]);
    expect(results[4]).toMatchObject({ ok: true, object: found });
  });

  test("a value can be taken away and given again", async () => {
    const world = ofWorld();
    const value = await world.value(text, "here");
    const object = await world.create("user", { [text]: value });
    expect(
      outcomes(
        await world.write([world.update(object, { [text]: { before: value, after: null } })]),
      ),
    ).toEqual(["done"]);
    expect((await world.find(object.anchor))?.attributes).not.toHaveProperty(text);
    expect(
      outcomes(
        await world.write([world.update(object, { [text]: { before: null, after: value } })]),
      ),
    ).toEqual(["done"]);
    expect((await world.find(object.anchor))?.attributes[text]).toEqual(value);
  });

  test("what was there only half-way is refused as a whole", async () => {
    const world = ofWorld();
    const object = await world.create("user", { [text]: await world.value(text, "kept") });
    const [result] = await world.write([world.update(object, {
      [text]: { before: await world.value(text, "kept"), after: await world.value(text, "lost") },
      "no-such-attribute-here": { after: "x" },
    })]);
    expect(result).toMatchObject({ ok: false, kind: "skip", code: "VALUE_INVALID" });
    expect(asSet((await world.find(object.anchor))?.attributes[text])).toEqual(["kept"]);
  });

  test("an update of what is gone says so", async () => {
    const world = ofWorld();
    const object = await world.create("user");
    await world.write([world.remove(object)]);
    const results = await world.write([
      world.update(object, { [text]: { after: await world.value(text, "x") } }),
    ]);
    expect(results).toMatchObject([{ ok: false, kind: "skip", code: "OBJECT_GONE" }]);
  });
}

function batchPromises(ofWorld: () => ContractWorld, { text }: ContractOptions): void {
  test("every write is answered once, in its place, and a bad one harms no other", async () => {
    const world = ofWorld();
    const writes = Array.from({ length: 20 }, (_, at) =>
      world.newObject("user", at % 5 === 2 ? { "no-such-attribute-here": "x" } : {}));
    const results = await world.write(writes);
    expect(results.map((result) => result.id)).toEqual(writes.map((write) => write.id));
    expect(results.map((result) => result.ok)).toEqual(writes.map((_, at) => at % 5 !== 2));
    expect(new Set(outcomes(results))).toEqual(new Set(["done", "VALUE_INVALID"]));
  });

  test("writes to one object happen in the order given", async () => {
    const world = ofWorld();
    const objects = await Promise.all([
      world.create("user"),
      world.create("user"),
      world.create("user"),
    ]);
    const words = ["a", "b", "c", "d", "e"];
    const writes = await Promise.all(
      words.flatMap((word, at) =>
        objects.map(async (object) =>
          world.update(object, {
            [text]: {
              before: at === 0 ? null : await world.value(text, words[at - 1] as string),
              after: await world.value(text, word),
            },
          }),
        ),
      ),
    );
    expect(new Set(outcomes(await world.write(writes)))).toEqual(new Set(["done"]));
    for (const object of objects)
      expect(asSet((await world.find(object.anchor))?.attributes[text])).toEqual(["e"]);
  });

  test("no writes are no answers, and more than the bound are refused at once", async () => {
    const world = ofWorld();
    expect(await world.write([])).toEqual([]);
    const before = (await world.readAll()).objects.length;
    const many = Array.from({ length: world.writes.writeBatchMax + 1 }, () =>
      world.newObject("user"),
    );
    await expect(async () => world.write(many)).rejects.toThrow(RangeError);
    expect((await world.readAll()).objects.length).toBe(before);
  });

}

function sharingPromises(ofWorld: () => ContractWorld): void {
  test("batches given at once do not disturb each other", async () => {
    const world = ofWorld();
    const batches = Array.from({ length: 4 }, () =>
      Array.from({ length: 6 }, () => world.newObject("user")),
    );
    const results = await Promise.all(batches.map((batch) => world.write(batch)));
    expect(new Set(outcomes(results.flat()))).toEqual(new Set(["done"]));
  });

  test("an aborted write throws the signal's reason, and the connector stays fit", async () => {
    const world = ofWorld();
    const reason = new Error("the run was stopped");
    await expect(async () =>
      world.writes.write([world.newObject("user")], AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
    await world.create("user");
  });
}

function statePromises(ofWorld: () => ContractWorld): void {
  test("people are disabled and enabled, and each is done once", async () => {
    const world = ofWorld();
    const [disabled] = await world.write([{ ...world.newObject("user"), enabled: false }]);
    expect(disabled).toMatchObject({ ok: true, object: { enabled: false } });
    const [enabled] = await world.write([{ ...world.newObject("user"), enabled: true }]);
    if (enabled?.ok !== true || enabled.object === undefined) throw new Error("nobody was created");
    const { object } = enabled;
    expect(object.enabled).toBe(true);
    const results = await world.write([
      world.update(object, {}, false),
      world.update(object, {}, false),
      world.update(object, {}, true),
    ]);
    expect(outcomes(results)).toEqual(["done", "already", "done"]);
    expect((await world.find(object.anchor))?.enabled).toBe(true);
  });
}
