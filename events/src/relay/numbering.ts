import type pg from "pg";
import { definePoints } from "../points.js";

const point = definePoints("relay.number.before", "relay.number.after");

/** Rows numbered by one statement at most. */
export const numberedMax = 1_000;
/** The floor is worth moving when so many rows lie between it and the newest. */
const floorLagMin = 1_000;
const floorEveryMs = 1_000;
/** However sure the floor is, everything is looked at now and then. */
const fullScanEveryMs = 600_000;

/**
 * Gives committed rows without a number the next dense numbers of their channel, in id order. A row
 * whose transaction commits later is numbered later: there is no cursor that could pass it, and no
 * snapshot that others could hold back.
 *
 * `client` must be the connection that holds the relay's lock. Were two to number at once, the
 * second would take numbers for rows that the first has numbered, and leave a hole.
 *
 * The floor only says where to begin to look, past index entries of rows numbered long ago that an
 * open transaction somewhere keeps from being cleaned up. It moves to an id when every transaction
 * that had the outbox locked at a moment after that id was given has ended: an id is given under
 * that lock, so none below the floor can still be written.
 */
export class OutboxNumbering {
  readonly #client: pg.ClientBase;
  #floor = 0;
  #newest = 0;
  #sinceFloor = 0;
  #candidate: { readonly id: number; readonly holders: ReadonlySet<string> } | undefined;
  #checkedAt = 0;
  #fullScanAt = 0;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  /** Answers how many rows were numbered; `numberedMax` means that there may be more. */
  async number(): Promise<number> {
    await point("relay.number.before");
    const now = Date.now();
    if (now - this.#fullScanAt >= fullScanEveryMs) {
      this.#fullScanAt = now;
      this.#floor = 0;
    }
    const passed = await this.#findPassed(now);
    const { rows } = await this.#client.query<{ n: number; newest: number | null }>({
      name: "joinery-number",
      text: number,
      values: [numberedMax, this.#floor],
    });
    const { n = 0, newest = null } = rows[0] ?? {};
    this.#newest = Math.max(this.#newest, newest ?? 0);
    this.#sinceFloor += n;
    if (n < numberedMax && passed !== undefined) {
      this.#floor = passed;
      this.#sinceFloor = 0;
      this.#candidate = undefined;
    }
    if (n > 0) await point("relay.number.after");
    return n;
  }

  /** The id up to which nothing can still be written; true before the statement that follows. */
  async #findPassed(now: number): Promise<number | undefined> {
    const due = now - this.#checkedAt >= floorEveryMs;
    if (!due || (this.#candidate === undefined && this.#sinceFloor < floorLagMin)) return undefined;
    this.#checkedAt = now;
    const holders = await this.#holders();
    const { id, holders: waitedFor } = (this.#candidate ??= { id: this.#newest, holders });
    return [...waitedFor].some((one) => holders.has(one)) ? undefined : id;
  }

  /** Transactions that may have been given an id and are still open. */
  async #holders(): Promise<Set<string>> {
    const { rows } = await this.#client.query<{ holder: string }>(
      `select distinct virtualtransaction as holder from pg_locks
       where locktype = 'relation' and relation = 'joinery.outbox'::regclass
         and database = (select oid from pg_database where datname = current_database())
         and mode = 'RowExclusiveLock' and granted and pid is distinct from pg_backend_pid()`,
    );
    return new Set(rows.map(({ holder }) => holder));
  }
}

const number = `
  with picked as materialized (
    select id, created_at, channel from joinery.outbox
    where seq is null and id >= $2 order by id limit $1
  ), ordered as (
    select id, created_at, channel, row_number() over (partition by channel order by id) as nth
    from picked
  ), counted as (
    select channel, count(*) as n from ordered group by channel
  ), taken as (
    update joinery.outbox_channel c set next_seq = c.next_seq + counted.n
    from counted where c.channel = counted.channel
    returning c.channel, c.epoch, c.next_seq - counted.n as first
  ), numbered as (
    update joinery.outbox o
    set epoch = taken.epoch, seq = taken.first + ordered.nth - 1, attempt = 1
    from ordered join taken using (channel)
    where o.created_at = ordered.created_at and o.id = ordered.id
    returning o.id
  )
  select count(*)::int as n, max(id)::float8 as newest from numbered`;
