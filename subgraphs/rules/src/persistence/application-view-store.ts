import type { ApplicationContext } from "@joinery/engine";
import type { TenantTransaction } from "@joinery/kit";
import { ApplicationViewRow } from "./rows.js";

export interface ApplicationView extends ApplicationContext {
  readonly id: string;
  readonly state: "active" | "deleted";
  readonly revision: number;
}

/** Older revisions are ignored. */
export async function saveApplicationView(
  tx: TenantTransaction,
  view: ApplicationView,
): Promise<void> {
  await tx.execute(
    `insert into application_view as v (id, key, schema, state, revision)
     values ($1, $2, $3, $4, $5)
     on conflict (id) do update set key = excluded.key, schema = excluded.schema,
       state = excluded.state, revision = excluded.revision
     where v.revision <= excluded.revision`,
    [view.id, view.key, JSON.stringify(view.schema), view.state, view.revision],
  );
}

/** What validation knows of the organisation's applications. */
export async function listApplicationViews(tx: TenantTransaction): Promise<ApplicationContext[]> {
  const rows = await tx.em.find(
    ApplicationViewRow,
    { state: "active" },
    { orderBy: { key: "asc" } },
  );
  return rows.map(({ key, schema }) => ({ key, schema }));
}
