import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MikroORM, type EntityManager, type EntitySchema } from "@mikro-orm/postgresql";
import { PostgresDialect } from "kysely";
import { Notifier, outboxWake, trackTold, type Told } from "@joinery/events";
import pg from "pg";
import { JoineryError } from "../errors.js";
import { isTenantId, type TenantId } from "../ids.js";
import { survivingPool } from "./connections.js";
import { tenantRole, tenantSchema } from "./roles.js";
import { SqlClient, type Sql } from "./sql.js";

/** One transaction inside one tenant's schema, under that tenant's role. */
export interface TenantTransaction extends Sql {
  readonly tenant: TenantId;
  readonly em: EntityManager;
  /**
   * Statements of the service itself (inbox, lanes, tasks: schema `joinery`) in this same
   * transaction. The tenant's role is set again before it returns.
   */
  asService<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/** One transaction on the tables that belong to no tenant. */
export interface CatalogueTransaction extends Sql {
  readonly em: EntityManager;
}

export interface DoorOptions {
  readonly service: string;
  /** Of the `service` role, which has LOGIN and NOINHERIT. */
  readonly url: string;
  readonly entities: readonly EntitySchema[];
  /** Connections held at most; five or fewer, for each costs memory per tenant. */
  readonly poolSizeMax?: number;
}

/** Remembers which client the transaction that runs in this asynchronous context was given. */
type Noted = AsyncLocalStorage<Lent>;

/**
 * A transaction inside another one's work is one of its own, on a connection of its own: without
 * this the ORM would join the one that runs around it, be it another service's.
 */
const apart = { disableContextResolution: true } as const;

/**
 * The only way to a connection. It guards against mistakes, not against injection: the session's
 * own role may read no tenant, so a statement that forgets its tenant fails with `permission
 * denied`.
 */
export class Door {
  readonly service: string;
  readonly pool: pg.Pool;
  readonly #orm: MikroORM;
  readonly #current: Noted;
  readonly #relay: Notifier;

  private constructor(service: string, pool: pg.Pool, orm: MikroORM, current: Noted) {
    this.service = service;
    this.pool = pool;
    this.#orm = orm;
    this.#current = current;
    this.#relay = new Notifier(pool, outboxWake);
  }

  static async open(options: DoorOptions): Promise<Door> {
    const pool = survivingPool({
      connectionString: options.url,
      max: options.poolSizeMax ?? 5,
      maxUses: 10_000,
      idleTimeoutMillis: 30_000,
      application_name: `joinery ${options.service}`,
    });
    const current: Noted = new AsyncLocalStorage();
    const orm = await MikroORM.init({
      entities: [...options.entities],
      dbName: "-",
      discovery: { warnWhenNoEntities: false },
      // The owner's migrations made it; the service role could not.
      ensureDatabase: false,
      sessionContext: "transaction",
      contextName: `joinery ${options.service}`,
      driverOptions: new PostgresDialect({ pool: noting(pool, current) }),
    });
    return new Door(options.service, pool, orm, current);
  }

  /**
   * Runs `work` in one transaction of the tenant; commits when it returns, rolls back when it
   * throws. Throws TENANT_INVALID for a malformed id; a tenant without segment fails on its first
   * statement.
   */
  async withTenant<T>(tenant: TenantId, work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    if (!isTenantId(tenant)) throw new JoineryError("TENANT_INVALID", "malformed organisation id");
    const schema = tenantSchema(tenant);
    const role = tenantRole(this.service, tenant);
    const em = this.#orm.em.fork({ ...apart, schema });
    // `role` as a setting is `set local role`, and both are one statement of every transaction.
    em.setSessionContext({ variables: { search_path: schema, role } });
    return this.#transaction(em, (inner, client) => {
      const sql = new SqlClient(client);
      return work(
        Object.assign(sql, {
          tenant,
          em: inner,
          asService: <R>(run: (own: Sql) => Promise<R>) => asService(client, role, schema, run),
        }),
      );
    });
  }

  /** Every organisation that has a segment here. */
  async listTenants(): Promise<TenantId[]> {
    const rows = await this.withCatalogue((tx) =>
      tx.query<{ tenant: TenantId }>("select tenant from joinery.tenant order by tenant"),
    );
    return rows.map(({ tenant }) => tenant);
  }

  /** Runs `work` under the service's own role: catalogue tables only, no tenant is readable. */
  async withCatalogue<T>(work: (tx: CatalogueTransaction) => Promise<T>): Promise<T> {
    const em = this.#orm.em.fork({ ...apart, schema: "joinery" });
    em.setSessionContext({ variables: { search_path: "joinery" } });
    return this.#transaction(em, (inner, client) =>
      work(Object.assign(new SqlClient(client), { em: inner })),
    );
  }

  async #transaction<T>(
    em: EntityManager,
    work: (em: EntityManager, client: pg.PoolClient) => Promise<T>,
  ): Promise<T> {
    const lent = new Lent();
    let told: Told | undefined;
    try {
      const result = await this.#current.run(lent, () =>
        em.transactional(async (inner) => {
          const { client } = lent;
          if (client === null) throw new JoineryError("ASSERTION_FAILED", "no client was noted");
          told = trackTold(client);
          return work(inner, client);
        }),
      );
      if (told?.any === true) this.#relay.notify();
      return result;
    } catch (error) {
      await lent.takeBack();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#orm.close(true);
    if (!this.pool.ending) await this.pool.end();
  }
}

/** The connection of one transaction. */
class Lent {
  #client: pg.PoolClient | null = null;
  #end: pg.PoolClient["release"] = () => undefined;
  #isBack = true;

  get client(): pg.PoolClient | null {
    return this.#client;
  }

  note(client: pg.PoolClient): void {
    const release = client.release.bind(client);
    this.#client = client;
    this.#isBack = false;
    this.#end = (destroy) => {
      this.#isBack = true;
      release(destroy);
    };
    client.release = this.#end;
  }

  /**
   * The ORM keeps a connection on which begin, commit or rollback failed, as they do when the
   * database goes away: five of them and the pool would have none left. Such a one is ended.
   */
  async takeBack(): Promise<void> {
    // What the ORM gives back it gives back in the same turn.
    await nextTurn();
    if (!this.#isBack) this.#end(true);
  }
}

/** The pool as the ORM sees it: notes which client the running transaction was given. */
function noting(pool: pg.Pool, current: Noted) {
  return {
    options: pool.options,
    Client: pg.Client,
    async connect(): Promise<pg.PoolClient> {
      const client = await pool.connect();
      current.getStore()?.note(client);
      return client;
    },
    end: () => (pool.ending ? Promise.resolve() : pool.end()),
  };
}

async function asService<T>(
  client: pg.PoolClient,
  role: string,
  schema: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  await client.query("set local role none");
  await client.query("set local search_path to joinery");
  const result = await work(new SqlClient(client));
  await client.query(`set local search_path to "${schema}"`);
  await client.query(`set local role "${role}"`);
  return result;
}
