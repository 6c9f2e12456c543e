import type { ConnectorError } from "@joinery/connectors";
import { isUnattended } from "../../domain/run.js";
import type { ImportWork } from "../imports/import-work.js";
import type { Tx } from "../ports.js";
import { noteFailure } from "./note-health.js";

/**
 * Counts a read that failed. One that nobody asked for and that may pass is tried again before its
 * schedule says, and not before the system wants to be asked. True when people have heard already
 * that this system fails: a run of theirs is always told of.
 */
export async function noteFailedRead(
  { deps, application, run }: ImportWork,
  tx: Tx,
  error: ConnectorError,
): Promise<boolean> {
  const { code, message: reason, kind, retryAfterMs } = error;
  const health = await noteFailure(deps, tx, application.id, { code, reason, retryAfterMs });
  if (health === null || !isUnattended(run)) return false;
  const schedules = await deps.schedules.ofApplications(tx, [application.id]);
  const schedule = schedules.find(({ direction }) => direction === "import");
  const { retryAt, quarantinedAt, failures } = health;
  const isEarlier = retryAt !== null && schedule?.nextAt !== null
    && schedule !== undefined && retryAt < schedule.nextAt;
  if (kind === "retry" && quarantinedAt === null && isEarlier) {
    await deps.schedules.change(tx, application.id, "import", { nextAt: retryAt });
    await deps.tasks.wish(tx, "schedule", application.id, retryAt);
  }
  return failures > 1;
}
