import { ConnectorError } from "../connector.js";
import { readOwnDn } from "./directory.js";
import { isWithin, parseDn, type Dn } from "./dn.js";
import type { RawEntry } from "./messages.js";
import type { LdapSession } from "./session.js";

/** What is never written, nor anything below it. */
export class EntryGuard {
  /** What an entry must be read with, to judge it. */
  readonly attributes: readonly string[];

  private readonly dns: readonly Dn[];
  private readonly isForbidden: (entry: RawEntry) => boolean;

  constructor(
    dns: readonly Dn[],
    attributes: readonly string[] = [],
    isForbidden: (entry: RawEntry) => boolean = () => false,
  ) {
    this.dns = dns;
    this.attributes = attributes;
    this.isForbidden = isForbidden;
  }

  /** Throws `PERMISSION_DENIED` for the name of what is protected. */
  demandName(dn: Dn): void {
    if (this.dns.some((each) => isWithin(dn, each))) throw protectedError();
  }

  /** Throws `PERMISSION_DENIED`. Precondition: the entry has `attributes`. */
  demandEntry(entry: RawEntry): void {
    this.demandName(parseDn(entry.dn) ?? []);
    if (this.isForbidden(entry)) throw protectedError();
  }
}

function protectedError(): ConnectorError {
  return new ConnectorError("skip", "PERMISSION_DENIED", "the entry is protected");
}

/** The entries that the settings protect, and our own. */
export async function openGuard(session: LdapSession): Promise<EntryGuard> {
  const { configuration } = session;
  // Some sign in by a name that is no DN; the server knows which entry that is.
  const own = await readOwnDn(session);
  const { bindDn } = configuration;
  return new EntryGuard(protectedDns([...configuration.protected, bindDn, own ?? ""]));
}

/** Those of the texts that are names of entries. */
export function protectedDns(texts: readonly string[]): readonly Dn[] {
  return texts.map(parseDn).filter((dn) => dn !== undefined && dn.length > 0) as readonly Dn[];
}
