import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assessGuard, destructiveClasses, ledgerEntries, type GuardInput } from "./guard.js";
import { guardClasses, type GuardClass } from "./model.js";

const verdict = (
  population: number,
  counts: GuardInput["counts"],
  more: Partial<GuardInput> = {},
) => assessGuard({ population, counts, ledger24h: {}, firstLiveRunDone: true, ...more });

const destructive = guardClasses.filter((each) => destructiveClasses.has(each));

describe("the guard", () => {
  // Held when n > max(5, min(500, 5 %)), or n > half; of ten or fewer, when more than one.
  const table: [population: number, released: number, held: number, rule: string][] = [
    [0, 0, 1, "half"],
    [1, 0, 1, "half"],
    [4, 1, 2, "small"],
    [10, 1, 2, "small"],
    [11, 5, 6, "share"],
    [20, 5, 6, "share"],
    [100, 5, 6, "share"],
    [119, 5, 6, "share"],
    [120, 6, 7, "share"],
    [1_000, 49, 51, "share"],
    [1_000, 50, 51, "share"],
    [9_980, 499, 500, "share"],
    [10_000, 500, 501, "share"],
    [10_020, 500, 501, "share"],
    [100_000, 499, 501, "share"],
    [100_000, 500, 501, "share"],
    [5_000_000, 500, 501, "share"],
  ];
  const cases = destructive.flatMap((name) => table.map((row) => [name, ...row] as const));

  it.each(cases)("%s of %i: %i pass, %i are held", (name, population, released, held, rule) => {
    expect(verdict(population, { [name]: released }).verdict).toBe("released");
    expect(verdict(population, { [name]: held })).toMatchObject({
      verdict: "held",
      breaches: [{ class: name, n: held, ledger: 0, population, rule }],
    });
  });

  it.each([
    [1_000, 49, "released"],
    [1_000, 50, "released"],
    [1_000, 51, "held"],
    [2_000, 98, "released"],
    [2_000, 100, "released"],
    [2_000, 102, "held"],
  ])("of %i, %i (4.9, 5.0, 5.1 percent) are %s", (population, n, expected) => {
    expect(verdict(population, { delete: n }).verdict).toBe(expected);
  });

  it.each<[GuardClass, number, number, number]>([
    ["update", 4, 2, 3],
    ["update", 10, 5, 6],
    ["update", 1_000, 50, 51],
    ["create", 0, 5, 6],
    ["create", 4, 5, 6],
    ["create", 1_000, 50, 51],
    ["create", 100_000, 500, 501],
  ])("after the first live run %s of %i is limited too", (name, population, released, held) => {
    expect(verdict(population, { [name]: released }).verdict).toBe("released");
    expect(verdict(population, { [name]: held })).toMatchObject({
      verdict: "held",
      warnings: [],
      breaches: [{ class: name, limit: released }],
    });
  });

  it("until the first completed live run creates and updates warn and never hold", () => {
    const first = { firstLiveRunDone: false };
    expect(verdict(0, { create: 100_000, update: 100_000 }, first)).toEqual({
      verdict: "released",
      warnings: [
        { class: "create", n: 100_000, ledger: 0, population: 0, limit: 5, rule: "share" },
        { class: "update", n: 100_000, ledger: 0, population: 0, limit: 0, rule: "half" },
      ],
    });
    expect(verdict(1_000, { create: 100_000, delete: 51 }, first)).toMatchObject({
      verdict: "held",
      breaches: [{ class: "delete" }],
      warnings: [{ class: "create" }],
    });
  });

  it("48 runs in a day, each just under the limit, are stopped as one", () => {
    let ledger = 0;
    let let_through = 0;
    for (let run = 0; run < 48; run += 1) {
      const found = verdict(100_000, { delete: 499 }, { ledger24h: { delete: ledger } });
      if (found.verdict === "held") continue;
      ledger += 499;
      let_through += 1;
    }
    expect(let_through).toBe(1);
  });

  it("a class of which a wave does nothing does not hold it, whatever the day did before", () => {
    expect(verdict(100, { update: 1 }, { ledger24h: { delete: 90 } }).verdict).toBe("released");
  });

  it("the ledger forgets what an onboarding created, and nothing that it destroyed", () => {
    const counts = { create: 900, update: 3, delete: 2, disable: 0 };
    expect(ledgerEntries(counts, false)).toEqual({ delete: 2 });
    expect(ledgerEntries(counts, true)).toEqual({ create: 900, update: 3, delete: 2 });
  });

  it("limits are configurable per class", () => {
    const limits = { delete: { most: 2_000 }, disable: { least: 0, sharePercent: 1 } };
    expect(verdict(100_000, { delete: 2_000 }, { limits }).verdict).toBe("released");
    expect(verdict(100_000, { delete: 2_001 }, { limits }).verdict).toBe("held");
    expect(verdict(1_000, { disable: 11 }, { limits }).verdict).toBe("held");
    expect(verdict(1_000, { rename: 11 }, { limits }).verdict).toBe("released");
  });

  it.each([-1, 1.5, Number.NaN])("%d is no count", (n) => {
    expect(() => verdict(10, { delete: n })).toThrow(RangeError);
    expect(() => verdict(n, {})).toThrow(RangeError);
  });

  it("more of anything never turns held into released, and more people never the other way", () => {
    const count = fc.nat({ max: 20_000 });
    const counts = fc.record(Object.fromEntries(guardClasses.map((each) => [each, count])));
    fc.assert(
      fc.property(
        count,
        counts,
        fc.constantFrom(...guardClasses),
        fc.nat(500),
        (n, all, one, more) => {
          const before = verdict(n, all).verdict;
          const worse = verdict(n, { ...all, [one]: (all[one] ?? 0) + more }).verdict;
          if (before === "held") expect(worse).toBe("held");
          const larger = verdict(Math.max(n, 11) + more, all).verdict;
          if (verdict(Math.max(n, 11), all).verdict === "released") expect(larger).toBe("released");
        },
      ),
    );
  });
});
