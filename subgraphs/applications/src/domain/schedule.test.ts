import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextStart } from "./next-start.js";
import type { ScheduleSettings } from "./schedule.js";
import { isOpen } from "./schedule-times.js";
import { scheduleProblems } from "./schedule-problems.js";

/** The first `n` starts after a moment. */
function starts(settings: ScheduleSettings, after: string, n: number): string[] {
  const from = new Date(after);
  const found: string[] = [];
  let at: Date | null = from;
  while (found.length < n) {
    at = nextStart(settings, from, at);
    if (at === null) break;
    found.push(at.toISOString().slice(0, 16));
  }
  return found;
}

describe("cron in a time zone", () => {
  test.each([
    ["a time that the clocks skip comes right after the gap", "30 2 * * *", "Europe/Berlin",
      "2026-03-28T12:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
    ["also where the gap is half an hour", "15 2 * * *", "Australia/Lord_Howe",
      "2026-10-03T00:00Z", ["2026-10-03T15:30", "2026-10-04T15:15"]],
    ["and where it swallows midnight", "0 0 * * *", "America/Santiago",
      "2026-09-05T12:00Z", ["2026-09-06T04:00", "2026-09-07T03:00"]],
    ["a time that the clocks show twice comes once", "30 2 * * *", "Europe/Berlin",
      "2026-10-24T12:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]],
    ["on the other side of the sea too", "30 1 * * *", "America/New_York",
      "2026-10-31T12:00Z", ["2026-11-01T05:30", "2026-11-02T06:30"]],
    ["each half hour comes through the hour that is there twice", "*/30 * * * *",
      "Europe/Berlin", "2026-10-24T23:45Z",
      ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"]],
    ["a leap day comes every fourth year", "0 12 29 2 *", "UTC",
      "2026-03-01T00:00Z", ["2028-02-29T12:00", "2032-02-29T12:00"]],
    ["the 31st comes in months that have it", "0 9 31 * *", "UTC",
      "2026-01-31T10:00Z", ["2026-03-31T09:00", "2026-05-31T09:00"]],
  ])("%s", (_title, cron, timeZone, after, expected) => {
    expect(starts({ cron, timeZone }, after, expected.length)).toEqual(expected);
  });

  test("each day has its one run in each zone, whatever its clocks do", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
      "America/Santiago", "Pacific/Auckland", "Africa/Casablanca"];
    fc.assert(fc.property(
      fc.constantFrom(...zones), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: 360 }),
      (timeZone, hour, minute, day) => {
        const after = new Date(Date.UTC(2026, 0, 1) + day * 86_400_000);
        const found = starts({ cron: `${minute} ${hour} * * *`, timeZone },
          after.toISOString(), 12);
        const days = found.map((at) => new Intl.DateTimeFormat("en-CA", { timeZone })
          .format(new Date(`${at}Z`)));
        expect(new Set(days).size).toBe(12);
        const span = Date.parse(`${found.at(-1)}Z`) - Date.parse(`${found[0]}Z`);
        expect(Math.abs(span - 11 * 86_400_000)).toBeLessThanOrEqual(3_600_000);
      }), { numRuns: 40 });
  });
});

describe("an interval", () => {
  test("keeps its rhythm however late it is looked at", () => {
    fc.assert(fc.property(
      fc.integer({ min: 1, max: 1_440 }), fc.integer({ min: 0, max: 10_000_000 }),
      (everyMinutes, lateSeconds) => {
        const from = new Date("2026-02-28T23:59:30Z");
        const after = new Date(from.getTime() + lateSeconds * 1_000);
        const next = nextStart({ everyMinutes }, from, after);
        const sinceMs = (next?.getTime() ?? 0) - from.getTime();
        expect(sinceMs % (everyMinutes * 60_000)).toBe(0);
        expect(next?.getTime()).toBeGreaterThan(after.getTime());
        expect((next?.getTime() ?? 0) - after.getTime()).toBeLessThanOrEqual(everyMinutes * 60_000);
      }));
  });

  test("is one interval later where the clock was set back", () => {
    const from = new Date("2026-11-21T08:00:00Z");
    const back = new Date("2026-11-21T07:50:00Z");
    expect(nextStart({ everyMinutes: 15 }, from, back)?.toISOString())
      .toBe("2026-11-21T08:15:00.000Z");
  });
});

describe("windows and blackouts", () => {
  const night = { windows: [{ from: "22:00", to: "06:00" }], timeZone: "Europe/Berlin" };

  test("an interval waits for its window, and goes on within it", () => {
    expect(starts({ everyMinutes: 60, ...night }, "2026-11-21T04:30Z", 3))
      .toEqual(["2026-11-21T21:00", "2026-11-21T21:30", "2026-11-21T22:30"]);
  });

  test("cron waits for the next time of its own that is in a window", () => {
    expect(starts({ cron: "0 */5 * * *", ...night }, "2026-11-21T05:30Z", 3))
      .toEqual(["2026-11-21T23:00", "2026-11-22T04:00", "2026-11-22T23:00"]);
  });

  test("a window opens on its days only, though it goes past midnight", () => {
    const weekend = { windows: [{ days: ["sat" as const], from: "22:00", to: "02:00" }] };
    expect(isOpen(weekend, new Date("2026-11-22T01:00Z"))).toBe(true);
    expect(isOpen(weekend, new Date("2026-11-22T22:00Z"))).toBe(false);
  });

  test("a window that the clocks skip is open after the gap for its length", () => {
    const early = { windows: [{ from: "02:00", to: "03:00" }], timeZone: "Europe/Berlin" };
    expect(starts({ everyMinutes: 1_440, ...early }, "2026-03-27T12:00Z", 3))
      .toEqual(["2026-03-29T01:00", "2026-03-30T00:00", "2026-03-31T00:00"]);
    expect(isOpen(early, new Date("2026-03-29T02:00Z"))).toBe(false);
  });

  test("nothing begins in a blackout, the moment of its end is free", () => {
    const frozen = { blackouts: [
      { from: "2026-12-24T00:00:00+01:00", to: "2026-12-27T00:00:00+01:00" },
      { from: "2026-12-26T23:00:00Z", to: "2026-12-26T23:30:00Z" },
    ] };
    expect(starts({ everyMinutes: 720, ...frozen }, "2026-12-23T22:00Z", 2))
      .toEqual(["2026-12-26T23:30", "2026-12-27T10:00"]);
  });

  test("every start is at an open time, and no open time of the rhythm is passed over", () => {
    const hour = fc.integer({ min: 0, max: 23 }).map((h) => `${String(h).padStart(2, "0")}:00`);
    const window = fc.record({ from: hour, to: hour }).filter(({ from, to }) => from !== to);
    fc.assert(fc.property(
      fc.array(window, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("UTC", "Europe/Berlin", "America/New_York"),
      fc.constantFrom("2026-03-28T06:00Z", "2026-10-24T06:00Z", "2026-03-07T06:00Z"),
      (windows, timeZone, after) => {
        const settings = { cron: "0 * * * *", timeZone, windows };
        const found = new Set(starts(settings, after, 60));
        const last = Date.parse(`${[...found].at(-1)}Z`);
        for (let at = Date.parse(after) + 3_600_000; at <= last; at += 3_600_000) {
          const text = new Date(at).toISOString().slice(0, 16);
          expect([text, found.has(text)]).toEqual([text, isOpen(settings, new Date(at))]);
        }
      }), { numRuns: 12 });
  });
});

describe("what is wrong with a schedule", () => {
  const now = new Date("2026-11-21T08:00:00Z");
  test.each<[string, ScheduleSettings, string[]]>([
    ["nothing", { everyMinutes: 1 }, []],
    ["less than a minute", { everyMinutes: 0.5 }, ["everyMinutes"]],
    ["both", { everyMinutes: 5, cron: "* * * * *" }, ["everyMinutes"]],
    ["neither", {}, ["everyMinutes"]],
    ["seconds", { cron: "* * * * * *" }, ["cron"]],
    ["no such hour", { cron: "0 24 * * *" }, ["cron"]],
    ["no such zone", { cron: "0 1 * * *", timeZone: "Mars/Olympus" }, ["timeZone"]],
    ["no such day", { cron: "0 1 31 2 *" }, ["windows"]],
    ["a window without length", { everyMinutes: 5, windows: [{ from: "01:00", to: "01:00" }] },
      ["windows.0"]],
    ["a window of no time", { everyMinutes: 5, windows: [{ from: "24:00", to: "1:00" }] },
      ["windows.0.from", "windows.0.to"]],
    ["a window that cron misses", { cron: "0 3 * * *", windows: [{ from: "04:00", to: "05:00" }] },
      ["windows"]],
    ["a blackout without zone", {
      everyMinutes: 5, blackouts: [{ from: "2026-12-24T00:00", to: "2026-12-27T00:00" }],
    }, ["blackouts.0"]],
  ])("%s", (_title, settings, expected) => {
    expect(scheduleProblems(settings, now).map(({ setting }) => setting)).toEqual(expected);
  });
});
