import type { Clock, Door } from "@joinery/kit";
import type { MasterKey } from "./master-key.js";

/**
 * Proves at each start that the master key is the one of this database; the first start writes the
 * proof. Throws MASTER_KEY_WRONG.
 */
export async function verifyMasterKey(door: Door, master: MasterKey, clock: Clock): Promise<void> {
  const check = await door.withCatalogue(async (tx) => {
    await tx.execute(
      "insert into installation (key_check, created_at) values ($1, $2) on conflict do nothing",
      [master.newCheck(), clock()],
    );
    const [row] = await tx.query<{ key_check: Buffer }>("select key_check from installation");
    return row?.key_check ?? Buffer.alloc(0);
  });
  master.verifyCheck(check);
}
