import { insertOutbox } from "@joinery/events";
import { uuidv5, type Door, type KeyRing, type TenantId } from "@joinery/kit";
import type { SecretStore, StoredSecret, Trail } from "../app/ports.js";
import { columnPlace } from "../domain/place.js";
import { Secret } from "../domain/secret.js";
import { SecretRow } from "./rows.js";

/**
 * Secrets of one tenant, sealed under its data key. A row's id follows from its name, so the seal
 * is made before the transaction and a value moved to another name does not open.
 */
export class SqlSecretStore implements SecretStore {
  readonly #door: Door;
  readonly #keys: KeyRing;

  constructor(door: Door, keys: KeyRing) {
    this.#door = door;
    this.#keys = keys;
  }

  async page(
    tenant: TenantId,
    limit: number,
    after: string | null,
  ): Promise<readonly StoredSecret[]> {
    return this.#door.withTenant(tenant, async (tx) => {
      const rows = await tx.query<Columns>(
        `select name, created_at, updated_at from secret
         where $1::text is null or name collate "C" > $1 collate "C"
         order by name collate "C" limit $2`,
        [after, limit],
      );
      return rows.map(toStored);
    });
  }

  async count(tenant: TenantId): Promise<number> {
    return this.#door.withTenant(tenant, ({ em }) => em.count(SecretRow));
  }

  async find(tenant: TenantId, name: string): Promise<StoredSecret | null> {
    return this.#door.withTenant(tenant, async ({ em }) => {
      const row = await em.findOne(SecretRow, { name });
      return row && { name: row.name, createdAt: row.createdAt, updatedAt: row.updatedAt };
    });
  }

  async set(
    tenant: TenantId,
    name: string,
    value: Secret,
    now: Date,
    trail: Trail,
  ): Promise<StoredSecret> {
    const id = idOf(tenant, name);
    const sealed = await value.use((plain) =>
      this.#keys.seal(tenant, "data", Buffer.from(plain), placeOfRow(tenant, id)),
    );
    return this.#door.withTenant(tenant, async (tx) => {
      const [row] = await tx.query<Columns>(
        `insert into secret (id, name, sealed, created_at, updated_at) values ($1, $2, $3, $4, $4)
         on conflict (id) do update set sealed = excluded.sealed, updated_at = excluded.updated_at
         returning name, created_at, updated_at`,
        [id, name, sealed, now],
      );
      await insertOutbox(tx.client, trail);
      return row ? toStored(row) : { name, createdAt: now, updatedAt: now };
    });
  }

  async delete(tenant: TenantId, name: string, trail: Trail): Promise<boolean> {
    return this.#door.withTenant(tenant, async (tx) => {
      if ((await tx.em.nativeDelete(SecretRow, { name })) === 0) return false;
      await insertOutbox(tx.client, trail);
      return true;
    });
  }

  async open(tenant: TenantId, name: string): Promise<Secret | null> {
    const row = await this.#door.withTenant(tenant, ({ em }) => em.findOne(SecretRow, { name }));
    if (!row) return null;
    const place = placeOfRow(tenant, row.id);
    const plain = await this.#keys.open(tenant, "data", row.sealed, place);
    return new Secret(plain.toString("utf8"));
  }
}

interface Columns {
  name: string;
  created_at: Date;
  updated_at: Date;
}

function toStored(row: Columns): StoredSecret {
  return { name: row.name, createdAt: row.created_at, updatedAt: row.updated_at };
}

function idOf(tenant: TenantId, name: string): string {
  return uuidv5(tenant, "secret", name);
}

function placeOfRow(tenant: TenantId, id: string): Buffer {
  return columnPlace(tenant, "secret", "sealed", id);
}
