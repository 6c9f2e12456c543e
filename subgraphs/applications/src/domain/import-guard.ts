import { assessGuard, type GuardBreach, type GuardInput, type GuardLimits } from "@joinery/engine";
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

/** In the ledger: every account that went, joined or not; every membership likewise. */
const goneOfAll = "delete.all";
const removedOfAll = "membershipRemoval.all";

/**
 * Two looks at an import before it is applied. One at the joined accounts, which are people's: by
 * the limits of each class. One at all that we hold: who is gone is counted against all accounts
 * and a membership against all memberships, so that a truncated source is held although nobody
 * was joined yet.
 */
export function assessImport(input: ImportGuardInput): ImportVerdict {
  const { firstLiveRunDone, limits, ledger24h } = input;
  const held = (
    population: number,
    counts: GuardInput["counts"],
    ledger: GuardInput["ledger24h"],
  ): readonly GuardBreach[] => {
    const verdict = assessGuard({ population, counts, ledger24h: ledger, firstLiveRunDone, limits });
    return verdict.verdict === "held" ? verdict.breaches : [];
  };
  const counts = {
    create: input.created,
    update: input.updated,
    delete: input.goneJoined,
    membershipRemoval: input.membersRemovedJoined,
  };
  const breaches = [...held(input.population, counts, ledger24h)];
  const more = [
    ...held(input.accounts, { delete: input.gone }, { delete: ledger24h[goneOfAll] ?? 0 }),
    ...held(input.members, { membershipRemoval: input.membersRemoved },
      { membershipRemoval: ledger24h[removedOfAll] ?? 0 }),
  ];
  for (const breach of more) {
    if (!breaches.some((each) => each.class === breach.class)) breaches.push(breach);
  }
  const ledger = { ...counts, [goneOfAll]: input.gone, [removedOfAll]: input.membersRemoved };
  return { breaches, ledger };
}
