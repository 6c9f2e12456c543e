import { readOwnDn, texts } from "../ldap/directory.js";
import { parseDn } from "../ldap/dn.js";
import { EntryGuard, protectedDns } from "../ldap/entry-guard.js";
import { and, equal, or, type LdapFilter } from "../ldap/filter.js";
import { valuesOf, type RawEntry } from "../ldap/messages.js";
import type { LdapSession } from "../ldap/session.js";
import { sidText } from "../ldap/windows-values.js";

/** Relative identifiers below this belong to the system. */
const firstOfPeople = 1_000;
const builtin = /^S-1-5-32-/;

/**
 * Protects what the settings name, our own account whatever it is called by, everything that
 * protects administrators (`adminCount`), and what the system itself brings.
 */
export async function openDomainGuard(session: LdapSession): Promise<EntryGuard> {
  const { configuration } = session;
  const own = await readOwnSid(session);
  return new EntryGuard(
    protectedDns([...configuration.protected, configuration.bindDn]),
    ["objectSid", "adminCount", "isCriticalSystemObject"],
    (entry) => isForbidden(entry, own),
  );
}

/** Whether nobody may write to an entry; `own` is our SID as text, where it is known. */
export function isForbidden(entry: RawEntry, own: string | undefined): boolean {
  return isAdministrative(entry) || isOfTheSystem(entry)
    || (own !== undefined && sidOf(entry) === own);
}

function isAdministrative(entry: RawEntry): boolean {
  return Number(textOf(entry, "adminCount") ?? "0") > 0;
}

function isOfTheSystem(entry: RawEntry): boolean {
  if (textOf(entry, "isCriticalSystemObject") === "TRUE") return true;
  const sid = sidOf(entry);
  if (sid === undefined) return false;
  return builtin.test(sid) || Number(sid.slice(sid.lastIndexOf("-") + 1)) < firstOfPeople;
}

/** Undefined where our account is of another domain, or may not read its own. */
async function readOwnSid(session: LdapSession): Promise<string | undefined> {
  const { bindDn } = session.configuration;
  // Windows says `u:CORP\\name`; Samba does not know the question.
  const known = (await readOwnDn(session)) ?? bindDn;
  if (parseDn(known) !== undefined && known.includes("=")) {
    return sidOf(await session.readEntry(known, ["objectSid"], "write"));
  }
  const root = await session.readEntry("", ["defaultNamingContext"], "write");
  const [base] = texts(root, "defaultNamingContext");
  if (base === undefined) return undefined;
  const filter = and(equal("objectClass", "user"), namedBy(bindDn));
  const attributes = ["objectSid", "userPrincipalName"];
  const found = await session.find({ base, scope: "sub", filter, attributes }, 10, "write");
  const byPrincipal = found.find((entry) =>
    textOf(entry, "userPrincipalName")?.toLowerCase() === bindDn.toLowerCase());
  return sidOf(byPrincipal ?? found[0]);
}

/** `CORP\name`, `name@corp.example`, where that may be a name that nobody wrote down, or `name`. */
function namedBy(bindName: string): LdapFilter {
  const [, account] = /^[^\\]*\\(.+)$/.exec(bindName) ?? [];
  if (account !== undefined) return equal("sAMAccountName", account);
  const at = bindName.lastIndexOf("@");
  const name = at === -1 ? bindName : bindName.slice(0, at);
  return or(equal("userPrincipalName", bindName), equal("sAMAccountName", name));
}

function sidOf(entry: RawEntry | undefined): string | undefined {
  const [value] = entry === undefined ? [] : (valuesOf(entry, "objectSid") ?? []);
  return value === undefined ? undefined : sidText(value);
}

function textOf(entry: RawEntry, name: string): string | undefined {
  return valuesOf(entry, name)?.[0]?.toString("utf8");
}
