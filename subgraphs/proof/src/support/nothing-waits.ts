import type { ServiceName } from "@joinery/kit";
import { querySql } from "./service-sql.js";

/** Whether the services have no message to handle or send and wait for no snapshot. */
export async function nothingWaits(
  databaseUrl: string,
  services: readonly ServiceName[],
): Promise<boolean> {
  for (const service of services) {
    const [row] = await querySql<{ waits: boolean }>(databaseUrl, service,
      `select exists (select from joinery.inbox where state <> 'held') or exists (
         select from joinery.consumer_state
         where snapshot_id is not null and snapshot_end_position is null) or exists (
         select from joinery.outbox where sent_at is null) as waits`);
    if (row?.waits !== false) return false;
  }
  return true;
}
