import type { TenantId } from "@joinery/kit";
import type { Application } from "../domain/application.js";
import { accept, refuse, type Outcome } from "../domain/outcome.js";
import type { ApplicationChange, Caller, Deps, Tx } from "./ports.js";
import { tell, toldAction, toldApplication } from "./telling.js";

export interface Changing {
  readonly action: string;
  readonly change: (before: Application) => ApplicationChange;
  /** What the record says of it, never with configuration. */
  readonly shown: (application: Application) => Readonly<Record<string, unknown>>;
  /** More in the same transaction. */
  readonly also?: (tx: Tx, after: Application) => Promise<void>;
}

/** Changes an application that is not deleted, tells it to all, and records who did it. */
export async function changeApplication(
  deps: Deps,
  by: Caller,
  tenant: TenantId,
  id: string,
  changing: Changing,
): Promise<Outcome<Application>> {
  return deps.within(tenant, async (tx) => {
    const before = await deps.applications.lock(tx, id);
    if (before === null || before.state === "deleted") return refuse("APPLICATION_NOT_FOUND");
    const after = await deps.applications.change(tx, id, changing.change(before));
    await changing.also?.(tx, after);
    await tell(deps, tx, [
      toldApplication(tx, by, after),
      toldAction(tx, by, {
        action: changing.action,
        target: { kind: "application", id },
        before: changing.shown(before),
        after: changing.shown(after),
      }),
    ]);
    return accept(after);
  });
}
