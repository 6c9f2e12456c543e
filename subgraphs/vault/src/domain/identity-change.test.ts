import { describe, expect, test } from "vitest";
import { identityChangeOf, type ComputedBeside } from "./identity-change.js";

const computed = (more: Partial<ComputedBeside>): ComputedBeside => ({
  id: "i", kind: "user", label: "Ada", attributes: { name: "Ada", dep: "Sales" },
  origins: { name: "hr.name", dep: "hr.dep" }, state: "active", known: null, ...more,
});
const known = { attributes: { name: "Ada", dep: "Sales" }, origins: {}, state: "active" as const };

describe("what a wave would do to an identity", () => {
  test("one that it makes has nothing before", () => {
    expect(identityChangeOf(computed({}))).toMatchObject({
      operation: "create", before: { dep: null, name: null },
      after: { dep: "Sales", name: "Ada" }, because: ["hr.dep", "hr.name"],
    });
  });

  test("only attributes that differ are told, with the mapper that made each", () => {
    const change = identityChangeOf(computed({
      known: { ...known, attributes: { name: "Ada", dep: "IT" } },
    }));
    expect(change).toMatchObject({
      operation: "update", before: { dep: "IT" }, after: { dep: "Sales" }, because: ["hr.dep"],
    });
  });

  test("a value that goes is told with who made it before", () => {
    const change = identityChangeOf(computed({
      attributes: { name: "Ada" }, origins: { name: "hr.name" },
      known: { ...known, origins: { dep: "ad.dep" } },
    }));
    expect(change).toMatchObject({ before: { dep: "Sales" }, after: { dep: null },
      because: ["ad.dep"] });
  });

  test.each([
    ["gone", "active", "remove"], ["gone", "gone", "refresh"], ["active", "gone", "restore"],
    ["active", "active", "refresh"],
  ] as const)("%s after, %s before: %s", (state, before, operation) => {
    expect(identityChangeOf(computed({ state, known: { ...known, state: before } })).operation)
      .toBe(operation);
  });

  test("names of attributes that objects have of their own are names like any other", () => {
    const change = identityChangeOf(computed({ attributes: { constructor: "x" }, origins: {} }));
    expect(change.after).toEqual({ constructor: "x" });
  });
});
