import type { LdapUsers } from "./configuration.js";
import { and, equal, or, parseFilter } from "./filter.js";
import { valuesOf } from "./messages.js";
import type { LdapSession } from "./session.js";

const namesPerSearch = 100;
const keptMax = 100_000;
const entriesMax = 1_000;

/** Names of people as `memberUid` has them (RFC 2307 §3), and the entries that they stand for. */
export class MemberNames {
  private readonly session: LdapSession;
  private readonly users: LdapUsers;
  private readonly attribute: string;
  private readonly kept = new Map<string, string>();

  constructor(session: LdapSession, users: LdapUsers, attribute: string) {
    this.session = session;
    this.users = users;
    this.attribute = attribute;
  }

  /** DNs of people; a name that is nobody's, or several people's, stays as it is written. */
  async toDns(names: readonly string[]): Promise<readonly string[]> {
    const missing = [...new Set(names)].filter((name) => !this.kept.has(name));
    if (this.kept.size + missing.length > keptMax) this.kept.clear();
    const asked = [...new Set(names)].filter((name) => !this.kept.has(name));
    for (let at = 0; at < asked.length; at += namesPerSearch) {
      await this.ask(asked.slice(at, at + namesPerSearch));
    }
    return names.map((name) => this.kept.get(name) ?? name);
  }

  /** The name that stands for an entry, undefined when it has not exactly one. */
  async toName(dn: string): Promise<string | undefined> {
    const entry = await this.session.readEntry(dn, [this.attribute], "write");
    const values = entry === undefined ? undefined : valuesOf(entry, this.attribute);
    return values?.length === 1 ? values[0]?.toString("utf8") : undefined;
  }

  private async ask(names: readonly string[]): Promise<void> {
    const { base, scope, filter } = this.users;
    const ours = or(...names.map((name) => equal(this.attribute, name)));
    const search = {
      base, scope, filter: and(parseFilter(filter), ours), attributes: [this.attribute],
    };
    const found = new Map<string, string[]>();
    // Not in pages: slapd keeps one paged search for a connection, and that is the groups'.
    for (const entry of await this.session.find(search, entriesMax)) {
      for (const value of valuesOf(entry, this.attribute) ?? []) {
        const name = value.toString("utf8").toLowerCase();
        found.set(name, [...(found.get(name) ?? []), entry.dn]);
      }
    }
    for (const name of names) {
      const dns = found.get(name.toLowerCase()) ?? [];
      this.kept.set(name, dns.length === 1 ? (dns[0] as string) : name);
    }
  }
}
