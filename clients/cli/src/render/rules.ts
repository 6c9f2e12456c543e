import type { CheckRuleSetQuery, RuleSetSummaryFragment } from "@joinery/sdk";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { pairs, table } from "../output/table.js";
import { shownTime } from "../output/words.js";

export type RuleProblem = CheckRuleSetQuery["checkRuleSet"][number];

export function ruleSetTable(
  versions: readonly RuleSetSummaryFragment[],
  style: Style,
): readonly string[] {
  return table<RuleSetSummaryFragment>(
    [
      { title: "VERSION", of: ({ version }) => String(version), align: "right" },
      { title: "STATE", of: ({ state }) => state, paint: (text) => painted(text, style) },
      { title: "HASH", of: ({ hash }) => hash.slice(0, 12) },
      { title: "MADE", of: ({ createdAt }) => shownTime(createdAt) },
      { title: "ACTIVE SINCE", of: ({ activatedAt }) => shownTime(activatedAt) },
      { title: "NOTE", of: ({ note }) => printable(note) },
    ],
    versions,
    style,
  );
}

export function ruleSetDetails(
  { version, state, hash, createdAt, publishedAt, activatedAt, note }: RuleSetSummaryFragment,
  style: Style,
): readonly string[] {
  return pairs(
    [
      ["version", String(version)],
      ["state", painted(state, style)],
      ["hash", hash],
      ["made", shownTime(createdAt)],
      ["published", shownTime(publishedAt)],
      ["active since", shownTime(activatedAt)],
      ["note", printable(note) || "–"],
    ],
    style,
  );
}

/** `/applications/hr/user/…  RULE_UNKNOWN_ATTRIBUTE: …`, one a line. */
export function problemLines(problems: readonly RuleProblem[]): readonly string[] {
  return problems.map(
    ({ path, code, message }) => `${printable(path) || "/"}  ${code}: ${printable(message)}`,
  );
}

function painted(state: string, style: Style): string {
  return state === "active" ? style.good(state) : state;
}
