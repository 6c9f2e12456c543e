import { expect, test } from "vitest";
import { toAddInput } from "./application-input.js";
import { toConnectionInput, toConnectionUpdate } from "./connection-input.js";
import { settingFlag } from "./flags.js";

const url = "https://hr.example.org";

test("a connection is what the file says, then what the flags say", () => {
  const file = { key: "hr", connector: "scim", configuration: { url, allowPlain: false } };
  expect(toConnectionInput(undefined, file, { set: settingFlag("url=https://x") })).toEqual({
    key: "hr", name: "hr", connector: "scim",
    configuration: { url: "https://x", allowPlain: false },
  });
});

test.each([
  [undefined, { connector: "scim" }, "FLAG_MISSING"],
  ["hr", {}, "FLAG_MISSING"],
  ["hr", { connector: "scim", phase: "live" }, "SETTING_UNKNOWN"],
])("%j with %j is refused before anything is sent", (key, file, code) => {
  expect(() => toConnectionInput(key, file, {})).toThrow(expect.objectContaining({ code }));
});

test("an update lays single settings over what is there, and says nothing of the rest", () => {
  const current = { url, allowPlain: false };
  expect(toConnectionUpdate("1", current, {}, { set: settingFlag("allowPlain=true") })).toEqual({
    id: "1", configuration: { url, allowPlain: true } });
  expect(toConnectionUpdate("1", current, {}, { name: "HR" })).toEqual({ id: "1", name: "HR" });
  expect(() => toConnectionUpdate("1", current, { connector: "sql" }, {}))
    .toThrow("connector is no setting");
});

test("an application with a connection need not say its connector, and may leave one", () => {
  expect(toAddInput("people", {}, { connection: "hr" })).toEqual({
    key: "people", name: "people", configuration: {}, connection: "hr" });
  expect(toAddInput("people", {}, { connector: "csv", connection: "none", provision: false }))
    .toMatchObject({ connector: "csv", connection: "", provisions: false });
});
