import type {
  IdentityChangeDetailsFragment,
  PlanItemDetailsFragment,
  PlanOutcomeFragment,
  PlanPatternDetailsFragment,
  PlanQuery,
} from "@joinery/sdk";
import type { NameOf } from "../names.js";
import { printable } from "../output/printable.js";
import type { Style } from "../output/style.js";
import { counted, shownTime } from "../output/words.js";
import { patternWords } from "../plan/pattern-words.js";
import { changeLines } from "./audit.js";
import { breachWords } from "./run.js";

type Plan = NonNullable<PlanQuery["application"]>["plan"];

/** What of an application waits, what the guard says of it, and what it has in common. */
export function planLines(
  { key, plan, isFourEyes }: {
    readonly key: string;
    readonly plan: Plan;
    readonly isFourEyes: boolean;
  },
  style: Style,
): readonly string[] {
  const { count, since, breaches, patterns } = plan;
  if (count === 0) return [`nothing of ${printable(key)} waits for approval`];
  const waits = `${counted(count, "change waits", "changes wait")} for approval`;
  return [
    style.bold(`${printable(key)}: ${waits}, the oldest since ${shownTime(since)}`),
    ...(isFourEyes ? ["two people have to approve each of them"] : []),
    ...breaches.map((breach) => style.warning(`over a limit: ${breachWords(breach)}`)),
    ...patterns.flatMap((pattern) => ["", ...patternLines(pattern, style)]),
  ];
}

/** A pattern in words, its digest, and one of its changes. */
export function patternLines(
  pattern: PlanPatternDetailsFragment,
  style: Style,
): readonly string[] {
  return [
    style.bold(patternWords(pattern)),
    `  ${style.dim("pattern")}  ${pattern.digest}`,
    `  ${style.dim("such as")}  ${style.dim("hash")} ${pattern.sample.hash}`,
    ...changeLines(pattern.sample, style),
  ];
}

/** Changes before → after, why, and the hash by which each is approved. */
export function proposedLines(
  items: readonly PlanItemDetailsFragment[],
  operatorOf: NameOf,
  style: Style,
): readonly string[] {
  return items.flatMap((item) => {
    const { operation, kind, accountId, hash, because, approvedBy } = item;
    const by = approvedBy.map((id) => printable(operatorOf(id))).join(" ");
    return [
      `${style.bold(`${operation} ${kind}`)}  account ${accountId}  ${style.dim("hash")} ${hash}`,
      ...changeLines(item, style),
      ...(because.length > 0 ? [style.dim(`    because ${printable(because.join(" "))}`)] : []),
      ...(by === "" ? [] : [style.good(`    approved by ${by}`)]),
    ];
  });
}

/** What a held wave would do to identities of the vault. */
export function identityChangeLines(
  changes: readonly IdentityChangeDetailsFragment[],
  style: Style,
): readonly string[] {
  if (changes.length === 0) return ["nothing waits that would change the vault"];
  return changes.flatMap(({ operation, kind, label, identityId, before, after, because }) => [
    `${style.bold(`${operation} ${kind} ${printable(label)}`)}  ${style.dim(identityId)}`,
    ...changeLines({ before, after }, style),
    ...(because.length > 0 ? [style.dim(`    because ${printable(because.join(" "))}`)] : []),
  ]);
}

/** What became of a decision, as one sentence each. */
export function decisionLines(
  { items, pending, unknown }: Omit<PlanOutcomeFragment, "errors">,
  verb: "approve" | "reject",
): readonly string[] {
  const done = verb === "approve" ? "may leave now" : "given up";
  const lines = [
    ...(items > 0 ? [`${counted(items, "change")} ${done}`] : []),
    ...(pending > 0
      ? [`${counted(pending, "change waits", "changes wait")} for another person's approval`]
      : []),
    ...(unknown > 0
      ? [`${counted(unknown, "hash waits", "hashes wait")} for nobody any more`]
      : []),
  ];
  return lines.length > 0 ? lines : ["nothing: you approved it before, and another person has to"];
}
