import { valuesOf, type RawEntry } from "../ldap/messages.js";
import type { LdapSession } from "../ldap/session.js";
import { guidText } from "../ldap/windows-values.js";
import type { DeltaToken } from "./delta-token.js";

/** That an entry changed, as the domain controller tells it. */
export interface EntryChange {
  /** Its anchor. */
  readonly guid: string;
  readonly isDeleted: boolean;
  /** Whether it may bear another name, so that all below it bear others too. */
  readonly mayBeRenamed: boolean;
  /** Names of members who came and went, where nothing else changed. */
  readonly members?: { readonly added: readonly string[]; readonly removed: readonly string[] };
}

/** One answer: what changed, and the position behind it. */
export interface ChangePage<Token extends DeltaToken> {
  readonly changes: readonly EntryChange[];
  /** Names of entries that changed and whose anchor we may not read. */
  readonly nameless: readonly string[];
  readonly token: Token;
}

/** Sorts the entries of an answer by whether their anchor can be read. */
export function toChanges(
  entries: readonly RawEntry[], toChange: (entry: RawEntry, guid: string) => EntryChange,
): Pick<ChangePage<DeltaToken>, "changes" | "nameless"> {
  const changes: EntryChange[] = [];
  const nameless: string[] = [];
  for (const entry of entries) {
    const guid = anchorOf(entry);
    if (guid === undefined) nameless.push(entry.dn);
    else changes.push(toChange(entry, guid));
  }
  return { changes, nameless };
}

export function anchorOf(entry: RawEntry): string | undefined {
  const [bytes] = valuesOf(entry, "objectGUID") ?? [];
  return bytes === undefined ? undefined : guidText(bytes);
}

export interface Position<Token extends DeltaToken> {
  readonly token: Token;
  readonly reportsDeletions: boolean;
}

/** A way to learn what changed in a domain. All throw ConnectorError. */
export interface ChangeSource<Token extends DeltaToken> {
  begin(session: LdapSession): Promise<Position<Token>>;
  pages(session: LdapSession, token: Token): AsyncIterable<ChangePage<Token>>;
}
