import { randomUUID } from "node:crypto";
import { insertOutbox } from "@joinery/events";
import type { CatalogueTransaction, Door, Role, Sql, TenantId } from "@joinery/kit";
import type { NewOperator, OperatorPosition, OperatorStore, Trail } from "../app/ports.js";
import type { Email } from "../domain/email.js";
import type { Operator, OperatorChange, OperatorView } from "../domain/operator.js";
import { isUuid } from "../domain/uuid.js";
import { OperatorRoleRow, OperatorRow } from "./rows.js";
import { endSessions } from "./sql-session-store.js";

/** People as one organisation knows them; no statement here sees two organisations. */
export class SqlOperatorStore implements OperatorStore {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async find(tenant: TenantId, id: string): Promise<Operator | null> {
    const [operator] = await this.findMany(tenant, [id]);
    return operator ?? null;
  }

  async findMany(tenant: TenantId, ids: readonly string[]): Promise<readonly Operator[]> {
    const wanted = ids.filter(isUuid);
    return this.#door.withCatalogue(async ({ em }) => {
      const rows = await em.find(OperatorRoleRow, {
        organisationId: tenant,
        operatorId: { $in: wanted },
      });
      return rows.map(toOperator);
    });
  }

  async page(
    tenant: TenantId,
    limit: number,
    after: OperatorPosition | null,
  ): Promise<readonly Operator[]> {
    return this.#door.withCatalogue(async (tx) => {
      const rows = await tx.query<Columns>(
        `select operator_id, email, name, role, state, created_at from operator_role
         where organisation_id = $1
           and ($2::text is null or (name collate "C", operator_id) > ($2 collate "C", $3::uuid))
         order by name collate "C", operator_id
         limit $4`,
        [tenant, after?.[0] ?? null, after?.[1] ?? null, limit],
      );
      return rows.map((row) =>
        toOperator({ ...row, operatorId: row.operator_id, createdAt: row.created_at }),
      );
    });
  }

  async active(tenant: TenantId, roles: readonly Role[]): Promise<readonly Operator[]> {
    return this.#door.withCatalogue(async ({ em }) => {
      const rows = await em.find(
        OperatorRoleRow,
        { organisationId: tenant, state: "active", role: { $in: [...roles] } },
        { orderBy: { createdAt: "asc", operatorId: "asc" } },
      );
      return rows.map(toOperator);
    });
  }

  async personOf(email: Email, now: Date): Promise<string> {
    return this.#door.withCatalogue(async (tx) => {
      await tx.execute(
        `insert into operator (id, email_key, created_at) values ($1, $2, $3)
         on conflict (email_key) do nothing`,
        [randomUUID(), email.key, now],
      );
      return (await tx.em.findOneOrFail(OperatorRow, { emailKey: email.key })).id;
    });
  }

  async add(
    tenant: TenantId,
    operator: NewOperator,
    now: Date,
    trail: Trail,
  ): Promise<Operator | null> {
    return this.#door.withCatalogue(async (tx) => {
      const written = await tx.execute(
        `insert into operator_role (operator_id, organisation_id, email, name, role, state,
           password_hash, password_set_at, created_at)
         values ($1, $2, $3, $4, $5, 'active', $6, $7, $7)
         on conflict (organisation_id, operator_id) do update
           set email = excluded.email, name = excluded.name, role = excluded.role,
             state = 'active', password_hash = excluded.password_hash,
             password_set_at = excluded.password_set_at
           where operator_role.state = 'disabled'`,
        [
          operator.id, tenant, operator.email.address, operator.name, operator.role,
          operator.passwordHash, now,
        ],
      );
      if (written === 0) return null;
      await insertOutbox(tx.client, trail);
      const key = { organisationId: tenant, operatorId: operator.id };
      return toOperator(await tx.em.findOneOrFail(OperatorRoleRow, key));
    });
  }

  async view(tenant: TenantId, id: string): Promise<OperatorView | null> {
    if (!isUuid(id)) return null;
    return this.#door.withCatalogue((tx) => viewOf(tx, tenant, id));
  }

  async change(
    tenant: TenantId,
    id: string,
    view: OperatorView,
    change: OperatorChange,
    now: Date,
    trail: Trail,
  ): Promise<boolean> {
    return this.#door.withCatalogue(async (tx) => {
      await lockOperators(tx, tenant);
      const found = await viewOf(tx, tenant, id);
      if (!found || !isSame(found, view)) return false;
      const key = { organisationId: tenant, operatorId: id };
      await tx.em.nativeUpdate(OperatorRoleRow, key, { ...change });
      if (change.state === "disabled") await endSessions(tx, tenant, id, null, "disabled", now);
      await insertOutbox(tx.client, trail);
      return true;
    });
  }
}

interface Columns {
  operator_id: string;
  email: string;
  name: string;
  role: Role;
  state: "active" | "disabled";
  created_at: Date;
}

function toOperator(row: Omit<Operator, "id"> & { readonly operatorId: string }): Operator {
  const { operatorId: id, email, name, role, state, createdAt } = row;
  return { id, email, name, role, state, createdAt };
}

/** Changes of an organisation's operators happen one after the other: the last owner stays. */
async function lockOperators(sql: Sql, tenant: TenantId): Promise<void> {
  await sql.query("select from organisation where id = $1 for update", [tenant]);
}

async function viewOf(
  tx: CatalogueTransaction,
  tenant: TenantId,
  id: string,
): Promise<OperatorView | null> {
  const [row] = await tx.query<{ role: Role; state: "active" | "disabled"; owners: number }>(
    `select role, state, (select count(*)::int from operator_role o
        where o.organisation_id = $1 and o.role = 'owner' and o.state = 'active') as owners
     from operator_role where organisation_id = $1 and operator_id = $2`,
    [tenant, id],
  );
  return row ? { role: row.role, state: row.state, activeOwners: row.owners } : null;
}

function isSame(a: OperatorView, b: OperatorView): boolean {
  return a.role === b.role && a.state === b.state && a.activeOwners === b.activeOwners;
}
