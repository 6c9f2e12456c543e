import { afterEach, describe, expect, test } from "vitest";
import { fromLdap, toLdap } from "../ldap/values.js";
import { isDate, scalarFromText } from "./scalars.js";
import { sqlFormats, utcOf } from "./sql-formats.js";

const hour = 3_600_000;
const own = process.env["TZ"];
afterEach(() => {
  if (own === undefined) delete process.env["TZ"];
  else process.env["TZ"] = own;
});

/** Where our process may run, and around which moment its clock jumps there. */
const jumps = [
  ["Europe/Berlin", "2026-03-29T01:00:00Z"], ["Europe/Berlin", "2026-10-25T01:00:00Z"],
  ["America/New_York", "2026-03-08T07:00:00Z"], ["America/New_York", "2026-11-01T06:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"], ["America/Sao_Paulo", "2018-11-04T03:00:00Z"],
  // A day that there was not.
  ["Pacific/Apia", "2011-12-30T10:00:00Z"],
] as const;

describe.each(jumps)("DST gaps of %s around %s", (zone, moment) => {
  const around = Array.from({ length: 49 }, (_, at) => Date.parse(moment) + (at - 24) * hour / 2);
  const offsetAt = (at: number) => new Date(at).getTimezoneOffset();

  test("move no instant, no time of a clock on a wall and no day", () => {
    process.env["TZ"] = zone;
    const [first, last] = [around[0] ?? 0, around.at(-1) ?? 0];
    expect(offsetAt(first)).not.toBe(offsetAt(last));
    for (const at of around) {
      const instant = new Date(at).toISOString().replace(".000Z", "Z");
      const wall = instant.slice(0, 19);
      const day = instant.slice(0, 10);
      const { instant: moments, localTime, date } = sqlFormats;
      expect(moments.read(moments.write(instant) ?? "")).toBe(instant);
      expect(moments.read(`${wall.replace("T", " ")}+00`)).toBe(instant);
      expect(utcOf(instant)).toBe(wall.replace("T", " "));
      expect(localTime.read(wall.replace("T", " "))).toBe(wall);
      expect(localTime.write(wall)).toBe(wall.replace("T", " "));
      expect([date.read(day), isDate(day)]).toEqual([day, true]);
      expect(fromLdap("instant", toLdap("instant", instant) ?? Buffer.alloc(0))).toBe(instant);
      expect(scalarFromText("instant", instant)).toBe(instant);
      expect(scalarFromText("date", day)).toBe(day);
    }
  });
});
