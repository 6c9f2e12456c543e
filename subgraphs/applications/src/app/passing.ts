import { ConnectorError } from "@joinery/connectors";
import { codeOf } from "@joinery/kit";

const passing = new Set([
  "TASK_LOST", "TASK_STOPPED", "STAGE_LOST", "SERVICE_UNREACHABLE", "LANE_LOST",
  "ECONNREFUSED", "ECONNRESET",
  "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "PG_40001", "PG_40P01",
]);

/**
 * Whether a failure says nothing of what was done, only that it could not be done now: a lost
 * connection or claim, a deadlock. The work is taken up again; nothing is recorded against it. What
 * a connector says is never that, whatever broke below it: people must hear of their system.
 */
export function isPassing(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof ConnectorError) return false;
    const code = codeOf(each);
    if (passing.has(code) || /^PG_(08|53|57)/.test(code)) return true;
    if (/Connection terminated|timeout exceeded when trying to connect/.test(each.message)) {
      return true;
    }
  }
  return false;
}
