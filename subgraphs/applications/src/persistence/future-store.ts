import type { FuturePort } from "../app/future-ports.js";
import type { Tx } from "../app/ports.js";
import type { FutureTask } from "../domain/future-task.js";
import { isUuid } from "./uuid.js";

/** To the millisecond, as a cursor is. */
const dueAt = "date_trunc('milliseconds', delete_at)";

const columns = `id, application_id as "applicationId", identity_id as "identityId",
  name as "accountName", ${dueAt} as "dueAt", delete_planned_at as "plannedAt",
  delete_cancelled_at as "cancelledAt"`;

function select(tx: Tx, rest: string, values: readonly unknown[]): Promise<FutureTask[]> {
  return tx.query<FutureTask & Record<string, unknown>>(
    `select ${columns} from account where delete_at is not null and state = 'present' and ${rest}`,
    values);
}

export const futureStore: FuturePort = {
  page: (tx, { applicationId, cancelled }, limit, after) =>
    select(tx,
      `($1::uuid is null or application_id = $1) and (delete_cancelled_at is not null) = $2
         and ($3::timestamptz is null or delete_at >= $3)
         and ($3::timestamptz is null or (${dueAt}, id) > ($3::timestamptz, $4::uuid))
       order by delete_at, id limit $5`,
      [applicationId ?? null, cancelled, after?.[0] ?? null, after?.[1] ?? null, limit]),

  async lock(tx, accountId) {
    if (!isUuid(accountId)) return null;
    return (await select(tx, "id = $1 for update", [accountId]))[0] ?? null;
  },

  async change(tx, { id, identityId }, at) {
    await tx.execute(
      `update account set delete_at = coalesce($2, delete_at),
         delete_cancelled_at = case when $2::timestamptz is null then clock_timestamp() end
       where id = $1`, [id, at]);
    await tx.execute(
      `insert into due (identity_id) select $1::uuid where $1 is not null
       on conflict (identity_id) do update set wave_id = null, waits = null`, [identityId]);
    await tx.execute(
      `update item set state = 'discarded', code = 'FUTURE_TASK_CHANGED', finished_at = now()
       where account_id = $1 and operation = 'delete'
         and state in ('proposed', 'open', 'waiting')`, [id]);
  },
};
