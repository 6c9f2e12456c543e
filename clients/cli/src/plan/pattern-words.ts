import type { PlanPatternDetailsFragment } from "@joinery/sdk";
import { printable } from "../output/printable.js";
import { counted } from "../output/words.js";

type Change = PlanPatternDetailsFragment["changes"][number];

/** `update user: mail domain old.test → new.test, 4,213 people, by hr.mail` */
export function patternWords(pattern: PlanPatternDetailsFragment): string {
  const { operation, kind, changes, items, because } = pattern;
  const how = changes.map((change) => changeWords(change, operation)).join("; ");
  const many = kind === "user" ? counted(items, "person", "people") : counted(items, kind);
  const by = because.length === 0 ? "" : `, by ${printable(because.join(" "))}`;
  return `${operation} ${kind}: ${how === "" ? many : `${how}, ${many}`}${by}`;
}

/** How one attribute changes, as people would say it. */
function changeWords({ attribute, change, from, to }: Change, operation: string): string {
  const name = printable(attribute);
  if (operation === "members") return attribute === "add" ? "members come" : "members go";
  if (attribute === "$enabled") return to === "true" ? "enabled" : "disabled";
  switch (change) {
    case "set":
      return `${name} set`;
    case "cleared":
      return `${name} cleared`;
    case "case":
      return `upper and lower case of ${name}`;
    case "spacing":
      return `spaces of ${name}`;
    case "domain":
      return `${name} domain ${side(from)} → ${side(to)}`;
    default:
      return from === null && to === null ? name : `${name} ${side(from)} → ${side(to)}`;
  }
}

function side(text: string | null): string {
  return text === null ? "–" : printable(text);
}
