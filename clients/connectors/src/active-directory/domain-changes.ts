import {
  ConnectorError, type ChangeBatch, type ChangePosition, type ReadOptions, type ReportsChanges,
} from "../connector.js";
import { ChangedEntries } from "../ldap/changed-entries.js";
import { readDirectory } from "../ldap/directory.js";
import { guidIds } from "../ldap/entry-ids.js";
import { LdapSession, type SignIn } from "../ldap/session.js";
import { kindsOf } from "../ldap/write.js";
import type { ChangePage } from "./change-source.js";
import { domainOf, type ActiveDirectoryConfiguration } from "./configuration.js";
import { formatToken } from "../delta-tokens.js";
import { parseToken, scopeOf, type DeltaToken } from "./delta-token.js";
import { DirSync } from "./dirsync.js";
import { UpdateNumbers } from "./update-numbers.js";

/** What changed in a domain since a position: by replication where we may, else by numbers. */
export class DomainChanges implements ReportsChanges {
  private readonly signIn: SignIn;
  private readonly way: ActiveDirectoryConfiguration["changes"];
  private readonly now: () => Date;
  private readonly domain: string;
  private readonly scope: string;
  private readonly dirSync: DirSync;
  private readonly numbers: UpdateNumbers;

  constructor(
    signIn: SignIn, way: ActiveDirectoryConfiguration["changes"], now = () => new Date(),
  ) {
    const { users, groups } = signIn.configuration;
    this.signIn = signIn;
    this.way = way;
    this.now = now;
    this.domain = domainOf(users?.base ?? groups?.base ?? "");
    this.scope = scopeOf(signIn.configuration);
    this.dirSync = new DirSync(this.domain, this.scope, now);
    this.numbers = new UpdateNumbers(this.domain, this.scope, now);
  }

  async begin(signal: AbortSignal): Promise<ChangePosition> {
    const session = await LdapSession.open(this.signIn, signal);
    const release = session.breakOnAbort(signal);
    try {
      const { token, reportsDeletions } = await this.position(session);
      return { token: formatToken(token), reportsDeletions };
    } finally {
      release();
      await session.close();
    }
  }

  async *changes(text: string, options: ReadOptions): AsyncGenerator<ChangeBatch> {
    options.signal.throwIfAborted();
    const token = parseToken(text, this.scope, this.now());
    const session = await LdapSession.open(this.signIn, options.signal);
    const release = session.breakOnAbort(options.signal);
    try {
      const { dialect, configuration } = this.signIn;
      const { schema } = await readDirectory(session);
      const kinds = [...kindsOf(configuration, { schema, dialect }).values()];
      const of = { session, kinds, ids: guidIds, roots: [this.domain] };
      const changed = new ChangedEntries(of, options);
      for await (const page of this.pages(session, token)) {
        yield* changed.batches(page);
        yield { type: "token", token: formatToken(page.token) };
      }
    } finally {
      release();
      await session.close();
    }
  }

  private async position(session: LdapSession) {
    if (this.way === "usn") return this.numbers.begin(session);
    try {
      return await this.dirSync.begin(session);
    } catch (error) {
      const mayNot = error instanceof ConnectorError && error.kind === "stop"
        && (error.code === "PERMISSION_DENIED" || error.code === "MISCONFIGURED");
      if (!mayNot || this.way === "dirsync") throw error;
      return this.numbers.begin(session);
    }
  }

  private pages(session: LdapSession, token: DeltaToken): AsyncIterable<ChangePage<DeltaToken>> {
    return token.way === "dirsync"
      ? this.dirSync.pages(session, token) : this.numbers.pages(session, token);
  }
}
