import type { Connector, ConnectorSchema, Listens, Reads, ReportsChanges } from "../connector.js";
import { ConnectorError } from "../connector.js";
import { untilAborted } from "../until-aborted.js";
import { DirectoryChanges } from "./directory-changes.js";
import { readDirectory } from "./directory.js";
import { readEntries } from "./read.js";
import { LdapSession, type SignIn } from "./session.js";
import { SyncListener } from "./sync-listener.js";
import { kindsOf, LdapWriter } from "./write.js";

/** Reads and writes people and groups of a directory that speaks LDAP (RFC 4511). */
export class LdapConnector implements Connector {
  readonly reads: Reads;
  readonly writes: LdapWriter;
  /** Absent where the settings say so; whether the server can is known when it is asked. */
  readonly changes?: ReportsChanges;
  readonly listens?: Listens;

  private readonly signIn: SignIn;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.reads = {
      describe: (signal) => this.withSession(signal, (session) => this.describe(session)),
      read: (options) => untilAborted(readEntries(signIn, options), options.signal),
    };
    this.writes = new LdapWriter(signIn);
    const way = signIn.configuration.changes;
    if (way === "off") return;
    const changes = new DirectoryChanges(signIn);
    this.changes = {
      begin: (signal) => changes.begin(signal),
      changes: (token, options) => untilAborted(changes.changes(token, options), options.signal),
    };
    if (way !== "timestamps") this.listens = new SyncListener(signIn);
  }

  /** Signs in and finds the base of people and of groups. */
  async check(signal: AbortSignal): Promise<void> {
    await this.withSession(signal, async (session) => {
      const { users, groups } = this.signIn.configuration;
      for (const base of new Set([users?.base, groups?.base])) {
        if (base === undefined || (await session.readEntry(base, ["1.1"])) !== undefined) continue;
        throw new ConnectorError("stop", "MISCONFIGURED", `there is no entry "${base}"`);
      }
    });
  }

  async close(): Promise<void> {
    await this.writes.close();
  }

  /** Signs in for one use, on a connection of its own. Throws ConnectorError, and the reason. */
  async withSession<T>(
    signal: AbortSignal, use: (session: LdapSession) => Promise<T>,
  ): Promise<T> {
    const session = await LdapSession.open(this.signIn, signal);
    const release = session.breakOnAbort(signal);
    try {
      return await use(session);
    } finally {
      release();
      await session.close();
    }
  }

  private async describe(session: LdapSession): Promise<ConnectorSchema> {
    const { schema } = await readDirectory(session);
    const kinds = kindsOf(this.signIn.configuration, { schema, dialect: this.signIn.dialect });
    const [user, group] = [kinds.get("user")?.describe(), kinds.get("group")?.describe()];
    return { ...(user === undefined ? {} : { user }), ...(group === undefined ? {} : { group }) };
  }
}
