import { insertOutbox } from "@joinery/events";
import type { Door, Role, TenantId } from "@joinery/kit";
import type { Credential, CredentialStore, Trail } from "../app/ports.js";
import { OperatorRoleRow } from "./rows.js";
import { endSessions } from "./sql-session-store.js";

const columns = `
  select r.operator_id, r.organisation_id, o.slug, o.name as organisation_name, r.email, r.name,
    r.role, r.password_hash, r.state = 'active' and o.state = 'active' as usable
  from operator_role r join organisation o on o.id = r.organisation_id`;

/** Passwords and what they open. */
export class SqlCredentialStore implements CredentialStore {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async find(emailKey: string, slug: string | null, limit: number): Promise<readonly Credential[]> {
    return this.#door.withCatalogue(async (tx) => {
      const rows = await tx.query<Columns>(
        `${columns} join operator p on p.id = r.operator_id
         where p.email_key = $1 and ($2::text is null or o.slug = $2)
         order by r.created_at, r.organisation_id limit $3`,
        [emailKey, slug, limit],
      );
      return rows.map(toCredential);
    });
  }

  async findOf(tenant: TenantId, operatorId: string): Promise<Credential | null> {
    return this.#door.withCatalogue(async (tx) => {
      const [row] = await tx.query<Columns>(
        `${columns} where r.organisation_id = $1 and r.operator_id = $2`,
        [tenant, operatorId],
      );
      return row ? toCredential(row) : null;
    });
  }

  async rehash(
    tenant: TenantId,
    operatorId: string,
    before: string,
    after: string,
  ): Promise<void> {
    const key = { organisationId: tenant, operatorId, passwordHash: before };
    await this.#door.withCatalogue(({ em }) =>
      em.nativeUpdate(OperatorRoleRow, key, { passwordHash: after }),
    );
  }

  async setPassword(
    tenant: TenantId,
    operatorId: string,
    passwordHash: string,
    exceptSession: string | null,
    now: Date,
    trail: Trail,
  ): Promise<boolean> {
    return this.#door.withCatalogue(async (tx) => {
      const key = { organisationId: tenant, operatorId, state: "active" as const };
      const values = { passwordHash, passwordSetAt: now };
      if ((await tx.em.nativeUpdate(OperatorRoleRow, key, values)) === 0) return false;
      await endSessions(tx, tenant, operatorId, exceptSession, "password-changed", now);
      await insertOutbox(tx.client, trail);
      return true;
    });
  }
}

interface Columns {
  operator_id: string;
  organisation_id: string;
  slug: string;
  organisation_name: string;
  email: string;
  name: string;
  role: Role;
  password_hash: string;
  usable: boolean;
}

function toCredential(row: Columns): Credential {
  return {
    operatorId: row.operator_id,
    tenant: row.organisation_id,
    slug: row.slug,
    organisationName: row.organisation_name,
    email: row.email,
    name: row.name,
    role: row.role,
    passwordHash: row.password_hash,
    usable: row.usable,
  };
}
