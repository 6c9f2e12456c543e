import type { PlanItemDetailsFragment } from "@joinery/sdk";
import type { NameOf } from "../names.js";
import { printable, printableJson } from "../output/printable.js";
import { csvRecord } from "./csv.js";

export const itemFormats = ["csv", "jsonl"] as const;
export type ItemFormat = (typeof itemFormats)[number];

/** How planned changes become text: what stands before the first, and each of them. */
export interface ItemText {
  readonly head: string;
  readonly of: (item: PlanItemDetailsFragment) => string;
}

/** One document a line, exactly as the graph has it; what a terminal would obey is escaped. */
const jsonLines: ItemText = { head: "", of: (item) => `${printableJson(item)}\n` };

const columns = [
  "item", "state", "operation", "kind", "application", "account", "identity", "attribute",
  "before", "after", "because", "classes", "hash", "pattern", "approvedBy", "code", "reason",
  "createdAt", "finishedAt",
] as const;

/**
 * One record for each attribute that an item changes, and one for an item that changes none. Texts
 * stand as they are, other values as JSON, nothing as nothing. With `isShown` control characters
 * are spelled out.
 */
function csv(keyOf: NameOf, isShown: boolean): ItemText {
  const record = (cells: readonly string[]) => csvRecord(isShown ? cells.map(printable) : cells);
  return {
    head: csvRecord(columns),
    of: (item) => {
      const names = [...new Set([...Object.keys(item.before), ...Object.keys(item.after)])].sort();
      const { id, state, operation, kind, applicationId, accountId, identityId } = item;
      const before = [
        id, state, operation, kind, keyOf(applicationId), accountId, identityId ?? "",
      ];
      const after = [
        item.because.join(" "), item.classes.join(" "), item.hash, item.pattern,
        item.approvedBy.join(" "), item.code ?? "", item.reason ?? "", item.createdAt,
        item.finishedAt ?? "",
      ];
      return (names.length === 0 ? [""] : names)
        .map((name) => record(
          [...before, name, text(item.before[name]), text(item.after[name]), ...after]))
        .join("");
    },
  };
}

export function itemText(format: ItemFormat, keyOf: NameOf, isShown: boolean): ItemText {
  return format === "csv" ? csv(keyOf, isShown) : jsonLines;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
