import type {
  Connector, ConnectorAttribute, ConnectorSchema, Reads, ReportsChanges,
} from "../connector.js";
import { untilAborted } from "../until-aborted.js";
import { ChangeLog } from "./change-log.js";
import { MemberTable } from "./member-table.js";
import { ObjectTable } from "./object-table.js";
import { memberTemplates, templatesFor } from "./template-names.js";
import { beginRead, readDatabase } from "./read.js";
import { SqlSession, type SignIn } from "./session.js";
import { SqlChanges } from "./sql-changes.js";
import { Watermark } from "./watermark.js";
import { SqlWriter } from "./write.js";

/** Reads and writes people and groups that stand in the tables of a database. */
export class SqlConnector implements Connector {
  readonly reads: Reads;
  readonly writes: SqlWriter;
  readonly changes?: ReportsChanges;

  private readonly signIn: SignIn;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.reads = {
      describe: (signal) => this.withSession(signal, (session) => this.describe(session)),
      read: (options) => untilAborted(readDatabase(signIn, options), options.signal),
    };
    this.writes = new SqlWriter(signIn);
    const { users, groups } = signIn.configuration;
    if (users?.changes !== undefined || groups?.changes !== undefined) {
      this.changes = new SqlChanges(signIn);
    }
  }

  /** Signs in and finds every table, query and column. */
  async check(signal: AbortSignal): Promise<void> {
    await this.withSession(signal, (session) => this.describe(session));
  }

  async close(): Promise<void> {
    await this.writes.close();
  }

  /** Signs in for one use that only reads. Throws ConnectorError, and the signal's reason. */
  private async withSession<T>(
    signal: AbortSignal, use: (session: SqlSession) => Promise<T>,
  ): Promise<T> {
    const session = await SqlSession.open(this.signIn, signal);
    const release = session.breakOnAbort(signal);
    try {
      await beginRead(session);
      return await use(session);
    } finally {
      release();
      await session.close();
    }
  }

  private async describe(session: SqlSession): Promise<ConnectorSchema> {
    const { users, groups } = this.signIn.configuration;
    const schema: Partial<Record<"user" | "group", readonly ConnectorAttribute[]>> = {};
    for (const [kind, settings] of [["user", users], ["group", groups]] as const) {
      if (settings === undefined) continue;
      const table = await ObjectTable.open(session, kind, settings);
      templatesFor(table);
      schema[kind] = table.attributes();
      const { changes } = settings;
      if (changes === undefined) continue;
      if ("log" in changes) await ChangeLog.open(table, changes.log);
      else void new Watermark(table, changes.watermark);
    }
    if (groups?.members !== undefined) {
      memberTemplates(await MemberTable.open(session, groups.members));
    }
    return schema;
  }
}
