import type {
  ChangeBatch, ChangePosition, ConnectorObject, ReadOptions, ReportsChanges,
} from "../connector.js";
import { chunks } from "../chunks.js";
import { formatToken, rejected } from "../delta-tokens.js";
import { untilAborted } from "../until-aborted.js";
import { ChangeLog } from "./change-log.js";
import type { ChangeSettings } from "./change-settings.js";
import { MemberTable, memberBatches } from "./member-table.js";
import { ObjectTable } from "./object-table.js";
import { beginRead } from "./read.js";
import { SqlSession, type SignIn } from "./session.js";
import { parseToken, scopeOf, type SqlToken } from "./sql-token.js";
import { joined, type Statement } from "./statement.js";
import { Watermark, type ChangedObjects } from "./watermark.js";

const groupsAtOnce = 100;

type SourceName = "user" | "group" | "members";

/** One watermark or table of changes, and which objects it is about. */
interface ChangeSource {
  readonly name: SourceName;
  readonly table: ObjectTable;
  readonly changes: ChangeSettings;
  readonly last: SqlToken | undefined;
  readonly next: SqlToken;
}

/**
 * Tells what changed by a watermark or a table of changes. Members are told with their group, all
 * of them: what changes a group's members has to change the group, or to stand in a log of members.
 * Everything is seen as of one moment. Throws ConnectorError, and the signal's reason.
 */
export class SqlChanges implements ReportsChanges {
  private readonly signIn: SignIn;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
  }

  async begin(signal: AbortSignal): Promise<ChangePosition> {
    let token = "";
    for await (const batch of this.report(undefined, { signal, batchSizeMax: 1_000 })) {
      if (batch.type === "token") ({ token } = batch);
    }
    const { users, groups } = this.signIn.configuration;
    const reportsDeletions = [users, groups].every((kind) =>
      kind?.changes === undefined || "log" in kind.changes);
    return { token, reportsDeletions };
  }

  changes(token: string, options: ReadOptions): AsyncIterable<ChangeBatch> {
    return untilAborted(this.report(token, options), options.signal);
  }

  private async *report(
    text: string | undefined, options: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const scope = scopeOf(this.signIn.configuration);
    const last = text === undefined ? undefined : parseToken(text, scope);
    const session = await SqlSession.open(this.signIn, options.signal);
    const release = session.breakOnAbort(options.signal);
    try {
      await beginRead(session);
      const { users, groups } = this.signIn.configuration;
      const next: SqlToken = { version: 1, scope };
      for (const [kind, settings] of [["user", users], ["group", groups]] as const) {
        if (settings?.changes === undefined) continue;
        const table = await ObjectTable.open(session, kind, settings);
        const source = { table, last, next };
        yield* this.sourceReport({ ...source, name: kind, changes: settings.changes }, options);
        if (kind !== "group" || groups?.members?.changes === undefined) continue;
        // That a member's row was deleted says nothing of the group.
        const changes = { log: { ...groups.members.changes.log, deleted: [] } };
        yield* this.sourceReport({ ...source, name: "members", changes }, options);
      }
      await session.control("commit");
      yield { type: "token", token: formatToken(next) };
    } finally {
      release();
      await session.close();
    }
  }

  private async *sourceReport(
    { table, last, next, name, changes }: ChangeSource, options: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const position = last?.[name];
    const way = "log" in changes ? "log" : "watermark";
    if (last !== undefined && position?.way !== way) throw rejected("it tells of other kinds");
    if ("log" in changes) {
      const log = await ChangeLog.open(table, changes.log);
      const found = log.since(position?.way === "log" ? position : undefined);
      for await (const each of found) yield* this.batches(table, each, last, options);
      setPosition(next, name, log.position);
      return;
    }
    const mark = new Watermark(table, changes.watermark);
    const found = mark.since(position?.way === "watermark" ? position : undefined);
    for await (const each of found) yield* this.batches(table, each, last, options);
    setPosition(next, name, mark.position);
  }

  private async *batches(
    table: ObjectTable, { objects, gone, skips }: ChangedObjects, last: SqlToken | undefined,
    options: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    // Who only takes a position is told nothing.
    if (last === undefined) return;
    const { batchSizeMax } = options;
    for (const part of chunks(objects, batchSizeMax)) yield { type: "objects", objects: part };
    for (const part of chunks(gone, batchSizeMax)) yield { type: "gone", gone: part };
    for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
    if (table.kind === "group") yield* this.members(table, objects, options);
  }

  private async *members(
    table: ObjectTable, groups: readonly ConnectorObject[], options: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const settings = this.signIn.configuration.groups?.members;
    if (settings === undefined || groups.length === 0) return;
    const members = await MemberTable.open(table.session, settings);
    const { batchSizeMax } = options;
    for (const part of chunks(groups, Math.min(groupsAtOnce, batchSizeMax))) {
      yield { type: "wholeMembers", groups: part.map((group) => group.anchor) };
      const list = part.map(({ anchor }): Statement =>
        [members.group.bind(table.anchor.encode(anchor))]);
      const where: Statement = [`${members.group.quoted} in (`, ...joined(list, ", "), ")"];
      for await (const batch of memberBatches(members, options, where)) {
        if (batch.type === "skips") yield batch;
        else yield { type: "members", added: batch.members, removed: [] };
      }
    }
  }
}

function setPosition(
  token: SqlToken, name: SourceName, position: SqlToken[SourceName],
): void {
  if (position !== undefined) token[name] = position;
}
