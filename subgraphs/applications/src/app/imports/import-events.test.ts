import { describe, expect, test } from "vitest";
import { beforeOf } from "./import-events.js";

describe("what an account was before", () => {
  test("holds the attributes that differ, and nothing of those that do not", () => {
    const was = { attributes: { a: "1", b: "2", c: ["x"] }, enabled: true };
    const is = { attributes: { a: "1", b: "3", d: "4" }, enabled: true };
    expect(beforeOf(was, is)).toEqual({ b: "2", c: ["x"], d: null });
  });

  test("holds the state where that is all that differs: the audit tells of a disable by it", () => {
    const attributes = { a: "1" };
    expect(beforeOf({ attributes, enabled: true }, { attributes, enabled: false }))
      .toEqual({ $enabled: true });
    expect(beforeOf({ attributes, enabled: null }, { attributes, enabled: null })).toEqual({});
  });
});
