import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression, evaluate } from "./expression.js";
import { Frame } from "./frame.js";
import { now, run, scope } from "./sample.js";

describe("dates in expressions, at noon of 1 March 2026", () => {
  it.each<[string, unknown, string | null]>([
    ["after(identity.ends)", false, "2026-07-01T00:00:00.000Z"],
    ["before(identity.ends)", true, "2026-06-30T00:00:00.000Z"],
    ['after(identity.ends, "-5m")', true, null],
    ['after(identity.ends, "90d")', false, "2026-09-29T00:00:00.000Z"],
    ['before(identity.ends, "-4m")', false, null],
    ["after(identity.seen)", true, null],
    ['after(identity.seen, "12h")', false, "2026-03-01T20:00:00.000Z"],
    ['after("2026-03-01")', false, "2026-03-02T00:00:00.000Z"],
    ['before("2026-03-01")', false, null],
    ['daysSince("2026-02-27")', 2, "2026-03-02T00:00:00.000Z"],
    ["daysSince(identity.ends)", -121, "2026-03-02T00:00:00.000Z"],
    ['daysSince("2026-02-27") > 5', false, "2026-03-05T00:00:00.000Z"],
    ['daysSince("2026-02-27") >= 5', false, "2026-03-04T00:00:00.000Z"],
    ['5 < daysSince("2026-02-27")', false, "2026-03-05T00:00:00.000Z"],
    ['daysSince("2026-02-27") == 3', false, "2026-03-02T00:00:00.000Z"],
    ['daysSince("2026-02-27") == 2', true, "2026-03-02T00:00:00.000Z"],
    ['daysSince("2026-01-01") > 5', true, null],
    ['daysSince("2026-06-30") > -90', false, "2026-04-02T00:00:00.000Z"],
    ["after(identity.ends) || before(identity.ends)", true, "2026-06-30T00:00:00.000Z"],
  ])("%s is %j until %s", (text, expected, due) => {
    expect(run(text)).toEqual({ value: expected, due });
  });

  it("an answer never changes before the instant that it is due", () => {
    const day = fc.integer({ min: -800, max: 800 }).map((days) => {
      return new Date(Date.parse(now) + days * 86_400_000).toISOString();
    });
    const dates = fc.oneof(
      day,
      day.map((each) => each.slice(0, 10)),
    );
    const offset = fc.constantFrom("0d", "30d", "-30d", "1m", "-1y", "36h");
    const condition = fc.oneof(
      fc
        .tuple(fc.constantFrom("before", "after"), dates, offset)
        .map(([name, date, by]) => `${name}("${date}", "${by}")`),
      fc
        .tuple(
          dates,
          fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
          fc.integer({ min: -99, max: 99 }),
        )
        .map(([date, op, days]) => `daysSince("${date}") ${op} ${days}`),
      dates.map((date) => `daysSince("${date}") % 2 == 0`),
    );
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), fc.double(), (all, part) => {
        const { run: compiled } = compileExpression(all.join(" && "), scope);
        const at = (when: string): { value: unknown; due: string | null } => {
          const frame = new Frame();
          frame.begin(when);
          return { value: evaluate(compiled, frame), due: frame.nextDueAt };
        };
        const first = at(now);
        const until = first.due === null ? Date.parse(now) + 1e12 : Date.parse(first.due) - 1;
        const share = Math.abs(part) % 1 || 0;
        const between = Date.parse(now) + Math.floor((until - Date.parse(now)) * share);
        expect(at(new Date(between).toISOString()).value).toBe(first.value);
        expect(at(new Date(until).toISOString()).value).toBe(first.value);
      }),
      { numRuns: 2_000 },
    );
  });
});
