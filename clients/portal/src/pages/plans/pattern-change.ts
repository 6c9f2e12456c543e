import type { PlanPatternDetailsFragment } from "@joinery/sdk";

type Change = PlanPatternDetailsFragment["changes"][number];

/** How one attribute changes: a text of `plans.changes` and its values. */
export interface ChangeWords {
  readonly text:
    | "set" | "cleared" | "case" | "spacing" | "domain" | "changed" | "between"
    | "enabled" | "disabled" | "membersCome" | "membersGo";
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const known = ["set", "cleared", "case", "spacing", "domain"] as const;

/** What many changes of an attribute have in common. */
export function patternChange(change: Change, operation: string): ChangeWords {
  const { attribute: name, change: how } = change;
  const values = { name, from: change.from ?? "–", to: change.to ?? "–" };
  if (operation === "members") {
    return { ...values, text: name === "add" ? "membersCome" : "membersGo" };
  }
  if (name === "$enabled") {
    return { ...values, text: change.to === "true" ? "enabled" : "disabled" };
  }
  const text = known.find((each) => each === how);
  if (text) return { ...values, text };
  return { ...values, text: change.from === null && change.to === null ? "changed" : "between" };
}
