import { insertOutbox } from "@joinery/events";
import type { Door, KeyRing, TenantId } from "@joinery/kit";
import type { InitialPasswordStore, Trail, WaitingPassword } from "../app/ports.js";
import { columnPlace } from "../domain/place.js";
import { Secret } from "../domain/secret.js";

interface Row {
  [column: string]: unknown;
  account_id: string;
  sealed: Buffer;
}

/** Initial passwords of one tenant's accounts, sealed under its data key until they are taken. */
export class SqlInitialPasswordStore implements InitialPasswordStore {
  readonly #door: Door;
  readonly #keys: KeyRing;

  constructor(door: Door, keys: KeyRing) {
    this.#door = door;
    this.#keys = keys;
  }

  async ensure(
    tenant: TenantId,
    wished: ReadonlyMap<string, Secret>,
    now: Date,
    expiresAt: Date,
  ): Promise<ReadonlyMap<string, Secret>> {
    const ids = [...wished.keys()].toSorted();
    const sealed = await Promise.all(ids.map((id) =>
      (wished.get(id) as Secret).use((plain) =>
        this.#keys.seal(tenant, "data", Buffer.from(plain), placeOf(tenant, id)))));
    const rows = await this.#door.withTenant(tenant, (tx) =>
      tx.query<Row>(
        `insert into initial_password as p (account_id, sealed, created_at, expires_at)
         select id, sealed, $3, $4 from unnest($1::uuid[], $2::bytea[]) as wished(id, sealed)
         on conflict (account_id) do update set
           sealed = case when p.expires_at > $3 then p.sealed else excluded.sealed end,
           set_at = case when p.expires_at > $3 then p.set_at end,
           created_at = case when p.expires_at > $3 then p.created_at else excluded.created_at end,
           expires_at = excluded.expires_at
         returning account_id, sealed`,
        [ids, sealed, now, expiresAt]));
    const opened = await Promise.all(rows.map(async (row) =>
      [row.account_id, await this.#open(tenant, row)] as const));
    return new Map(opened);
  }

  async settle(
    tenant: TenantId,
    set: readonly string[],
    unused: readonly string[],
    now: Date,
  ): Promise<void> {
    await this.#door.withTenant(tenant, async (tx) => {
      await tx.execute("update initial_password set set_at = $2 where account_id = any($1)",
        [set, now]);
      await tx.execute("delete from initial_password where account_id = any($1)", [unused]);
    });
  }

  async page(
    tenant: TenantId,
    now: Date,
    limit: number,
    after: string | null,
  ): Promise<readonly WaitingPassword[]> {
    return this.#door.withTenant(tenant, async (tx) => {
      const rows = await tx.query<{ account_id: string; set_at: Date; expires_at: Date }>(
        `select account_id, set_at, expires_at from initial_password
         where set_at is not null and expires_at > $1 and ($2::uuid is null or account_id > $2)
         order by account_id limit $3`, [now, after, limit]);
      return rows.map(({ account_id: accountId, set_at: setAt, expires_at: expiresAt }) =>
        ({ accountId, setAt, expiresAt }));
    });
  }

  async take(
    tenant: TenantId,
    accountId: string,
    now: Date,
    trail: Trail,
  ): Promise<Secret | null> {
    return this.#door.withTenant(tenant, async (tx) => {
      const [row] = await tx.query<Row>(
        `delete from initial_password
         where account_id = $1 and set_at is not null and expires_at > $2
         returning account_id, sealed`, [accountId, now]);
      if (row === undefined) return null;
      // Opened before it is gone for good: what does not open is not deleted either.
      const password = await this.#open(tenant, row);
      await insertOutbox(tx.client, trail);
      return password;
    });
  }

  async prune(tenant: TenantId, now: Date): Promise<number> {
    return this.#door.withTenant(tenant, (tx) =>
      tx.execute("delete from initial_password where expires_at <= $1", [now]));
  }

  async #open(tenant: TenantId, { account_id: id, sealed }: Row): Promise<Secret> {
    const plain = await this.#keys.open(tenant, "data", sealed, placeOf(tenant, id));
    return new Secret(plain.toString("utf8"));
  }
}

function placeOf(tenant: TenantId, accountId: string): Buffer {
  return columnPlace(tenant, "initial_password", "sealed", accountId);
}
