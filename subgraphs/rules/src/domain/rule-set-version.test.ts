import fc from "fast-check";
import { expect, test } from "vitest";
import { cutIntoChunks } from "./rule-set-version.js";

test("chunks put together are the text again, and none is too long for an event", () => {
  const unit = fc.string({ unit: "binary", minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(unit, fc.integer({ min: 0, max: 9_000 }), (text, times) => {
      const long = text.repeat(times);
      const chunks = cutIntoChunks(long);
      expect(chunks.join("")).toBe(long);
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(200_000);
    }),
    { numRuns: 100 },
  );
});

test("a pair of surrogates is never cut", () => {
  const text = `${"a".repeat(199_999)}😀b`;
  expect(cutIntoChunks(text)).toEqual(["a".repeat(199_999), "😀b"]);
});
