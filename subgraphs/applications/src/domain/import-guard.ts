import {
  assessGuard,
  guardLimitDefault,
  ledgerEntries,
  type GuardBreach,
  type GuardInput,
  type GuardLimits,
} from "@joinery/engine";
import type { Counts } from "./run.js";

export interface ImportGuardInput {
  /** Joined accounts when the run began. */
  readonly population: number;
  /** All present accounts when the run began. */
  readonly accounts: number;
  readonly created: number;
  readonly updated: number;
  /** All that are gone, and those of them that belong to an identity. */
  readonly gone: number;
  readonly goneJoined: number;
  /** Of each kind of which everything was read: all that we hold, and those that are gone. */
  readonly kinds: readonly { readonly gone: number; readonly held: number }[];
  /** Memberships that we hold, those removed, and those of them of an account that is joined. */
  readonly members: number;
  readonly membersRemoved: number;
  readonly membersRemovedJoined: number;
  readonly ledger24h: Counts;
  readonly firstLiveRunDone: boolean;
  readonly limits: GuardLimits;
}

export interface ImportVerdict {
  readonly breaches: readonly GuardBreach[];
  /** What the ledger remembers of a released wave. */
  readonly ledger: Counts;
}

/**
 * In the ledger imports stand apart from exports of the same application: a correction is not a
 * second change beside the one that it undoes.
 */
const ofPeople = (name: string) => `import.${name}`;
const ofAll = (name: string) => `import.${name}.all`;

/**
 * Three looks at an import before it is applied. One at the joined accounts, which are people's: by
 * the limits of each class. One at all that we hold: who is gone is counted against all accounts
 * and a membership against all memberships, so that a truncated source is held although nobody
 * was joined yet. One at each kind: who may not look at groups any more is often told "success,
 * nothing", and they may be few beside the people.
 */
export function assessImport(input: ImportGuardInput): ImportVerdict {
  const { firstLiveRunDone, limits, ledger24h } = input;
  const held = (
    population: number,
    counts: GuardInput["counts"],
    ledger: GuardInput["ledger24h"],
  ): readonly GuardBreach[] => {
    const verdict = assessGuard({
      population,
      counts,
      ledger24h: ledger,
      firstLiveRunDone,
      limits,
    });
    return verdict.verdict === "held" ? verdict.breaches : [];
  };
  const counts = {
    create: input.created,
    update: input.updated,
    delete: input.goneJoined,
    membershipRemoval: input.membersRemovedJoined,
  };
  const gone = ledgerOf(ledger24h, ofAll, ["delete"]);
  const removed = ledgerOf(ledger24h, ofAll, ["membershipRemoval"]);
  const breaches = [
    ...held(input.population, counts, ledgerOf(ledger24h, ofPeople, Object.keys(counts))),
  ];
  const more = [
    ...held(input.accounts, { delete: input.gone }, gone),
    ...held(input.members, { membershipRemoval: input.membersRemoved }, removed),
    ...input.kinds.flatMap((kind) => overHalf(kind, limits)),
  ];
  for (const breach of more) {
    if (!breaches.some((each) => each.class === breach.class)) breaches.push(breach);
  }
  const remembered = ledgerEntries(counts, firstLiveRunDone);
  const people = Object.entries(remembered).map(([name, n]) => [ofPeople(name), n] as const);
  const ledger = {
    ...Object.fromEntries(people),
    [ofAll("delete")]: input.gone,
    [ofAll("membershipRemoval")]: input.membersRemoved,
  };
  return { breaches, ledger };
}

function overHalf(
  { gone, held }: ImportGuardInput["kinds"][number],
  limits: GuardLimits,
): readonly GuardBreach[] {
  const percent = limits.delete?.halfPercent ?? guardLimitDefault.halfPercent;
  const limit = Math.floor((held * percent) / 100);
  if (gone <= limit) return [];
  return [{ class: "delete", n: gone, ledger: 0, limit, population: held, rule: "half" }];
}

function ledgerOf(
  ledger: Counts,
  nameOf: (name: string) => string,
  names: readonly string[],
): GuardInput["ledger24h"] {
  return Object.fromEntries(names.map((name) => [name, ledger[nameOf(name)] ?? 0]));
}
