import type { PlanItemDetailsFragment, PlanPatternDetailsFragment } from "@joinery/sdk";

/** A change of the mail domain, unless said. */
export function itemWith(item: Partial<PlanItemDetailsFragment> = {}): PlanItemDetailsFragment {
  return {
    id: "1",
    applicationId: "app-crm",
    accountId: "account-1",
    identityId: "id-1",
    kind: "user",
    operation: "update",
    before: { mail: "ada@old.test" },
    after: { mail: "ada@new.test" },
    because: ["hr.mail"],
    classes: ["update"],
    state: "proposed",
    hash: "ab".repeat(32),
    pattern: "cd".repeat(16),
    approvedBy: [],
    attempts: 0,
    code: null,
    reason: null,
    createdAt: "2026-11-21T08:00:00Z",
    finishedAt: null,
    ...item,
  };
}

export function patternWith(
  pattern: Partial<PlanPatternDetailsFragment> = {},
): PlanPatternDetailsFragment {
  return {
    digest: "cd".repeat(16),
    applicationId: "app-crm",
    operation: "update",
    kind: "user",
    because: ["hr.mail"],
    items: 4_213,
    changes: [{ attribute: "mail", change: "domain", from: "old.test", to: "new.test" }],
    sample: itemWith(),
    ...pattern,
  };
}
