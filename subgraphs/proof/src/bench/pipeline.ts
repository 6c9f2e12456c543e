import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeRow, json } from "@joinery/kit";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { MemoryWatch, type PeakMemory } from "../support/memory.js";
import { until, type RunOutcome } from "../support/organisation.js";
import { querySql } from "../support/service-sql.js";
import { openWorld, type World } from "../support/world.js";
import { headerRow, pipelineRows, pipelineRuleSet } from "./pipeline-data.js";

export interface PipelineOptions {
  readonly people: number;
  readonly mappers: number;
  readonly seed: number;
  /** Of a thousand people, how many have a value that fails. */
  readonly failing: number;
  readonly say: (line: string) => void;
}

/** Objects a second, of the same rows in the same run; seconds; MiB. */
export interface PipelineReport {
  readonly copyRowsPerSecond: number;
  readonly importNewPerSecond: number;
  readonly importUnchangedPerSecond: number;
  readonly inboundPerSecond: number;
  readonly outboundPerSecond: number;
  readonly exportQueuedPerSecond: number;
  readonly endToEndSeconds: number;
  readonly peakRssMiB: PeakMemory;
  /** Bars of DESIGN §9 as ratios to bare COPY. */
  readonly ratios: Readonly<Record<string, number>>;
}

/**
 * HR → vault → two files, cold, with every process up: then once more unchanged. Stages are timed
 * by the records of their waves; the end is when the audit of everything is committed.
 */
export async function benchPipeline(options: PipelineOptions): Promise<PipelineReport> {
  const world = await openWorld();
  const memory = new MemoryWatch(world.stack.pids);
  try {
    const copyRowsPerSecond = await copyBare(world, options);
    options.say(`bare COPY: ${copyRowsPerSecond} rows/s`);
    const hr = await connect(world, options);
    const began = performance.now();
    const first = await world.organisation.run(hr, 3_600_000);
    requireFinished(first, options);
    await auditIsComplete(world, options);
    const endToEndSeconds = Math.round((performance.now() - began) / 10) / 100;
    options.say(`end to end: ${endToEndSeconds} s ${JSON.stringify(first.timings)}`);
    const waves = await waveSeconds(world, first.id);
    const unchanged = await world.organisation.run(hr, 3_600_000);
    requireFinished(unchanged, options);
    const rates = {
      importNewPerSecond: rate(options.people, importSeconds(first)),
      importUnchangedPerSecond: rate(options.people, importSeconds(unchanged)),
      inboundPerSecond: rate(options.people, waves.inbound),
      outboundPerSecond: rate(options.people, waves.outbound),
      exportQueuedPerSecond: rate(options.people * 2, waves.export),
    };
    const ratios = Object.fromEntries(
      Object.entries(rates).map(([name, value]) => [
        name.replace("PerSecond", ""), Math.round((value / copyRowsPerSecond) * 1_000) / 1_000,
      ]),
    );
    return { copyRowsPerSecond, ...rates, endToEndSeconds, peakRssMiB: memory.stop(), ratios };
  } finally {
    memory.stop();
    await world.stop();
  }
}

/** The same rows as an import keeps them, into a plain logged table, one connection. */
async function copyBare(world: World, { people, seed }: PipelineOptions): Promise<number> {
  const client = new pg.Client({ connectionString: world.stack.databaseUrl });
  await client.connect();
  try {
    await client.query("create table bare_copy (anchor text, attributes jsonb)");
    const names = headerRow().split(",");
    const lines: Buffer[] = [];
    let piece = "";
    for (const cells of pipelineRows(people, seed)) {
      const attributes = Object.fromEntries(cells.map((cell, at) => [names[at] ?? "", cell]));
      piece += encodeRow([cells[0], json(attributes)]);
      if (piece.length > 256 * 1024) {
        lines.push(Buffer.from(piece));
        piece = "";
      }
    }
    lines.push(Buffer.from(piece));
    const began = performance.now();
    await pipeline(Readable.from(lines), client.query(copyFrom("copy bare_copy from stdin")));
    const seconds = (performance.now() - began) / 1_000;
    await client.query("drop table bare_copy");
    return Math.round(people / seconds);
  } finally {
    await client.end();
  }
}

async function connect(world: World, options: PipelineOptions): Promise<string> {
  const { organisation } = world;
  await pipeline(Readable.from(hrLines(options)), createWriteStream(world.filePath("hr.csv")));
  const file = (path: string, mayBeEmpty: boolean) => ({ path, anchor: "a0", mayBeEmpty });
  const hr = await organisation.addApplication({
    key: "hr", name: "HR", connector: "csv", configuration: file("hr.csv", false),
    authoritativeFor: ["user"],
  });
  const targets: string[] = [];
  for (const key of ["one", "two"]) {
    await writeFile(world.filePath(`${key}.csv`), `${headerRow()}\n`);
    targets.push(await organisation.addApplication({
      key, name: key, connector: "csv", configuration: file(`${key}.csv`, true),
    }));
  }
  await organisation.publish(pipelineRuleSet(options.mappers, options.failing));
  for (const id of targets) requireFinished(await organisation.run(id), options);
  return hr;
}

function* hrLines({ people, seed, failing }: PipelineOptions): Generator<string> {
  yield `${headerRow()}\n`;
  for (const cells of pipelineRows(people, seed, failing)) yield `${cells.join(",")}\n`;
}

/** One entry for each imported account, identity and written account. */
async function auditIsComplete(
  world: World,
  { people, failing }: PipelineOptions,
): Promise<void> {
  const tenant = await tenantOf(world);
  const failed = Math.floor(people / 1_000) * failing + Math.min(people % 1_000, failing);
  await until(async () => {
    const [row] = await querySql<{ last: string }>(
      world.stack.databaseUrl, "audit", `select last from "t_${tenant}".position`);
    return Number(row?.last ?? 0) >= people * 4 - failed * 3;
  }, "the audit of everything is committed", 3_600_000);
}

async function tenantOf(world: World): Promise<string> {
  const { viewer } = await world.graph.ask<{ viewer: { organisation: { id: string } } }>(
    "{ viewer { organisation { id } } }",
  );
  return viewer.organisation.id;
}

/** From the records of the waves: made with their first step, changed last by their end. */
async function waveSeconds(
  world: World,
  runId: string,
): Promise<{ inbound: number; outbound: number; export: number }> {
  const tenant = await tenantOf(world);
  const seconds = "extract(epoch from max(updated_at) - min(created_at))::float8 as seconds";
  const [inbound] = await querySql<{ seconds: number }>(
    world.stack.databaseUrl, "vault",
    `select ${seconds} from "t_${tenant}".wave where run_id = $1`, [runId]);
  const rows = await querySql<{ process: string; seconds: number }>(
    world.stack.databaseUrl, "applications",
    `select process, ${seconds} from "t_${tenant}".wave where run_id = $1 group by process`,
    [runId]);
  const of = (process: string) => rows.find((row) => row.process === process)?.seconds ?? 0;
  return { inbound: inbound?.seconds ?? 0, outbound: of("outbound"), export: of("export") };
}

function importSeconds({ timings }: RunOutcome): number {
  const { readMs = 0, sealMs = 0, applyMs = 0 } = timings as Record<string, number>;
  return (readMs + sealMs + applyMs) / 1_000;
}

function rate(objects: number, seconds: number): number {
  return seconds <= 0 ? 0 : Math.round(objects / seconds);
}

/** With nothing wrong but the values that fail on purpose. */
function requireFinished(run: RunOutcome, { failing, say }: PipelineOptions): void {
  const wrong = run.errors.filter(({ code }) => failing === 0 || code !== "EXPRESSION_VALUE");
  if (run.state === "finished" && wrong.length === 0) return;
  say(JSON.stringify(run));
  throw new Error(`a run ended as ${run.state}`);
}
