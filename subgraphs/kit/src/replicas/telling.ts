import type { SnapshotAudience, SnapshotSource } from "@joinery/events";
import type { Door } from "../database/door.js";
import { codeOf } from "../errors.js";
import type { TenantId } from "../ids.js";
import type { Log } from "../log.js";

/**
 * A snapshot that is told organisation by organisation. One that cannot be told (its keys are
 * destroyed, say) is logged and passed over: its copies are found out by their counts, and the
 * others need not wait for it.
 */
export function snapshotOf(
  door: Door,
  log: Log,
  tell: (tenant: TenantId, to: SnapshotAudience) => AsyncIterable<number>,
): SnapshotSource {
  return {
    async *tell(to) {
      for (const tenant of await door.listTenants()) {
        try {
          yield* tell(tenant, to);
        } catch (error) {
          const fields = { tenant, code: codeOf(error) };
          log.error("an organisation could not be told anew", error, fields);
        }
      }
    },
  };
}
