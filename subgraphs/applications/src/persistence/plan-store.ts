import type { PlanPort, PlanScope, Selection } from "../app/plan-ports.js";
import type { Tx } from "../app/ports.js";
import type { Breach } from "../domain/run.js";
import { patternOf } from "../domain/pattern.js";
import type { ItemView, PatternView } from "../domain/views.js";
import { makingDue } from "./making-due.js";
import { Conditions, itemColumns } from "./view-store.js";

type Rows<T> = T & Record<string, unknown>;

/**
 * Items that wait for a person's approval: found by item__proposed. What is still being planned is
 * no plan yet: its wave has no state then.
 */
function selected({ applicationId, pattern, hashes }: Selection): Conditions {
  const is = new Conditions();
  is.add(applicationId, (at) => `i.state = 'proposed' and i.application_id = ${at}
    and i.wave_id = any(array(select id from wave where application_id = ${at}
      and process = 'export' and state in ('held', 'released')))`);
  is.add(pattern, (at) => `i.pattern = ${at}`);
  is.add(hashes, (at) => `i.hash = any(${at}::bytea[])`);
  return is;
}

/** Of items that a statement named `decided` returned, by wave and state. */
const summed = `
  select "waveId", "runId", state, sum(n)::int as items,
    coalesce(jsonb_object_agg(class, counted) filter (where class is not null), '{}') as classes
  from (
    select wave_id as "waveId", run_id as "runId", state, null as class, count(*) as n,
      null::bigint as counted
    from decided group by 1, 2, 3
    union all
    select wave_id, run_id, state, class, 0, sum(case when class = 'membershipRemoval'
      then json_array_length(coalesce(after -> 'remove', '[]')) else 1 end)
    from decided cross join unnest(classes) as c(class) group by 1, 2, 3, 4
  ) each group by 1, 2, 3 order by 1, 3`;

const dueAgain = makingDue({
  self: `select identity_id, operation = 'members' from decided where identity_id is not null`,
});

async function giveUp(tx: Tx, is: Conditions, code: string) {
  const at = is.place(code);
  return tx.query<Rows<Awaited<ReturnType<PlanPort["giveUp"]>>[number]>>(
    `with decided as (
       update item i set state = 'discarded', code = ${at}, finished_at = now() where ${is.where}
       returning wave_id, run_id, state, classes, after, identity_id, operation
     ), ${dueAgain}
     ${summed}`, is.values);
}

/** What waits for approval, and what is decided about it. */
export const planStore: PlanPort = {
  async lockWaves(tx, applicationId) {
    await tx.query(
      `select from wave where application_id = $1 and process = 'export'
         and state in ('held', 'released') order by id for update`, [applicationId]);
  },

  async emptied(tx, applicationId) {
    await this.lockWaves(tx, applicationId);
    return tx.query<{ id: string; runId: string }>(
      `select id, run_id as "runId" from wave w
       where application_id = $1 and process = 'export' and state = 'held' and not exists (
         select from item where wave_id = w.id and state not in ('done', 'failed', 'stale',
           'discarded'))`, [applicationId]);
  },

  async hashes(tx, selection, { after, limit, lock }) {
    const is = selected(selection);
    is.add(after, (at) => `i.id > ${at}::bigint`);
    const [row] = await tx.query<{ packed: Buffer | null; last: string | null }>(
      `select string_agg(hash, ''::bytea) as packed, max(id) as last from (
         select hash, id from item i where ${is.where} order by id limit ${is.place(limit)}
         ${lock ? "for no key update of i" : ""}
       ) page`, is.values);
    return { packed: row?.packed ?? Buffer.alloc(0), last: row?.last ?? null };
  },

  async unapproved(tx, selection, actorId) {
    const is = selected(selection);
    is.add(actorId, (at) => `${at}::text <> all(i.approved_by)`);
    const [row] = await tx.query<{ n: number }>(
      `select count(*)::int as n from item i where ${is.where}`, is.values);
    return row?.n ?? 0;
  },

  async align(tx, waveId, signOff) {
    const state = signOff ? "'proposed'"
      : "case when waits_for is null then 'open' else 'waiting' end";
    const others = signOff ? "('open', 'waiting')" : "('proposed')";
    await tx.execute(
      `update item set state = ${state} where wave_id = $1 and state in ${others}`, [waveId]);
  },

  async count(tx, applicationId) {
    const is = selected({ applicationId });
    const [row] = await tx.query<{ items: number; since: Date | null }>(
      `select count(*)::int as items, min(created_at) as since from item i where ${is.where}`,
      is.values);
    return row ?? { items: 0, since: null };
  },

  breaches: (tx, applicationId) =>
    tx.query<Rows<Breach>>(
      `select distinct on (b.class) b.* from wave w
       cross join jsonb_to_recordset(w.breaches) as b("applicationId" text, class text, n int,
         "limit" int, population int, rule text)
       where w.application_id = $1 and w.process = 'export' and w.state in ('held', 'released')
         and (w.stage ->> 'signOff')::boolean
         and exists (select from item where wave_id = w.id and state = 'proposed')
       order by b.class, b.n desc`, [applicationId]),

  approve(tx, selection, { actorId, needed }) {
    const is = selected(selection);
    const [actor, most] = [is.place(actorId), is.place(needed)];
    return tx.query<Rows<Awaited<ReturnType<PlanPort["approve"]>>[number]>>(
      `with decided as (
         update item i set approved_by = approved_by || ${actor}::text, state = case
           when cardinality(approved_by) + 1 < ${most}::int then 'proposed'
           when waits_for is null then 'open' else 'waiting' end
         where ${is.where} and ${actor}::text <> all(approved_by)
         returning wave_id, run_id, state, classes, after
       )
       ${summed}`, is.values);
  },

  giveUp: (tx, selection, code) => giveUp(tx, selected(selection), code),

  async expire(tx, applicationId, before) {
    const is = selected({ applicationId });
    is.add(before, (at) => `i.created_at < ${at}`);
    const decided = await giveUp(tx, is, "EXPIRED");
    return decided.reduce((sum, { items }) => sum + items, 0);
  },

  async patterns(tx, scope, limit) {
    const is = inScope(scope);
    const top = await tx.query<Rows<{ waves: string[]; id: string; items: number }>>(
      `select array_agg(distinct wave_id) as waves, min(id)::text as id, count(*)::int as items
       from item i where ${is.where} group by application_id, pattern
       order by 3 desc, 2 limit ${is.place(limit)}`, is.values);
    const samples = await tx.query<Rows<ItemView>>(
      `select ${itemColumns} from item i
       where i.wave_id = any($1::uuid[]) and i.id = any($2::bigint[])`,
      [[...new Set(top.flatMap(({ waves }) => waves))], top.map(({ id }) => id)]);
    const byId = new Map(samples.map((sample) => [sample.id, sample]));
    return top.flatMap(({ id, items }): PatternView[] => {
      const sample = byId.get(id);
      if (sample === undefined) return [];
      const { pattern: digest, applicationId } = sample;
      return [{ digest, applicationId, items, changes: patternOf(sample).changes, sample }];
    });
  },

  page(tx, selection, filter, first, after) {
    const is = selected(selection);
    is.add(filter.operation, (at) => `i.operation = ${at}`);
    is.add(filter.class, (at) => `${at} = any(i.classes)`);
    is.add(filter.attribute, (at) => `i.after -> ${at}::text is not null`);
    is.add(after, (at) => `i.id > ${at}::bigint`);
    return tx.query<Rows<ItemView>>(
      `select ${itemColumns} from item i where ${is.where}
       order by i.id limit ${is.place(first + 1)}`, is.values);
  },
};

function inScope(scope: PlanScope): Conditions {
  if ("applicationId" in scope) return selected(scope);
  const is = new Conditions();
  is.add(scope.runId, (at) =>
    `i.wave_id in (select id from wave where run_id = ${at} and process = 'export')`);
  return is;
}
