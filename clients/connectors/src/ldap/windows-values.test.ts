import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fromFileTime, guidBytes, guidText, isNever, sidBytes, sidText, toFileTime,
} from "./windows-values.js";

test("security identifiers are the text that Windows shows", () => {
  const bytes = Buffer.from("010500000000000515000000a065cf7e784b9b5fe77c8770091c0100", "hex");
  expect(sidText(bytes)).toBe("S-1-5-21-2127521184-1604012920-1887927527-72713");
  expect(sidBytes("S-1-5-21-2127521184-1604012920-1887927527-72713")).toEqual(bytes);
  for (const none of ["", "S-1", "S-1-5-4294967296", "x", "S-1-5-1".padEnd(90, "-1")]) {
    expect(sidBytes(none)).toBeUndefined();
  }
  for (const none of [[], [1], [1, 2, 0, 0, 0, 0, 0, 5]]) {
    expect(sidText(Buffer.from(none))).toBeUndefined();
  }
});

test("file times count from 1601 in units of 100 ns", () => {
  expect(fromFileTime("0")).toBe("1601-01-01T00:00:00Z");
  expect(fromFileTime("116444736000000000")).toBe("1970-01-01T00:00:00Z");
  expect(fromFileTime("133000000000000000")).toBe("2022-06-18T04:26:40Z");
  expect(fromFileTime("132223104001234567")).toBe("2020-01-01T00:00:00.123Z");
  for (const none of ["", "-1", "x", "9223372036854775807", "1e3"]) {
    expect(fromFileTime(none)).toBeUndefined();
  }
  expect(toFileTime("2020-01-01T00:00:00.123Z")).toBe("132223104001230000");
  for (const none of ["", "tomorrow", "2020", "1500-01-01T00:00:00Z"]) {
    expect(toFileTime(none)).toBeUndefined();
  }
  for (const never of ["0", "-1", "9223372036854775807"]) {
    expect(isNever(Buffer.from(never))).toBe(true);
  }
  expect(isNever(Buffer.from("1"))).toBe(false);
});

test("what is written is what is read again: times, identifiers, anchors", () => {
  const date = fc.date({
    min: new Date("1602-01-01"), max: new Date("9998-01-01"), noInvalidDate: true,
  });
  fc.assert(fc.property(date, (at) => {
    const text = at.toISOString();
    expect(Date.parse(fromFileTime(toFileTime(text) ?? "") ?? "")).toBe(at.getTime());
  }));
  const parts = fc.array(fc.nat(2 ** 32 - 1), { minLength: 1, maxLength: 15 });
  fc.assert(fc.property(fc.nat(2 ** 31 - 1), parts, (authority, ids) => {
    const text = ["S-1", authority, ...ids].join("-");
    expect(sidText(sidBytes(text) ?? Buffer.alloc(0))).toBe(text);
  }));
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
    expect(guidBytes(guidText(Buffer.from(bytes)) ?? "")).toEqual(Buffer.from(bytes));
  }));
});
