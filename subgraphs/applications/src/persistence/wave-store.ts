import { assert, json } from "@joinery/kit";
import type { Wave } from "../domain/run.js";
import type { Tx, WaveChange, WavePort } from "../app/ports.js";
import { setClause } from "./set-clause.js";

interface Row {
  [column: string]: unknown;
  id: string;
  run_id: string;
  process: Wave["process"];
  application_id: string;
  state: Wave["state"];
  stage: Wave["stage"];
  batches: number;
  counts: Wave["counts"];
  breaches: Wave["breaches"];
  root: Buffer | null;
}

const columns =
  "id, run_id, process, application_id, state, stage, batches, counts, breaches, root";

function toWave(row: Row): Wave {
  return {
    id: row.id,
    runId: row.run_id,
    process: row.process,
    applicationId: row.application_id,
    state: row.state,
    stage: row.stage,
    batches: row.batches,
    counts: row.counts,
    breaches: row.breaches,
    root: row.root,
  };
}

async function select(tx: Tx, rest: string, values: readonly unknown[]): Promise<Wave[]> {
  return (await tx.query<Row>(`select ${columns} from wave ${rest}`, values)).map(toWave);
}

export const waveStore: WavePort = {
  find: async (tx, id) => (await select(tx, "where id = $1", [id]))[0] ?? null,
  lock: async (tx, id) => (await select(tx, "where id = $1 for update", [id]))[0] ?? null,

  async findOf(tx, runId, process, applicationId) {
    const [wave] = await select(tx,
      `where run_id = $1 and process = $2 and ($3::uuid is null or application_id = $3)`,
      [runId, process, applicationId ?? null]);
    return wave ?? null;
  },

  ofRuns: (tx, runIds) => select(tx, "where run_id = any($1) order by created_at, id", [runIds]),

  async ensure(tx, wave) {
    await tx.execute(
      `insert into wave (id, run_id, process, application_id, state) values ($1, $2, $3, $4, $5)
       on conflict do nothing`,
      [wave.id, wave.runId, wave.process, wave.applicationId, wave.state]);
    const found = await this.findOf(tx, wave.runId, wave.process, wave.applicationId);
    assert(found !== null, "a wave that was made is there");
    return found;
  },

  async change(tx, id, change: WaveChange) {
    const { text, values } = setClause(3, {
      state: change.state,
      batches: change.batches,
      counts: change.counts && json(change.counts),
      breaches: change.breaches && json(change.breaches),
      root: change.root,
    });
    const { addBatches = 0, addDone = 0 } = change;
    const more = addBatches === 0 ? "" : `batches = batches + ${addBatches}, `;
    const done = addDone === 0 ? ""
      : ` || jsonb_build_object('done', coalesce((stage ->> 'done')::int, 0) + ${addDone})`;
    await tx.execute(
      `update wave set ${text}${more} stage = stage || $2::jsonb${done}, updated_at = now()
       where id = $1`,
      [id, JSON.stringify(change.stage ?? {}), ...values]);
  },

  async isSetAside(tx, applicationId) {
    const [newest] = await select(tx,
      `where application_id = $1 and process = 'inbound' order by created_at desc limit 1`,
      [applicationId]);
    return newest?.state === "discarded";
  },

  async failOpen(tx, runId) {
    await tx.execute(
      `update wave set state = 'failed', updated_at = now()
       where run_id = $1 and (state in ('computing', 'held')
         or state = 'released' and process <> 'export')`, [runId]);
  },
};
