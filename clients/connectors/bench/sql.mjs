// Reads and writes a table of people with 20 columns and prints one line of JSON.
// node bench/sql.mjs [--rows 100000] [--writes 2000] [--postgres postgres://user:password@host/db]
// MariaDB is started for it; PostgreSQL is asked where a URL is given (the table is dropped after).
import { parseArgs } from "node:util";
import mysql from "mysql2/promise";
import pg from "pg";
import { connectorKinds } from "../dist/index.js";
import { mariaDbMissing, startMariaDb } from "../dist/testing/index.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "100000" },
    writes: { type: "string", default: "2000" },
    postgres: { type: "string" },
  },
});
const [rows, writes] = [Number(values.rows), Number(values.writes)];
const pageSize = 1_000;
const signal = new AbortController().signal;
const texts = Array.from({ length: 12 }, (_, at) => `text${at}`);

const columns = (id, time, bytes) => `id ${id} primary key, login varchar(100) not null unique,
  ${texts.map((name) => `${name} varchar(100)`).join(", ")}, age int, pay numeric(12,2), born date,
  seen ${time}, active smallint, photo ${bytes}`;

function person(at) {
  const words = texts.map((name) => `'${name} of person ${at}'`).join(", ");
  return `(${at}, 'person${at}', ${words}, ${at % 90}, ${at}.25, '1990-01-02', `
    + `'2026-01-02 03:04:05.123456', 1, null)`;
}

async function fill(run, create) {
  await run("drop table if exists joinery_bench");
  await run(`create table joinery_bench (${create})`);
  for (let at = 1; at <= rows; at += 2_000) {
    const part = Array.from({ length: Math.min(2_000, rows - at + 1) }, (_, n) => person(at + n));
    await run(`insert into joinery_bench values ${part.join(", ")}`);
  }
}

async function timed(count, run) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const seen = await run();
  if (seen !== count) throw new Error(`${seen} of ${count}`);
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: Math.round(count / ((performance.now() - began) / 1_000)),
    perCpuSecond: Math.round(count / ((user + system) / 1e6)),
  };
}

/** What the driver alone needs for the same pages, with its own idea of values. */
async function plain(page) {
  let seen = 0;
  for (let after = 0; ;) {
    const found = await page(after);
    seen += found.length;
    if (found.length < pageSize) return seen;
    after = found.at(-1)[0];
  }
}

async function readAll(connector) {
  let seen = 0;
  for await (const batch of connector.reads.read({ signal, batchSizeMax: 1_000 })) {
    if (batch.type === "objects") seen += batch.objects.length;
  }
  return seen;
}

async function writeAll(connector, all) {
  for (let at = 0; at < all.length; at += 1_000) {
    const results = await connector.writes.write(all.slice(at, at + 1_000), signal);
    const bad = results.find((result) => !result.ok || result.already);
    if (bad) throw new Error(JSON.stringify(bad));
  }
  return all.length;
}

async function measure(settings, password, page) {
  const host = { filesRoot: "/", secret: () => Promise.resolve({ use: (show) => show(password) }) };
  const connector = await connectorKinds.get("sql").create({
    ...settings, passwordSecret: "p", allowPlain: true, pageSize,
    users: { table: "joinery_bench", anchor: "id", name: "login" },
  }, host);
  const turns = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const driver = await timed(rows, () => plain(page));
    const read = await timed(rows, () => readAll(connector));
    turns.push({ driver, read, cpuRatio: +(driver.perCpuSecond / read.perCpuSecond).toFixed(2) });
  }
  const of = (make) => timed(writes, () => writeAll(connector,
    Array.from({ length: writes }, (_, at) => make(rows + 1 + at))));
  const creates = await of((at) => ({
    operation: "create", id: `c${at}`, kind: "user",
    attributes: { id: at, login: `new${at}`, text0: "x" },
  }));
  const updates = await of((at) => ({
    operation: "update", id: `u${at}`, kind: "user", anchor: String(at), name: `new${at}`,
    changes: { text0: { before: "x", after: "y" } },
  }));
  const deletes = await of((at) => ({
    operation: "delete", id: `d${at}`, kind: "user", anchor: String(at), name: `new${at}`,
  }));
  await connector.close();
  return { turns, creates, updates, deletes };
}

const list = `id, login, ${texts.join(", ")}, age, pay, born, seen, active, photo`;
const sql = (mark) =>
  `select ${list} from joinery_bench where id > ${mark} order by id limit ${pageSize}`;

async function onMariaDb() {
  if (mariaDbMissing()) return mariaDbMissing();
  const server = await startMariaDb();
  try {
    const admin = await mysql.createConnection({ host: "127.0.0.1", port: server.port, user: "root" });
    await admin.query("create database bench");
    await admin.query("create user bench@'%' identified by 'bench'");
    await admin.query("grant all on bench.* to bench@'%'");
    await admin.query("use bench");
    await fill((text) => admin.query(text), columns("bigint", "datetime(6)", "longblob"));
    const result = await measure(
      { dialect: "mysql", host: "127.0.0.1", port: server.port, database: "bench", user: "bench" },
      "bench",
      async (after) => (await admin.execute({ sql: sql("?"), values: [after], rowsAsArray: true }))[0],
    );
    await admin.end();
    return result;
  } finally {
    await server.stop();
  }
}

async function onPostgresql() {
  if (values.postgres === undefined) return "no --postgres was given";
  const { hostname, port, pathname, username, password } = new URL(values.postgres);
  const client = new pg.Client(values.postgres);
  await client.connect();
  await fill((text) => client.query(text), columns("bigint", "timestamptz", "bytea"));
  const settings = {
    dialect: "postgresql", host: hostname, port: Number(port || 5432),
    database: pathname.slice(1), user: decodeURIComponent(username),
  };
  const result = await measure(settings, decodeURIComponent(password), async (after) =>
    (await client.query({ text: sql("$1"), values: [after], rowMode: "array" })).rows);
  await client.query("drop table joinery_bench");
  await client.end();
  return result;
}

console.log(JSON.stringify({
  rows, writes, mariadb: await onMariaDb(), postgresql: await onPostgresql(),
  peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
}));
