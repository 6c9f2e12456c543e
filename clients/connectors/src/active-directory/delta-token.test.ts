import { expect, test } from "vitest";
import { formatToken } from "../delta-tokens.js";
import { parseToken, type DeltaToken } from "./delta-token.js";

const at = "2026-03-01T00:00:00.000Z";
const token: DeltaToken = { version: 1, way: "usn", scope: "s", at, server: "x", usn: "42" };

test("a token is what it was, as long as the scope is and it is not too old", () => {
  const text = formatToken(token);
  expect(parseToken(text, "s", new Date(at))).toEqual(token);
  expect(parseToken(text, "s", new Date("2026-04-19T00:00:00Z"))).toEqual(token);
  expect(() => parseToken(text, "other", new Date(at))).toThrow("settings");
  expect(() => parseToken(text, "s", new Date("2026-04-21T00:00:00Z"))).toThrow("50 days");
});

test.each([
  "", "x", "null", "e30", formatToken({ ...token, version: 2 } as unknown as DeltaToken),
  formatToken({ ...token, usn: "-1" }), formatToken({ ...token, at: "yesterday" }),
  formatToken({ ...token, way: "dirsync" } as unknown as DeltaToken),
])("what is no token is refused with its code: %s", (text) => {
  expect(() => parseToken(text, "s", new Date(at))).toThrow(
    expect.objectContaining({ kind: "stop", code: "DELTA_TOKEN_REJECTED" }),
  );
});
