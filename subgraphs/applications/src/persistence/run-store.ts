import { assert, json } from "@joinery/kit";
import { ErrorTallies, type Run } from "../domain/run.js";
import type { Position, RunChange, RunPort, Tx } from "../app/ports.js";
import { isUuid } from "./uuid.js";
import { setClause } from "./set-clause.js";

interface Row {
  [column: string]: unknown;
  id: string;
  application_id: string;
  state: Run["state"];
  actor: Run["actor"];
  reads: Run["reads"];
  bundle: string | null;
  bundle_version: number | null;
  population: number;
  accounts: number;
  counts: Run["counts"];
  errors: Run["errors"];
  timings: Run["timings"];
  code: string | null;
  reason: string | null;
  read_started_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

const columns = `id, application_id, state, actor, reads, bundle, bundle_version, population,
  accounts, counts, errors, timings, code, reason, read_started_at, created_at, started_at,
  finished_at`;

function toRun(row: Row): Run {
  return {
    id: row.id,
    applicationId: row.application_id,
    state: row.state,
    actor: row.actor,
    reads: row.reads,
    bundle: row.bundle,
    bundleVersion: row.bundle_version,
    population: row.population,
    accounts: row.accounts,
    counts: row.counts,
    errors: row.errors,
    timings: row.timings,
    code: row.code,
    reason: row.reason,
    readStartedAt: row.read_started_at,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

async function select(tx: Tx, rest: string, values: readonly unknown[]): Promise<Run[]> {
  return (await tx.query<Row>(`select ${columns} from run ${rest}`, values)).map(toRun);
}

/** Sums two objects of numbers; what is on one side only stays. */
const sum = (column: string, at: number) => `(
  select coalesce(jsonb_object_agg(key, n), '{}') from (
    select key, sum(value::text::bigint) as n
    from (select * from jsonb_each(${column}) union all
      select * from jsonb_each($${at}::jsonb)) terms
    group by key
  ) summed)`;

export const runStore: RunPort = {
  find: async (tx, id) => {
    const [run] = await select(tx, "where id = any($1)", [[id].filter(isUuid)]);
    return run ?? null;
  },
  lock: async (tx, id) =>
    (await select(tx, "where id = any($1) for update", [[id].filter(isUuid)]))[0] ?? null,
  findMany: (tx, ids) => select(tx, "where id = any($1)", [ids.filter(isUuid)]),

  page: (tx, applicationIds, limit, after: Position | null) =>
    select(tx,
      `where application_id = any($1)
         and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid))
       order by created_at desc, id desc limit $4`,
      [applicationIds, after?.[0] ?? null, after?.[1] ?? null, limit]),

  async add(tx, run) {
    const [row] = await tx.query<Row>(
      `insert into run (id, application_id, state, actor, reads)
       values ($1, $2, 'queued', $3, $4) returning ${columns}`,
      [run.id, run.applicationId, JSON.stringify(run.actor), run.reads ?? "everything"]);
    assert(row !== undefined, "an inserted run is returned");
    return toRun(row);
  },

  async change(tx, id, change: RunChange) {
    if (!isUuid(id)) return;
    const { text, values } = setClause(5, {
      state: change.state,
      reads: change.reads,
      bundle: change.bundle,
      bundle_version: change.bundleVersion,
      population: change.population,
      accounts: change.accounts,
      code: change.code,
      reason: change.reason,
      errors: change.errors && json(change.errors),
    });
    const times = [
      change.started === true ? "started_at = coalesce(started_at, clock_timestamp()), " : "",
      change.readStarted === true ? "read_started_at = clock_timestamp(), " : "",
      change.finished === true ? "finished_at = clock_timestamp(), " : "",
    ].join("");
    const counts = change.counts === undefined ? "counts" : sum("counts", 2);
    await tx.execute(
      `update run set ${text}${times} counts = ${counts} || $3::jsonb,
       timings = timings || $4::jsonb
       where id = $1 and $2::jsonb is not null`,
      [
        id, JSON.stringify(change.counts ?? {}), JSON.stringify(change.progress ?? {}),
        JSON.stringify(change.timings ?? {}), ...values,
      ]);
  },

  async tally(tx, id, code, object, reason) {
    await this.tallyMany(tx, id, [{ code, object, reason }]);
  },

  async tallyMany(tx, id, failures) {
    if (failures.length === 0) return;
    const run = await this.lock(tx, id);
    assert(run !== null, "a run that errs is there");
    const errors = new ErrorTallies(run.errors);
    for (const { code, object, reason } of failures) errors.add(code, object, reason);
    await this.change(tx, id, { errors: errors.toJSON() });
  },

  async lastFullRead(tx, applicationId) {
    const [last] = await select(tx,
      `where application_id = $1 and reads = 'everything'
         and state in ('inbound', 'outbound', 'exporting', 'held', 'finished')
       order by created_at desc limit 1`, [applicationId]);
    return last?.readStartedAt ?? null;
  },

  async failedLately(tx, applicationId) {
    const [row] = await tx.query<{ failures: number; agoMs: number | null }>(
      `select count(*)::int as failures,
         extract(epoch from clock_timestamp() - max(finished_at))::float8 * 1000 as "agoMs"
       from (
         select finished_at, sum((state <> 'failed')::int) over (order by created_at desc) as others
         from (
           select state, created_at, finished_at from run where application_id = $1
           order by created_at desc limit 8
         ) newest
       ) counted where others = 0`, [applicationId]);
    return { failures: row?.failures ?? 0, agoMs: row?.agoMs ?? 0 };
  },

  async remove(tx, id) {
    await tx.execute("delete from wave where run_id = $1", [id]);
    await tx.execute("delete from run where id = $1", [id]);
  },

  async lastBundle(tx, run) {
    const [last] = await select(tx,
      `where application_id = $1 and created_at < $2 and state in ('exporting', 'finished')
       order by created_at desc limit 1`, [run.applicationId, run.createdAt]);
    return last?.bundle ?? null;
  },

  async inState(tx, applicationId, states) {
    if (applicationId !== null && !isUuid(applicationId)) return [];
    return select(tx,
      `where ($1::uuid is null or application_id = $1) and state = any($2) order by created_at, id`,
      [applicationId, states]);
  },
};
