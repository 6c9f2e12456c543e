import { expect, test } from "vitest";
import { patternChange } from "./pattern-change.js";

test.each([
  ["update", "mail", "domain", "old.test", "new.test", "domain"],
  ["update", "mail", "set", null, null, "set"],
  ["update", "title", "cleared", null, null, "cleared"],
  ["update", "name", "case", null, null, "case"],
  ["update", "name", "spacing", null, null, "spacing"],
  ["update", "name", "changed", null, null, "changed"],
  ["update", "state", "changed", "a", "b", "between"],
  ["update", "state", "of a newer server", null, null, "changed"],
  ["update", "$enabled", "changed", "false", "true", "enabled"],
  ["update", "$enabled", "changed", "true", "false", "disabled"],
  ["members", "add", "set", null, null, "membersCome"],
  ["members", "remove", "set", null, null, "membersGo"],
])("%s of %s, %s from %s to %s, is told as %s", (operation, attribute, change, from, to, text) => {
  expect(patternChange({ attribute, change, from, to }, operation).text).toBe(text);
});
