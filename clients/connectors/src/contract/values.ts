import { expect, test } from "vitest";
import type { ConnectorValue } from "../connector.js";
import { hardTexts, type ContractOptions } from "./subject.js";
import { asSet, outcomes, type ContractWorld } from "./world.js";

export function valuePromises(ofWorld: () => ContractWorld, options: ContractOptions): void {
  const { text, texts = hardTexts } = options;

  test("texts are kept to the last sign: written, read, changed and compared", async () => {
    const world = ofWorld();
    const values = await Promise.all(texts.map((each) => world.value(text, each)));
    const writes = values.map((value) => world.newObject("user", { [text]: value }));
    const results = await world.write(writes);
    expect(new Set(outcomes(results))).toEqual(new Set(["done"]));
    const anchors = results.map((result) => (result.ok ? result.object?.anchor ?? "" : ""));
    const { objects } = await world.readAll();
    const read = (at: number) => objects.find((object) => object.anchor === anchors[at]);
    expect(anchors.map((_, at) => read(at)?.attributes[text])).toEqual(values);
    const changes = await world.write(objects.flatMap((object) => {
      const at = anchors.indexOf(object.anchor);
      const next = values[(at + 1) % values.length] as ConnectorValue;
      return at === -1
        ? []
        : [world.update(object, { [text]: { before: values[at] as ConnectorValue, after: next } })];
    }));
    expect(new Set(outcomes(changes))).toEqual(new Set(["done"]));
  });

  severalPromises(ofWorld, options);
}

function severalPromises(
  ofWorld: () => ContractWorld, { many, binary }: ContractOptions,
): void {
  test.skipIf(many === undefined)(
    "several values are a set: order does not count, each is kept once",
    async () => {
      const world = ofWorld();
      const name = many as string;
      const object = await world.create("user", { [name]: ["b@example.org", "a@example.org"] });
      expect(asSet(object.attributes[name])).toEqual(["a@example.org", "b@example.org"]);
      const results = await world.write([
        world.update(object, {
          [name]: {
            before: ["a@example.org", "b@example.org"],
            after: ["c@example.org", "a@example.org"],
          },
        }),
        world.update(object, {
          [name]: { before: ["b@example.org"], after: ["a@example.org", "c@example.org"] },
        }),
        world.update(object, { [name]: { before: ["a@example.org"], after: ["d@example.org"] } }),
      ]);
      expect(outcomes(results)).toEqual(["done", "already", "OBJECT_CHANGED"]);
      expect(asSet((await world.find(object.anchor))?.attributes[name])).toEqual([
        "a@example.org",
        "c@example.org",
      ]);
    },
  );

  test.skipIf(binary === undefined)(
    "bytes are kept as they are, and what is no base64 is refused",
    async () => {
      const world = ofWorld();
      const name = binary as string;
      const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      for (const bytes of [
        Buffer.from([0]),
        Buffer.from("\ufefftext"),
        all,
        Buffer.alloc(70_000, 0xc3),
      ]) {
        const value = await world.value(name, bytes.toString("base64"));
        const object = await world.create("user", { [name]: value });
        expect((await world.find(object.anchor))?.attributes[name]).toEqual(value);
      }
      const wrong = await world.write([
        world.newObject("user", { [name]: await world.value(name, "no base64!") }),
      ]);
      expect(outcomes(wrong)).toEqual(["VALUE_INVALID"]);
    },
  );
}
