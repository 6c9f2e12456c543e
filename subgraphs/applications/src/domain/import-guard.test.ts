import { describe, expect, test } from "vitest";
import { assessImport, type ImportGuardInput } from "./import-guard.js";

/** A million accounts and memberships, of which nothing changes. */
const nothing: ImportGuardInput = {
  population: 0, accounts: 1_000_000, created: 0, updated: 0, gone: 0, goneJoined: 0, kinds: [],
  members: 1_000_000, membersRemoved: 0, membersRemovedJoined: 0, ledger24h: {},
  firstLiveRunDone: true, limits: {},
};
const assess = (input: Partial<ImportGuardInput>) => assessImport({ ...nothing, ...input });
const heldBy = (input: Partial<ImportGuardInput>) =>
  assess(input).breaches.map(({ class: name }) => name);

/** TRUST G2: what passes, and one more than that. */
const edges: readonly (readonly [population: number, passes: number, held: number])[] = [
  [4, 1, 2], [10, 1, 2], [11, 5, 6], [20, 5, 6], [1_000, 49, 51], [1_000, 50, 51],
  [9_980, 499, 500], [10_000, 500, 501], [100_000, 499, 501], [100_000, 500, 501],
];
/** Each thing that an import takes away, by how many of how many. */
const looks: Readonly<Record<string, (of: number, n: number) => Partial<ImportGuardInput>>> = {
  "joined accounts that are gone": (population, n) => ({ population, gone: n, goneJoined: n }),
  "accounts that are gone, nobody's yet": (accounts, n) => ({ accounts, gone: n }),
  "memberships of joined accounts": (population, n) =>
    ({ population, membersRemoved: n, membersRemovedJoined: n }),
  "memberships of accounts that are nobody's": (members, n) => ({ members, membersRemoved: n }),
};

describe("the guard of an import", () => {
  const cases = Object.keys(looks).flatMap((look) => edges.map((edge) => [look, ...edge] as const));

  test.each(cases)("%s, of %i: %i pass, %i are held", (look, population, passes, held) => {
    const input = looks[look];
    const name = look.startsWith("memberships") ? "membershipRemoval" : "delete";
    expect(heldBy(input?.(population, passes) ?? {})).toEqual([]);
    expect(heldBy(input?.(population, held) ?? {})).toEqual([name]);
  });

  test("a kind of which more than half is gone is held, however few it is of all", () => {
    expect(heldBy({ gone: 3, kinds: [{ gone: 0, held: 999_990 }, { gone: 2, held: 4 }] }))
      .toEqual([]);
    expect(heldBy({ gone: 3, kinds: [{ gone: 0, held: 999_990 }, { gone: 3, held: 4 }] }))
      .toEqual(["delete"]);
  });

  test.each(Object.entries(looks))(
    "48 runs in a day, each just under the limit, are stopped as one: %s",
    (_look, input) => {
      const ledger: Record<string, number> = {};
      let passed = 0;
      for (let run = 0; run < 48; run += 1) {
        const { breaches, ledger: entries } = assess({
          ...input(100_000, 499), ledger24h: ledger,
        });
        if (breaches.length > 0) continue;
        passed += 1;
        for (const [name, n] of Object.entries(entries)) ledger[name] = (ledger[name] ?? 0) + n;
      }
      expect(passed).toBe(1);
      // The control: a ledger that remembers nothing lets all of them through.
      expect(heldBy(input(100_000, 499))).toEqual([]);
    },
  );
});
