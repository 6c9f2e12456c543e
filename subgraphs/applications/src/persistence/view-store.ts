import type { Tx } from "../app/ports.js";
import type {
  AccountFilter,
  AccountView,
  ItemFilter,
  ItemView,
  WaveView,
} from "../domain/views.js";
import { plannedItems, type Counts } from "../domain/run.js";
import { isUuid } from "./uuid.js";

const accountColumns = `id, application_id as "applicationId",
  kind, anchor, name, attributes, enabled,
  state, identity_id as "identityId", revision::int as revision, updated_at as "updatedAt"`;

type Rows<T> = T & Record<string, unknown>;

/** Columns of a planned change `i` as people read it. */
export const itemColumns = `i.id::text as id, i.run_id as "runId", i.wave_id as "waveId",
  i.application_id as "applicationId", i.account_id as "accountId",
  i.identity_id as "identityId", i.kind, i.operation, i.before, i.after, i.because,
  i.classes, i.state, encode(i.hash, 'hex') as hash, encode(i.pattern, 'hex') as pattern,
  i.approved_by as "approvedBy", i.attempts, i.code, i.reason, i.created_at as "createdAt",
  i.finished_at as "finishedAt"`;

/** Collects conditions with their values, numbered as they come. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly #texts: string[] = [];

  add(value: unknown, text: (place: string) => string): void {
    if (value !== undefined && value !== null) this.#texts.push(text(this.place(value)));
  }

  place(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  get where(): string {
    return this.#texts.length === 0 ? "true" : this.#texts.join(" and ");
  }
}

/** In id order, by keyset; one row more than `first` when others follow. */
export function pageAccounts(
  tx: Tx,
  filter: AccountFilter,
  first: number,
  after: string | null,
): Promise<AccountView[]> {
  const is = new Conditions();
  is.add(filter.applicationId, (at) => `application_id = ${at}`);
  is.add(filter.state, (at) => `state = ${at}`);
  is.add(filter.kind, (at) => `kind = ${at}`);
  is.add(filter.joined, (at) => `(identity_id is not null) = ${at}`);
  is.add(after, (at) => `id > ${at}::uuid`);
  return tx.query<Rows<AccountView>>(
    `select ${accountColumns} from account where ${is.where} order by id
     limit ${is.place(first + 1)}`, is.values);
}

export function findAccounts(tx: Tx, ids: readonly string[]): Promise<AccountView[]> {
  return tx.query<Rows<AccountView>>(
    `select ${accountColumns} from account where id = any($1::uuid[])`, [ids.filter(isUuid)]);
}

/** Accounts joined to some identities, those that are gone too. */
export function accountsOfIdentities(tx: Tx, ids: readonly string[]): Promise<AccountView[]> {
  return tx.query<Rows<AccountView>>(
    `select ${accountColumns} from account where identity_id = any($1::uuid[])
     order by application_id, id`, [ids.filter(isUuid)]);
}

/** Accounts by state, and items by state of waves that are under way, of one application. */
export async function countOf(
  tx: Tx,
  applicationId: string,
): Promise<{ accounts: Record<string, number>; items: Record<string, number> }> {
  const count = async (text: string) => {
    const rows = await tx.query<{ state: string; n: number }>(text, [applicationId]);
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  };
  const itemsIn = (state: "proposed" | "open" | "waiting") =>
    `select '${state}' as state, count(*)::int as n
     from wave w join item i on i.wave_id = w.id and i.state = '${state}'
     where w.application_id = $1 and w.process = 'export'
       and w.state in ('computing', 'held', 'released') having count(*) > 0`;
  return {
    accounts: await count(
      "select state, count(*)::int as n from account where application_id = $1 group by state"),
    items: await count(
      `${itemsIn("proposed")} union all ${itemsIn("open")} union all ${itemsIn("waiting")}`),
  };
}

/**
 * In the order of planning, by keyset; one row more than `first` when others follow. As many of
 * each wave of the run, for items are found by their wave.
 */
export function pageItems(
  tx: Tx,
  filter: ItemFilter,
  first: number,
  after: string | null,
): Promise<ItemView[]> {
  const is = new Conditions();
  const run = is.place(filter.runId);
  is.add(filter.state, (at) => `state = ${at}`);
  is.add(filter.operation, (at) => `operation = ${at}`);
  is.add(filter.pattern, (at) => `pattern = decode(${at}, 'hex')`);
  is.add(filter.class, (at) => `${at} = any(classes)`);
  is.add(filter.applicationId, (at) => `application_id = ${at}`);
  is.add(after, (at) => `id > ${at}::bigint`);
  const limit = `limit ${is.place(first + 1)}`;
  return tx.query<Rows<ItemView>>(
    `select ${itemColumns}
     from wave w cross join lateral (
       select * from item where wave_id = w.id and ${is.where} order by id ${limit}
     ) i
     where w.run_id = ${run} and w.process = 'export' order by i.id ${limit}`, is.values);
}

/**
 * Waves of some runs in the order in which they began, with the states of their items. Looked at
 * again and again while a run goes on, so only items out of the ordinary are counted: of the others
 * the wave knows how many were planned and how many are done.
 */
export async function wavesOf(tx: Tx, runIds: readonly string[]): Promise<WaveView[]> {
  const rows = await tx.query<Rows<WaveView & { done: number }>>(
    `select w.id, w.run_id as "runId", w.process, w.application_id as "applicationId", w.state,
            w.batches, w.counts, w.breaches, coalesce((w.stage ->> 'done')::int, 0) as done,
            coalesce(i.items, '{}') as items,
            w.process = 'export' and coalesce((w.stage ->> 'signOff')::boolean, false) as "signOff"
     from wave w
     left join lateral (
       select jsonb_object_agg(state, n) as items from (
         select state, count(*) as n from item
         where wave_id = w.id and state not in ('open', 'done') group by state) counted
     ) i on w.process = 'export'
     where w.run_id = any($1::uuid[]) order by w.created_at, w.id`, [runIds]);
  return rows.map(({ done, ...wave }) =>
    wave.process === "export" ? { ...wave, items: itemsOf(wave, done) } : wave);
}

function itemsOf({ counts, items }: WaveView, done: number): Counts {
  const others = Object.values(items).reduce((sum, n) => sum + n, done);
  const open = plannedItems(counts) - others;
  return { ...items, ...(open > 0 ? { open } : {}), ...(done > 0 ? { done } : {}) };
}
