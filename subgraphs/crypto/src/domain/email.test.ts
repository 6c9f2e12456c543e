import { describe, expect, it } from "vitest";
import { parseEmail } from "./email.js";

function keyOf(text: string): string {
  const parsed = parseEmail(text);
  if (!parsed.ok) throw new Error(parsed.error.code);
  return parsed.value.key;
}

describe("parseEmail", () => {
  it.each([
    ["Ann@Example.ORG", "ann@example.org"],
    ["  ann@example.org\n", "ann@example.org"],
    ["İrem@example.org", "i\u0307rem@example.org"],
    ["ΣΊΣΥΦΟΣ@example.org", "σίσυφος@example.org"],
    ["STRASSE@example.org", "straße@example.org"],
    ["JOSE\u0301@example.org", "josé@example.org"],
    ["\u212Aate@example.org", "kate@example.org"],
    ["ann@bücher.example", "ann@xn--bcher-kva.example"],
    ["ann@BÜCHER.example", "ann@bücher.example"],
    ["first.last+tag@sub.example.org", "FIRST.LAST+TAG@SUB.EXAMPLE.ORG"],
  ])("sees one address in %j and %j", (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it.each([
    ["ann@example.org", "anna@example.org"],
    ["ann@example.org", "ann@example.com"],
    ["аnn@example.org", "ann@example.org"],
    ["a.nn@example.org", "ann@example.org"],
  ])("sees two addresses in %j and %j", (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it("keeps the address as it was written", () => {
    expect(parseEmail("Ann@Example.org")).toMatchObject({ value: { address: "Ann@Example.org" } });
  });

  it.each([
    "", "@", "ann", "ann@", "@example.org", "a b@example.org", "ann@exa mple.org", "ann@-x.org",
    "ann@example..org", ".ann@example.org", "ann.@example.org", "a..b@example.org", "ann@1.2.3.4",
    "ann@[127.0.0.1]", "ann@2130706433", '"ann"@example.org', "ann@exa_mple.org", "a@b@example.org",
    "ann\u0000@example.org", "ann\r\nBcc: x@example.org", "ann@example.org\u2028x",
    "ann,b@example.org",
    `${"a".repeat(65)}@example.org`, `ann@${"a".repeat(64)}.org`,
    `ann@${"a.".repeat(125)}example.org`, "<ann@example.org>",
  ])("refuses %j", (text) => {
    expect(parseEmail(text)).toMatchObject({ ok: false, error: { code: "EMAIL_INVALID" } });
  });
});
