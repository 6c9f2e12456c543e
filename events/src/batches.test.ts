import fc from "fast-check";
import { expect, test } from "vitest";
import { splitRanges } from "./batches.js";

const texts = fc.uniqueArray(fc.string({ maxLength: 40 }), { maxLength: 60 });

test("ranges of a list leave no gap, and each holds what lies between its ends", () => {
  const property = fc.property(
    texts, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }),
    (unordered, countMax, page) => {
      const all = unordered.toSorted();
      let after: string | null = null;
      const ranges = [];
      for (let at = 0; at === 0 || at < all.length; at += page) {
        const some = all.slice(at, at + page);
        const isLast = at + page >= all.length;
        ranges.push(...splitRanges(some, (text) => text, { after, isLast }, countMax));
        after = some.at(-1) ?? after;
      }
      expect(ranges.map((range) => range.after)).toEqual(
        [null, ...ranges.slice(0, -1).map(({ through }) => through)]);
      expect(ranges.at(-1)?.through).toBe(null);
      expect(ranges.flatMap(({ part }) => part)).toEqual(all);
      for (const { after: from, through, part } of ranges) {
        expect(part).toEqual(all.filter((text) =>
          (from === null || text > from) && (through === null || text <= through)));
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});
