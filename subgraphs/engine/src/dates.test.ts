import { describe, expect, it } from "vitest";
import { addOffset, dateReader, parseMoment, parseOffset } from "./dates.js";

describe("dates", () => {
  it.each([
    ["2024-02-29", "2024-02-29T00:00:00.000Z", true],
    ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z", false],
    ["2024-03-31T02:30:00+02:00", "2024-03-31T00:30:00.000Z", false],
  ])("%s is read", (text, at, isDay) => {
    const moment = parseMoment(text);
    expect(moment?.isDay).toBe(isDay);
    expect(new Date(moment?.at ?? Number.NaN).toISOString()).toBe(at);
  });

  it.each([
    "2023-02-29",
    "2024-13-01",
    "2024-1-1",
    "0024-01-01",
    "today",
    "",
    "2024-01-01T25:00:00Z",
  ])("%s is no date", (text) => {
    expect(parseMoment(text)).toBeUndefined();
  });

  it.each([
    ["2024-01-31", "1m", "2024-02-29"],
    ["2023-01-31", "1m", "2023-02-28"],
    ["2024-03-31", "-1m", "2024-02-29"],
    ["2024-02-29", "1y", "2025-02-28"],
    ["2024-01-01", "90d", "2024-03-31"],
    ["2024-01-01", "-2w", "2023-12-18"],
    ["2024-12-31", "+2m", "2025-02-28"],
  ])("%s and %s is %s", (day, offset, expected) => {
    const at = parseMoment(day)?.at ?? Number.NaN;
    const moved = addOffset(at, parseOffset(offset) ?? { months: 0, ms: Number.NaN });
    expect(new Date(moved).toISOString().slice(0, 10)).toBe(expected);
  });

  it.each(["90", "d", "1.5d", "5s", "999999d", " 1d"])("%s is no offset", (text) => {
    expect(parseOffset(text)).toBeUndefined();
  });

  it.each([
    ["dd.MM.yyyy", "31.12.2026", "2026-12-31"],
    ["d.M.yyyy", "1.2.2026", "2026-02-01"],
    ["MM/dd/yyyy", "12/31/2026", "2026-12-31"],
    ["yyyyMMdd", "20261231", "2026-12-31"],
    ["dd.MM.yyyy", "31.02.2026", undefined],
    ["dd.MM.yyyy", "1.2.2026", undefined],
    ["dd.MM.yyyy", "31x12x2026", undefined],
  ])("%s reads %s as %s", (format, text, expected) => {
    expect(dateReader(format)?.(text)).toBe(expected);
  });

  it.each(["dd.MM", "yy-MM-dd", "dd.dd.yyyy", "dd MMM yyyy", "dTMyyyy", "", "d".repeat(40)])(
    "%s is no date format",
    (format) => {
      expect(dateReader(format)).toBeUndefined();
    },
  );
});
