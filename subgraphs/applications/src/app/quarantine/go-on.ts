import type { Deps, Tx } from "../ports.js";

/** What waited for an application to answer goes on: its queue, and an import that is now due. */
export async function goOn(
  deps: Deps,
  tx: Tx,
  applicationId: string,
  now: Date,
): Promise<void> {
  await deps.exports.unpause(tx, applicationId);
  await deps.tasks.wish(tx, "export", applicationId);
  await deps.schedules.change(tx, applicationId, "import", { nextAt: now });
  await deps.tasks.wish(tx, "schedule", applicationId);
}
