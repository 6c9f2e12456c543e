import type { Problem, RuleSet } from "@joinery/engine";

/**
 * | state | becomes |
 * | --- | --- |
 * | draft | published by a person, when it has no problems |
 * | published | active, when vault and applications both hold it |
 * | active | retired, when a later version becomes active |
 */
export type RuleSetState = "draft" | "published" | "active" | "retired";

/** One version of the organisation's rule set; immutable once published. */
export interface RuleSetVersion {
  readonly version: number;
  readonly hash: string;
  readonly state: RuleSetState;
  readonly body: RuleSet;
  readonly note: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
  readonly activatedAt: Date | null;
}

export type RuleSetError =
  | { readonly code: "RULE_SET_NOT_FOUND"; readonly message: string }
  | {
      readonly code: "RULE_SET_INVALID";
      readonly message: string;
      readonly problems: readonly Problem[];
    }
  | { readonly code: "RULE_SET_PUBLISHED"; readonly message: string }
  | { readonly code: "RULE_SET_TOO_LARGE"; readonly message: string };

/** Largest rule set, as JSON text. */
export const ruleSetBytesMax = 4 * 1024 * 1024;

const chunkLength = 200_000;

/** Cuts the text of a bundle so that each part travels in one event; an empty text is one part. */
export function cutIntoChunks(text: string): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + chunkLength);
    // A surrogate pair stays whole, so that each part is valid text on its own.
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    chunks.push(text.slice(at, end));
    at = end;
  }
  return chunks.length === 0 ? [""] : chunks;
}
