import { createHash, createHmac, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DigestBuilder, itemHash, type ItemObject } from "./digest.js";
import type { PlannedItem } from "./model.js";

const key = Buffer.alloc(32, 7);
const object: ItemObject = { application: "hr", kind: "user", identity: "i-1", account: "a-1" };
const item: PlannedItem = {
  operation: "update",
  before: { mail: null },
  after: { mail: "a@example.com" },
  because: ["m-1"],
  classes: ["update"],
};

describe("item hashes", () => {
  it("are HMAC-SHA-256 over the canonical bytes of what the item does to whom and why", () => {
    const text =
      '{"after":{"mail":"a@example.com"},"because":["m-1"],"before":{"mail":null},' +
      '"object":{"account":"a-1","application":"hr","identity":"i-1","kind":"user"},' +
      '"operation":"update"}';
    const expected = createHmac("sha256", key).update(text).digest("hex");
    expect(itemHash(key, object, item).toString("hex")).toBe(expected);
    expect(itemHash(createSecretKey(key), object, item).toString("hex")).toBe(expected);
  });

  it.each<[string, Partial<ItemObject>, Partial<PlannedItem>]>([
    ["operation", {}, { operation: "delete" }],
    ["before", {}, { before: { mail: "b@example.com" } }],
    ["after", {}, { after: { mail: null } }],
    ["because", {}, { because: ["m-2"] }],
    ["application", { application: "crm" }, {}],
    ["kind", { kind: "group" }, {}],
    ["identity", { identity: null }, {}],
    ["account", { account: "a-2" }, {}],
  ])("differ when %s differs", (_what, other, change) => {
    const one = itemHash(key, object, item);
    expect(itemHash(key, { ...object, ...other }, { ...item, ...change })).not.toEqual(one);
  });

  it("refuse a key of another length", () => {
    expect(() => itemHash(Buffer.alloc(31), object, item)).toThrow(RangeError);
    expect(() => itemHash(createSecretKey(Buffer.alloc(33)), object, item)).toThrow(RangeError);
  });
});

describe("the digest of a wave", () => {
  const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 600 });

  it("does not depend on order or batches", () => {
    fc.assert(
      fc.property(hashes, fc.nat(), (all, cut) => {
        const forward = new DigestBuilder();
        for (const each of all) forward.add(each);
        const other = new DigestBuilder();
        const turned = all.toReversed();
        const at = all.length === 0 ? 0 : cut % all.length;
        other.addPacked(Buffer.concat(turned.slice(0, at)));
        other.addPacked(Buffer.concat(turned.slice(at)));
        expect(other.root()).toEqual(forward.root());
        expect(other.count).toBe(all.length);
      }),
    );
  });

  it("changes when a hash is left out, changed or repeated", () => {
    const one = createHash("sha256").update("1").digest();
    const two = createHash("sha256").update("2").digest();
    const roots = [[], [one], [one, one], [one, two], [two, two]].map((all) => {
      const builder = new DigestBuilder();
      for (const each of all) builder.add(each);
      return builder.root().toString("hex");
    });
    expect(new Set(roots).size).toBe(5);
  });

  it("is SHA-256 over 256 bucket digests, each over its sorted hashes", () => {
    const low = Buffer.from(`05${"00".repeat(31)}`, "hex");
    const high = Buffer.from(`05${"ff".repeat(31)}`, "hex");
    const builder = new DigestBuilder();
    builder.add(high);
    builder.add(low);
    const empty = createHash("sha256").digest();
    const five = createHash("sha256").update(low).update(high).digest();
    const buckets = Array.from({ length: 256 }, (_, at) => (at === 5 ? five : empty));
    expect(builder.bucketDigests()).toEqual(buckets);
    expect(builder.root()).toEqual(createHash("sha256").update(Buffer.concat(buckets)).digest());
  });

  it("refuses broken hashes", () => {
    expect(() => new DigestBuilder().add(Buffer.alloc(31))).toThrow(RangeError);
    expect(() => new DigestBuilder().addPacked(Buffer.alloc(33))).toThrow(RangeError);
  });
});
