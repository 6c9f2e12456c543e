import type { Connector, ConnectorSchema, Reads } from "../connector.js";
import { ConnectorError } from "../connector.js";
import { untilAborted } from "../until-aborted.js";
import { readDirectory } from "./directory.js";
import { readEntries } from "./read.js";
import { LdapSession, type SignIn } from "./session.js";
import { kindsOf, LdapWriter } from "./write.js";

/** Reads and writes people and groups of a directory that speaks LDAP (RFC 4511). */
export class LdapConnector implements Connector {
  readonly reads: Reads;
  readonly writes: LdapWriter;

  private readonly signIn: SignIn;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.reads = {
      describe: (signal) => this.withSession(signal, (session) => this.describe(session)),
      read: (options) => untilAborted(readEntries(signIn, options), options.signal),
    };
    this.writes = new LdapWriter(signIn);
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
