import { beginEpoch } from "@joinery/events";
import type { TenantId } from "../ids.js";
import { asOwner } from "./migrate.js";
import { quoted, tenantSchema } from "./roles.js";

/**
 * After a service's database was set back to an older state (a restored backup), while no process
 * of the service runs: what it tells counts anew, whoever has copies asks for everything, and every
 * object that it owns gets a higher revision than it was ever told with (`after_restore` of the
 * organisation's schema, where it has one). Working rows are emptied: they are made again.
 */
export async function afterRestore(ownerUrl: string): Promise<void> {
  await asOwner(ownerUrl, async (owner) => {
    await beginEpoch(owner);
    const { rows: tenants } = await owner.query<{ tenant: TenantId }>(
      "select tenant from joinery.tenant order by tenant",
    );
    for (const { tenant } of tenants) {
      const schema = quoted(tenantSchema(tenant));
      await owner.query("begin");
      await owner.query(`set local search_path to ${schema}`);
      const { rows } = await owner.query<{ raises: boolean; working: string | null }>(
        `select to_regproc('after_restore') is not null as raises,
           (select string_agg(format('%I', relname), ', ') from pg_class
            where relkind = 'r' and relpersistence = 'u' and relnamespace = $1::regnamespace)
             as working`,
        [tenantSchema(tenant)],
      );
      if (rows[0]?.raises === true) await owner.query("select after_restore()");
      if (rows[0]?.working) await owner.query(`truncate ${rows[0].working}`);
      await owner.query("commit");
    }
  });
}
