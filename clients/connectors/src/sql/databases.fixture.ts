import { randomBytes } from "node:crypto";
import pg from "pg";
import { createConnection, type Connection } from "mysql2/promise";
import { inject } from "vitest";
import type { Connector } from "../connector.js";
import { hostOf } from "../ldap/fixtures.js";
import { mariaDbMissing, shareMariaDb } from "../testing/mariadb.js";
import type {} from "../testing/provided-context.js";
import type { SqlDialectName } from "./configuration.js";
import { sqlKind } from "./sql-kind.js";

export const signal: AbortSignal = new AbortController().signal;
const password = "the ' \" \\ password";

/** Of SQL Server there is none to run on. */
export type TestedDialect = Exclude<SqlDialectName, "sqlserver">;

/** A database of its own on a real server, and who may sign in to it. */
export interface TestDatabase {
  readonly dialect: TestedDialect;
  readonly settings: Readonly<Record<string, unknown>> & { readonly port: number };
  /** Runs statements as the one who owns the database. */
  run(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]>;
  connect(settings: Readonly<Record<string, unknown>>): Promise<Connector>;
  /** Removes the database. */
  close(): Promise<void>;
}

/** A kind of server that the tests run on. */
export interface TestServer {
  readonly dialect: TestedDialect;
  readonly name: string;
  readonly missing: string | undefined;
  open(): Promise<TestDatabase>;
}

export const testServers: readonly TestServer[] = [
  { dialect: "postgresql", name: "PostgreSQL", missing: undefined, open: openPostgresql },
  { dialect: "mysql", name: "MariaDB", missing: mariaDbMissing(), open: openMariaDb },
];

export function connectSql(
  settings: Readonly<Record<string, unknown>>, secrets = { db: password },
): Promise<Connector> {
  const problems = sqlKind.validate(settings);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return sqlKind.create(settings, hostOf(secrets));
}

async function openPostgresql(): Promise<TestDatabase> {
  const url = inject("postgresUrl");
  const name = `joinery_sql_${randomBytes(6).toString("hex")}`;
  const admin = new pg.Client(url);
  await admin.connect();
  const quoted = pg.escapeLiteral(password);
  await admin.query(`create role ${name} login password ${quoted}`);
  await admin.query(`create database ${name} owner ${name} template template0 encoding 'UTF8'
    lc_collate 'C' lc_ctype 'C'`);
  const { hostname, port } = new URL(url);
  const owner = new pg.Client({
    host: hostname, port: Number(port), user: name, password, database: name,
  });
  await owner.connect();
  const settings = {
    dialect: "postgresql", host: hostname, port: Number(port), database: name, user: name,
    passwordSecret: "db", allowPlain: true, mayBeEmpty: true,
  };
  return {
    dialect: "postgresql",
    settings,
    run: async (...statements) => {
      let rows: Record<string, unknown>[] = [];
      for (const text of statements) ({ rows } = await owner.query(text));
      return rows;
    },
    connect: (more) => connectSql({ ...settings, ...more }),
    close: async () => {
      await owner.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.query(`drop role ${name}`);
      await admin.end();
    },
  };
}

async function openMariaDb(): Promise<TestDatabase> {
  const { port } = await shareMariaDb(inject("mariaDbFolder"));
  const name = `joinery_sql_${randomBytes(6).toString("hex")}`;
  const admin: Connection = await createConnection({
    host: "127.0.0.1", port, user: "root", supportBigNumbers: true, bigNumberStrings: true,
  });
  await admin.query(`create database ${name} character set utf8mb4`);
  await admin.query(`create user ${name}@'%' identified by ${admin.escape(password)}`);
  await admin.query(`grant all on ${name}.* to ${name}@'%'`);
  await admin.query(`use ${name}`);
  const settings = {
    dialect: "mysql", host: "127.0.0.1", port, database: name, user: name,
    passwordSecret: "db", allowPlain: true, mayBeEmpty: true,
  };
  return {
    dialect: "mysql",
    settings,
    run: async (...statements) => {
      let rows: unknown = [];
      for (const text of statements) [rows] = await admin.query(text);
      return rows as Record<string, unknown>[];
    },
    connect: (more) => connectSql({ ...settings, ...more }),
    close: async () => {
      await admin.query(`drop database ${name}`);
      await admin.query(`drop user ${name}@'%'`);
      await admin.end();
    },
  };
}
