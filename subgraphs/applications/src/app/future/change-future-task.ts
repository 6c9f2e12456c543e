import { permit } from "@joinery/kit";
import type { FutureTask } from "../../domain/future-task.js";
import { accept, refuse, type Outcome } from "../../domain/outcome.js";
import type { Caller, Deps } from "../ports.js";
import { tell, toldAction } from "../telling.js";

const aheadMs = 3_660 * 86_400_000;

/**
 * Moves what is to come to another time, also what was cancelled: it will be again. What of it is
 * in the queue already is given up, and planned anew when it is due and still to be.
 */
export function moveFutureTask(
  deps: Deps,
  by: Caller,
  { id, dueAt }: { readonly id: string; readonly dueAt: Date },
): Promise<Outcome<FutureTask>> {
  return change(deps, by, id, dueAt, "future.move");
}

function isAhead(dueAt: Date, now: Date): boolean {
  const inMs = dueAt.getTime() - now.getTime();
  return inMs >= 0 && inMs <= aheadMs;
}

/**
 * It will not be, until its owner has come back and left again. Idempotent. What of it is in the
 * queue already is given up; what has left has left.
 */
export function cancelFutureTask(
  deps: Deps,
  by: Caller,
  { id }: { readonly id: string },
): Promise<Outcome<FutureTask>> {
  return change(deps, by, id, null, "future.cancel");
}

async function change(
  deps: Deps,
  by: Caller,
  id: string,
  dueAt: Date | null,
  action: string,
): Promise<Outcome<FutureTask>> {
  const { tenant } = permit(by.actor, "run:release");
  return deps.within(tenant, async (tx) => {
    const before = await deps.future.lock(tx, id);
    if (before === null) return refuse("FUTURE_TASK_NOT_FOUND");
    if (dueAt !== null && !isAhead(dueAt, deps.clock())) return refuse("FUTURE_TASK_INVALID");
    if (dueAt === null && before.cancelledAt !== null) return accept(before);
    await deps.future.change(tx, before, dueAt);
    await tell(deps, tx, [
      toldAction(tx, by, {
        action, target: { kind: "account", id },
        before: shown(before), after: { dueAt: dueAt?.toISOString() ?? null },
      }),
    ]);
    return accept(await deps.future.lock(tx, id) ?? before);
  });
}

function shown({ dueAt, cancelledAt }: FutureTask): Readonly<Record<string, unknown>> {
  return { dueAt: cancelledAt === null ? dueAt.toISOString() : null };
}
