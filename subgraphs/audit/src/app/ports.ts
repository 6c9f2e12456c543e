import type { Door } from "@joinery/kit";

/** What the use-cases of audit work with. */
export interface AuditDeps {
  readonly door: Door;
}
