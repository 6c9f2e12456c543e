import { describe, expect, test } from "vitest";
import { blackoutFlag, everyFlag, toScheduleInput, windowFlag } from "./schedule-input.js";

describe("flags of a schedule", () => {
  test.each([
    ["1m", 1],
    ["15m", 15],
    ["6h", 360],
    ["31d", 44_640],
  ])("--every %s is %i minutes", (text, minutes) => {
    expect(everyFlag(text)).toBe(minutes);
  });

  test.each(["0m", "32d", "15", "1.5h", "", "999999m"])("--every %j is refused", (text) => {
    expect(() => everyFlag(text)).toThrow(/15m/);
  });

  test.each([
    ["22:00-06:00", { from: "22:00", to: "06:00" }],
    ["mon-wed 08:00-18:00", { days: ["mon", "tue", "wed"], from: "08:00", to: "18:00" }],
    ["Sat-Mon,Thu 00:00-12:00", { days: ["sat", "sun", "mon", "thu"], from: "00:00", to: "12:00" }],
  ])("--window %j", (text, expected) => {
    expect(windowFlag(text)).toEqual([expected]);
  });

  test.each(["8:00-9:00", "someday 08:00-09:00", "mon- 08:00-09:00", "08:00"])(
    "--window %j is refused",
    (text) => {
      expect(() => windowFlag(text)).toThrow(/22:00-06:00|days are/);
    },
  );

  test("several are kept, and what is not said is left out", () => {
    const blackout = blackoutFlag("b/c", blackoutFlag("a/b"));
    const window = windowFlag("10:00-11:00", windowFlag("08:00-09:00"));
    expect(toScheduleInput("id", "import", { every: 5, blackout, window })).toEqual({
      applicationId: "id",
      direction: "import",
      everyMinutes: 5,
      windows: [
        { from: "08:00", to: "09:00" },
        { from: "10:00", to: "11:00" },
      ],
      blackouts: [
        { from: "a", to: "b" },
        { from: "b", to: "c" },
      ],
    });
    expect(() => blackoutFlag("2026-12-24")).toThrow(/2026-12-24T/);
  });
});
