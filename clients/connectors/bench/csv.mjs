// Reads and writes a CSV file of people with 20 columns and prints one line of JSON.
// node bench/csv.mjs [--rows 500000] [--batch 5000] [--writes 100000]
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectorKinds } from "../dist/index.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "500000" },
    writes: { type: "string", default: "100000" },
    batch: { type: "string", default: "5000" },
  },
});
const rows = Number(values.rows);
const signal = new AbortController().signal;
const folder = await mkdtemp(join(tmpdir(), "joinery-bench-csv-"));
const host = { filesRoot: folder, secret: () => Promise.reject(new Error("there are none")) };
const csv = connectorKinds.get("csv");
const names = ["id", ...Array.from({ length: 19 }, (_, column) => `column${column}`)];

function cell(row, column) {
  if (column === 0) return `p-${row}`;
  if (column % 7 === 3) return `"value, ${row} ${column}"`;
  return column === 6 ? `Zoë Müller ${row}` : `value${row}x${column}`;
}

async function makeFile() {
  const file = createWriteStream(join(folder, "source.csv"));
  file.write(`${names.join(",")}\n`);
  for (let row = 0; row < rows; row += 1) {
    const line = `${names.map((_, column) => cell(row, column)).join(",")}\n`;
    if (!file.write(line)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

/** Rows per second of the wall clock and of one core. */
async function read() {
  const connector = await csv.create({ path: "source.csv", anchor: "id" }, host);
  const began = performance.now();
  const cpu = process.cpuUsage();
  let seen = 0;
  for await (const batch of connector.reads.read({ signal, batchSizeMax: 1_000 })) {
    if (batch.type === "objects") seen += batch.objects.length;
  }
  if (seen !== rows) throw new Error(`${seen} of ${rows} rows were read`);
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: Math.round(rows / ((performance.now() - began) / 1_000)),
    perCpuSecond: Math.round(rows / ((user + system) / 1e6)),
  };
}

async function write(make) {
  const total = Number(values.writes);
  const size = Number(values.batch);
  const began = performance.now();
  for (let from = 0; from < total; from += size) {
    const count = Math.min(size, total - from);
    const writes = Array.from({ length: count }, (_, at) => make(from + at));
    const results = await target.writes.write(writes, signal);
    const bad = results.find((result) => !result.ok || result.already);
    if (bad) throw new Error(JSON.stringify(bad));
  }
  return Math.round(performance.now() - began) / 1_000;
}

let target;
try {
  await makeFile();
  const sourceMb = Math.round((await stat(join(folder, "source.csv"))).size / 1e6);
  const reads = [];
  for (let turn = 0; turn < 4; turn += 1) reads.push(await read());
  const readRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const settings = {
    path: "target.csv", anchor: "id", mayBeEmpty: true, createWhenMissing: true,
    columns: names.slice(1).map((name) => ({ name })),
  };
  target = await csv.create(settings, host);
  const attributes = (row) =>
    Object.fromEntries(names.map((name, column) => [name, cell(row, column).replaceAll("\"", "")]));
  const createSeconds = await write((row) =>
    ({ operation: "create", id: `c${row}`, kind: "user", attributes: attributes(row) }));
  const updateSeconds = await write((row) => ({
    operation: "update", id: `u${row}`, kind: "user", anchor: `p-${row}`, name: `p-${row}`,
    changes: { column4: { before: `value${row}x5`, after: `new ${row}` } },
  }));
  const deleteSeconds = await write((row) =>
    ({ operation: "delete", id: `d${row}`, kind: "user", anchor: `p-${row}`, name: `p-${row}` }));
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({
    rows, sourceMb, reads, readRssMiB, writes: Number(values.writes), batch: Number(values.batch),
    createSeconds, updateSeconds, deleteSeconds, peakRssMiB,
  }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
