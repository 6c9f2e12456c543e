import type { PlanItemDetailsFragment } from "@joinery/sdk";
import { changedNames, shownValue } from "../../parts/shown-value.js";

type Changed = Pick<PlanItemDetailsFragment, "before" | "after">;

/** `mail: a@old.test → a@new.test; title: Lead`, in one line, in full where one points at it. */
export function ItemChange({ of: { before, after } }: { readonly of: Changed }) {
  const words = changedNames(before, after).map((name) => {
    const [was, is] = [shownValue(before[name]), shownValue(after[name]) ?? "–"];
    return was === null ? `${name}: ${is}` : `${name}: ${was} → ${is}`;
  });
  const text = words.join("; ");
  return <span title={text}>{text}</span>;
}
