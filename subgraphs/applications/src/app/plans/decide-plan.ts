import { ledgerEntries } from "@joinery/engine";
import { permit } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import { exportPolicyDefault } from "../../domain/export-policy.js";
import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import { releaseTarget } from "../outbound/seal-outbound.js";
import { hashesMax, type DecidedItems, type Selection } from "../plan-ports.js";
import type { Caller, Deps, Tx } from "../ports.js";
import { tell, toldAction } from "../telling.js";
import { endEmptied } from "./give-up-proposed.js";
import { selectedRoot } from "./selected-root.js";

/**
 * What of an application's plan is meant. By hashes it is just those items that still stand; by a
 * pattern, or as a whole, it is what came to this root when a person looked at it.
 */
export interface PlanDecision {
  readonly applicationId: string;
  readonly pattern?: Buffer;
  readonly hashes?: readonly Buffer[];
  readonly root?: Buffer;
}

export interface Decided {
  /** Items that may leave now, or were given up. */
  readonly items: number;
  /** Items that another person has to approve too. */
  readonly pending: number;
  /** Hashes that were given and wait for nobody (any more). */
  readonly unknown: number;
}

/**
 * Lets planned changes leave. Refuses with PLAN_MOVED where the plan, or the pattern in it, is not
 * what the person looked at, and changes nothing then. Where two people have to approve, the
 * second of them lets an item leave; one who approves twice counts once.
 */
export function approvePlan(
  deps: Deps,
  by: Caller,
  decision: PlanDecision,
): Promise<Outcome<Decided>> {
  return decide(deps, by, decision, "plan.approve", async (tx, application, selection) => {
    const wanted = await deps.plans.unapproved(tx, selection, by.actor.id);
    const needed = application.exportPolicy.fourEyes === true ? 2 : 1;
    const decided = await deps.plans.approve(tx, selection, {
      actorId: by.actor.id, needed,
    });
    mustBe(wanted, decided, selection);
    for (const part of decided) {
      if (part.state !== "proposed") await release(deps, tx, application, part);
    }
    return decided;
  });
}

/** Gives planned changes up; whoever they are about is planned for again with the next run. */
export function rejectPlan(
  deps: Deps,
  by: Caller,
  decision: PlanDecision,
): Promise<Outcome<Decided>> {
  return decide(deps, by, decision, "plan.reject", async (tx, { id }, selection, items) => {
    const decided = await deps.plans.giveUp(tx, selection, "REJECTED");
    mustBe(items, decided, selection);
    await endEmptied(deps, tx, id);
    return decided;
  });
}

/** Others came while the decision was made: all of it is taken back. */
class Moved extends Error {}

/** What was looked at is locked, so nothing of it can be missing; by hash it is named itself. */
function mustBe(
  items: number,
  decided: readonly DecidedItems[],
  { hashes }: Selection,
): void {
  if (hashes === undefined && sum(decided) !== items) throw new Moved();
}

function sum(decided: readonly DecidedItems[]): number {
  return decided.reduce((all, { items }) => all + items, 0);
}

type Effect = (
  tx: Tx,
  application: Application,
  selection: Selection,
  items: number,
) => Promise<readonly DecidedItems[]>;

function decide(
  deps: Deps,
  by: Caller,
  { root, ...selection }: PlanDecision,
  action: "plan.approve" | "plan.reject",
  effect: Effect,
): Promise<Outcome<Decided>> {
  const { tenant } = permit(by.actor, "plan:approve");
  const { hashes, pattern } = selection;
  const isGood = hashes === undefined ? root !== undefined
    : root === undefined && pattern === undefined && hashes.length <= hashesMax;
  const decided = deps.within(tenant, async (tx): Promise<Outcome<Decided>> => {
    const application = await deps.applications.lock(tx, selection.applicationId);
    if (application === null || application.state === "deleted") {
      return refuse("APPLICATION_NOT_FOUND");
    }
    if (!isGood) return refuse("PLAN_DECISION_INVALID");
    await deps.plans.lockWaves(tx, application.id);
    await expire(deps, tx, application);
    const stands = await selectedRoot(deps, tx, selection, { lock: true });
    if (hashes === undefined) {
      if (stands.items === 0) return refuse("PLAN_EMPTY");
      if (root === undefined || !stands.root.equals(root)) return refuse("PLAN_MOVED");
    }
    const parts = await effect(tx, application, selection, stands.items);
    const pending = sum(parts.filter(({ state }) => state === "proposed"));
    const items = sum(parts) - pending;
    const unknown = Math.max(0, (hashes?.length ?? 0) - stands.items);
    await tell(deps, tx, [
      toldAction(tx, by, {
        action, target: { kind: "application", id: application.id },
        after: {
          items, pending, root: stands.root.toString("hex"),
          ...(pattern === undefined ? {} : { pattern: pattern.toString("hex") }),
        },
      }),
    ]);
    return accept({ items, pending, unknown });
  });
  return decided.catch((error: unknown) => {
    if (error instanceof Moved) return refuse("PLAN_MOVED");
    throw error;
  });
}

/** As the guard does when it lets a wave through, for the part that may leave. */
async function release(
  deps: Deps,
  tx: Tx,
  application: Application,
  { waveId, runId, classes }: DecidedItems,
): Promise<void> {
  const ledger = ledgerEntries(classes, application.firstExportAt !== null);
  await releaseTarget(deps, tx, application, waveId, ledger);
  await deps.waves.change(tx, waveId, { state: "released" });
  // One that is still planned elsewhere, or at its end, stays what it is.
  const run = await deps.runs.lock(tx, runId);
  if (run?.state !== "held") return;
  await deps.runs.change(tx, runId, { state: "exporting", code: null, reason: null });
}

const dayMs = 86_400_000;

/** What has waited for too long is no plan any more: it is made anew. */
async function expire(deps: Deps, tx: Tx, { id, exportPolicy }: Application): Promise<void> {
  const days = exportPolicy.proposalDays ?? exportPolicyDefault.proposalDays;
  const gone = await deps.plans.expire(tx, id, new Date(deps.clock().getTime() - days * dayMs));
  if (gone > 0) await endEmptied(deps, tx, id);
}
