import { describe, expect, it } from "vitest";
import { parseName, parseSecretName, parseSlug, slugOf } from "./names.js";
import { columnPlace, placeOf } from "./place.js";

describe("names", () => {
  it.each(["a", "ldap-corp", "0", "x".repeat(63)])("may be %j for a slug or a secret", (text) => {
    expect(parseSlug(text).ok && parseSecretName(text).ok).toBe(true);
  });

  it.each(["", "-a", "A", "a_b", "ä", "a b", "a\n", "x".repeat(64), "a/../b", "a\u0000"])(
    "may not be %j for a slug or a secret",
    (text) => {
      expect(parseSlug(text).ok || parseSecretName(text).ok).toBe(false);
    },
  );

  it("of people and organisations are composed and trimmed, without control characters", () => {
    expect(parseName("  Zoe\u0301 ")).toMatchObject({ value: "Zo\u00e9" });
    for (const bad of ["", "  ", "a\u0000b", "a\nb", "a\u2028b", "\ud800", "x".repeat(201)]) {
      expect(parseName(bad).ok, JSON.stringify(bad)).toBe(false);
    }
  });

  it.each([
    ["Müller & Söhne GmbH", "muller-sohne-gmbh"],
    ["東京", "organisation"],
    ["  --  ", "organisation"],
    ["x".repeat(100), "x".repeat(63)],
    [`${"x".repeat(62)} y`, "x".repeat(62)],
  ])("give the slug of %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
    expect(parseSlug(slug).ok).toBe(true);
  });
});

describe("places", () => {
  it("differ however the parts are cut", () => {
    expect(placeOf("ab", "c").equals(placeOf("a", "bc"))).toBe(false);
    expect(placeOf("1:a").equals(placeOf("a"))).toBe(false);
    const row = (id: string) => columnPlace("t", "secret", "sealed", id);
    expect(row("1").equals(row("2"))).toBe(false);
  });
});
