import {
  ConnectorError, type Connector, type Listens, type ReadBatch, type ReadOptions, type Reads,
  type ReportsChanges, type Writes,
} from "../connector.js";
import { texts } from "../ldap/directory.js";
import { isWithin, parseDn } from "../ldap/dn.js";
import { LdapConnector } from "../ldap/ldap-connector.js";
import type { LdapSession, SignIn } from "../ldap/session.js";
import { untilAborted } from "../until-aborted.js";
import type { ActiveDirectoryConfiguration } from "./configuration.js";
import { DomainChanges } from "./domain-changes.js";
import { Notifications } from "./notifications.js";

/** What every domain controller says that it is (MS-ADTS §3.1.1.3.4.3.1). */
const activeDirectory = "1.2.840.113556.1.4.800";

/** Reads and writes people and groups of one domain of Active Directory. */
export class ActiveDirectoryConnector implements Connector {
  readonly reads: Reads;
  readonly writes: Writes;
  readonly changes: ReportsChanges;
  readonly listens: Listens;

  private readonly ldap: LdapConnector;
  private readonly signIn: SignIn;
  private readonly settings: ActiveDirectoryConfiguration;

  constructor(signIn: SignIn, settings: ActiveDirectoryConfiguration) {
    this.signIn = signIn;
    this.settings = settings;
    this.ldap = new LdapConnector(signIn);
    this.writes = this.ldap.writes;
    const changes = new DomainChanges(signIn, settings.changes);
    this.changes = {
      begin: (signal) => changes.begin(signal),
      changes: (token, options) => untilAborted(changes.changes(token, options), options.signal),
    };
    this.listens = new Notifications(signIn);
    this.reads = {
      describe: (signal) => this.ldap.reads.describe(signal),
      read: (options) => this.read(options),
    };
  }

  /** Signs in, and finds a domain controller of the domain that holds all bases, and the bases. */
  async check(signal: AbortSignal): Promise<void> {
    await this.ldap.withSession(signal, (session) => this.checkDomain(session));
    await this.ldap.check(signal);
  }

  close(): Promise<void> {
    return this.ldap.close();
  }

  private async checkDomain(session: LdapSession): Promise<void> {
    const root = await session.readEntry("", ["supportedCapabilities", "defaultNamingContext"]);
    if (!texts(root, "supportedCapabilities").includes(activeDirectory)) {
      throw new ConnectorError("stop", "MISCONFIGURED", "the server is no domain controller");
    }
    const domain = parseDn(texts(root, "defaultNamingContext")[0] ?? "") ?? [];
    const { users, groups } = this.signIn.configuration;
    for (const base of [users?.base, groups?.base]) {
      if (base === undefined || isWithin(parseDn(base) ?? [], domain)) continue;
      const why = `"${base}" is of another domain than the server's; each needs a connection`;
      throw new ConnectorError("stop", "MISCONFIGURED", why);
    }
  }

  /**
   * Who may read nothing is told "success, nothing" by a domain controller, so an empty domain is
   * an error unless the settings expect one.
   */
  private async *read(options: ReadOptions): AsyncGenerator<ReadBatch> {
    const missing = new Set<string>(this.settings.mayBeEmpty ? [] : this.kinds());
    for await (const batch of this.ldap.reads.read(options)) {
      if (batch.type === "objects") for (const { kind } of batch.objects) missing.delete(kind);
      yield batch;
    }
    if (missing.size === 0) return;
    const why = `the server shows no ${[...missing].join(" and no ")} at all`;
    throw new ConnectorError("stop", "SOURCE_EMPTY", why);
  }

  private kinds(): readonly string[] {
    const { users, groups } = this.signIn.configuration;
    return [...(users === undefined ? [] : ["user"]), ...(groups === undefined ? [] : ["group"])];
  }
}
