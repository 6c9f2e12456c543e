import { JoineryError, type Door } from "@joinery/kit";
import type { Task, TaskKind, TaskPort, Tx } from "../app/ports.js";

interface Row {
  [column: string]: unknown;
  tenant: string;
  kind: TaskKind;
  subject: string;
  fence: string;
  wishes: string;
}

const mine = "tenant = $1 and kind = $2 and subject = $3 and fence = $4";
const keyOf = (task: Task) => [task.tenant, task.kind, task.subject, task.fence];

/** Tasks of every organisation lie in one table of the service; times are the database's. */
export function taskStore(door: Door): TaskPort {
  return {
    async wish(tx: Tx, kind, subject, at) {
      await tx.query("select joinery.wish_application_task($1, $2, $3, $4)",
        [tx.tenant, kind, subject, at ?? null]);
    },

    async claim(kind, limit, leaseMs) {
      const rows = await door.withCatalogue((sql) =>
        sql.query<Row>(
          `update application_task t
           set fence = t.fence + 1, served_at = clock_timestamp(),
               leased_until = clock_timestamp() + $3 * interval '1 ms'
           from (
             select tenant, kind, subject from application_task
             where kind = $1 and due_at <= clock_timestamp()
               and (leased_until is null or leased_until < clock_timestamp())
             order by served_at limit $2 for update skip locked
           ) free
           where (t.tenant, t.kind, t.subject) = (free.tenant, free.kind, free.subject)
           returning t.tenant, t.kind, t.subject, t.fence, t.wishes`,
          [kind, limit, leaseMs]),
      );
      return rows.map(toTask);
    },

    async renew(task, leaseMs) {
      const renewed = await door.withCatalogue((sql) =>
        sql.execute(
          `update application_task set leased_until = clock_timestamp() + $5 * interval '1 ms'
           where ${mine}`, [...keyOf(task), leaseMs]),
      );
      return renewed === 1;
    },

    async finish(task, dueInMs) {
      await door.withCatalogue((sql) =>
        sql.execute(
          `update application_task set leased_until = null, due_at = case
             when wishes <> $5 then least(due_at, clock_timestamp())
             else clock_timestamp() + $6::bigint * interval '1 ms' end
           where ${mine}`, [...keyOf(task), task.wishes, dueInMs]),
      );
    },

    async hold(tx: Tx, task) {
      const [row] = await tx.query<{ held: boolean }>(
        "select joinery.hold_application_task($1, $2, $3, $4) as held", keyOf(task));
      if (row?.held !== true) throw new JoineryError("TASK_LOST", "another worker has this task");
    },
  };
}

function toTask({ tenant, kind, subject, fence, wishes }: Row): Task {
  return { tenant, kind, subject, fence: Number(fence), wishes: Number(wishes) };
}
