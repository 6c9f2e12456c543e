import {
  ConnectorError, type ConnectorWrite, type ObjectKind, type WriteResult,
} from "../connector.js";
import { MemberTable } from "./member-table.js";
import { MemberWriter } from "./member-writer.js";
import { ObjectTable } from "./object-table.js";
import { ObjectWriter } from "./object-writer.js";
import { SqlSession, type SignIn } from "./session.js";

/** An idle connection is asked whether it still lives when it was quiet for so long. */
const quietMsMax = 1_000;

/** A connection that writes, with what it knows of the tables. */
export class Workplace {
  readonly session: SqlSession;

  private readonly writers: ReadonlyMap<ObjectKind, ObjectWriter>;
  private readonly members: MemberWriter | undefined;
  private usedAt = performance.now();

  private constructor(
    session: SqlSession, writers: ReadonlyMap<ObjectKind, ObjectWriter>,
    members: MemberWriter | undefined,
  ) {
    this.session = session;
    this.writers = writers;
    this.members = members;
  }

  /** Throws ConnectorError, and the signal's reason. */
  static async open(signIn: SignIn, signal: AbortSignal): Promise<Workplace> {
    const session = await SqlSession.open(signIn, signal);
    const release = session.breakOnAbort(signal);
    try {
      for (const text of session.dialect.openingToWrite(signIn.configuration)) {
        await session.control(text);
      }
      const { users, groups } = signIn.configuration;
      const memberTable = groups?.members === undefined ? undefined
        : await MemberTable.open(session, groups.members);
      const writers = new Map<ObjectKind, ObjectWriter>();
      for (const [kind, settings] of [["user", users], ["group", groups]] as const) {
        if (settings === undefined) continue;
        const table = await ObjectTable.open(session, kind, settings);
        writers.set(kind, new ObjectWriter(table, kind === "group" ? memberTable : undefined));
      }
      const members = memberTable === undefined ? undefined
        : new MemberWriter(memberTable, writers);
      return new Workplace(session, writers, members);
    } catch (error) {
      await session.close();
      throw error;
    } finally {
      release();
    }
  }

  async isAlive(): Promise<boolean> {
    if (performance.now() - this.usedAt < quietMsMax) return true;
    try {
      await this.session.run(["select 1"]);
      return true;
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      this.session.fail(error);
      return false;
    }
  }

  /** Throws ConnectorError. */
  async perform(write: ConnectorWrite): Promise<WriteResult> {
    try {
      if (write.operation === "members") {
        if (this.members === undefined) throw nothing("no table of members");
        return await this.members.perform(write);
      }
      const writer = this.writers.get(write.kind);
      if (writer === undefined) throw nothing(`no table of the kind ${write.kind}`);
      return await writer.perform(write);
    } finally {
      this.usedAt = performance.now();
    }
  }
}

function nothing(what: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", `${what} is configured`);
}
