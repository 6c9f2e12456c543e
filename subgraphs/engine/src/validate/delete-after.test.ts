import { expect, it } from "vitest";
import { contexts, ruleSet } from "../fixtures.js";
import { validateRuleSet } from "./validate.js";

const place = "/applications/directory/user/outbound";

function problemsOf(deleteAfterDays: unknown, otherwise: string): string[] {
  const changed = structuredClone(ruleSet) as unknown as {
    applications: { directory: { user: { outbound: Record<string, unknown> } } };
  };
  Object.assign(changed.applications.directory.user.outbound, { deleteAfterDays, otherwise });
  return validateRuleSet(changed, contexts).map(({ code, path }) => `${code} ${path}`);
}

it.each([
  [1, "disable", []],
  [3_650, "keep", []],
  [0, "disable", [`RULE_SHAPE ${place}/deleteAfterDays`]],
  [3_651, "disable", [`RULE_SHAPE ${place}/deleteAfterDays`]],
  [1.5, "keep", [`RULE_SHAPE ${place}/deleteAfterDays`]],
  ["P90D", "disable", [`RULE_SHAPE ${place}/deleteAfterDays`]],
  [90, "delete", [`RULE_UNKNOWN_PROPERTY ${place}/deleteAfterDays`]],
])("deleteAfterDays %j beside %s", (days, otherwise, expected) => {
  expect(problemsOf(days, otherwise)).toEqual(expected);
});
