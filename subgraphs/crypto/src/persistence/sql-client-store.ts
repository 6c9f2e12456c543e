import { insertOutbox } from "@joinery/events";
import type { Door, TenantId } from "@joinery/kit";
import type { ClientStore, Trail } from "../app/ports.js";
import type { Client } from "../domain/client.js";

interface Row {
  [column: string]: unknown;
  id: string;
  organisation_id: TenantId;
  application_id: string;
  name: string;
  key: string;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const columns = `c.id, c.organisation_id, c.application_id, c.name, c.key, c.created_by,
  c.created_at, c.expires_at, c.last_used_at, c.revoked_at`;

/** Clients by the digest of their token; the token itself is nowhere. */
export class SqlClientStore implements ClientStore {
  readonly #door: Door;

  constructor(door: Door) {
    this.#door = door;
  }

  async add(tenant: TenantId, client: Client, tokenHash: Buffer, trail: Trail): Promise<void> {
    const { id, applicationId, name, key, createdBy, createdAt, expiresAt } = client;
    await this.#door.withCatalogue(async (tx) => {
      await tx.execute(
        `insert into push_client (id, organisation_id, application_id, name, key, token_hash,
           created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [id, tenant, applicationId, name, key, tokenHash, createdBy, createdAt, expiresAt]);
      await insertOutbox(tx.client, trail);
    });
  }

  async find(tenant: TenantId, id: string): Promise<Client | null> {
    const rows = await this.#query("c.organisation_id = $1 and c.id = $2", [tenant, id]);
    return rows[0] === undefined ? null : toClient(rows[0]);
  }

  async findByToken(
    tokenHash: Buffer,
  ): Promise<{ readonly tenant: TenantId; readonly client: Client } | null> {
    const [row] = await this.#query(
      `c.token_hash = $1 and exists (select from organisation o
         where o.id = c.organisation_id and o.state = 'active')`, [tokenHash]);
    return row === undefined ? null : { tenant: row.organisation_id, client: toClient(row) };
  }

  async page(tenant: TenantId, limit: number, after: string | null): Promise<readonly Client[]> {
    const rows = await this.#query(
      `c.organisation_id = $1 and ($2::uuid is null or c.id > $2) order by c.id limit $3`,
      [tenant, after, limit]);
    return rows.map(toClient);
  }

  async countAlive(tenant: TenantId, now: Date): Promise<number> {
    return this.#door.withCatalogue(async (tx) => {
      const [row] = await tx.query<{ n: number }>(
        `select count(*)::int as n from push_client
         where organisation_id = $1 and revoked_at is null and expires_at > $2`, [tenant, now]);
      return row?.n ?? 0;
    });
  }

  async revoke(tenant: TenantId, id: string, now: Date, trail: Trail): Promise<void> {
    await this.#door.withCatalogue(async (tx) => {
      const revoked = await tx.execute(
        `update push_client set revoked_at = $3
         where organisation_id = $1 and id = $2 and revoked_at is null`, [tenant, id, now]);
      if (revoked > 0) await insertOutbox(tx.client, trail);
    });
  }

  async noteUse(id: string, at: Date): Promise<void> {
    await this.#door.withCatalogue((tx) =>
      tx.execute(
        `update push_client set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at < $2)`, [id, at]));
  }

  #query(where: string, values: readonly unknown[]): Promise<Row[]> {
    return this.#door.withCatalogue((tx) =>
      tx.query<Row>(`select ${columns} from push_client c where ${where}`, values));
  }
}

function toClient(row: Row): Client {
  return {
    id: row.id,
    name: row.name,
    applicationId: row.application_id,
    key: row.key,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
