import fc from "fast-check";
import { expect, it } from "vitest";
import { objectOf } from "./shapes.js";

it("an object has the members that it was given, in their order, whatever was made before", () => {
  const names = fc.uniqueArray(fc.constantFrom(..."abcdefghijklmnopqrst".split("")));
  fc.assert(
    fc.property(names, (given) => {
      const values = given.map((name) => `value of ${name}`);
      const entries = given.map((name, at) => [name, values[at]]);
      expect(Object.entries(objectOf(given, values))).toEqual(entries);
    }),
    { numRuns: 5_000 },
  );
});
