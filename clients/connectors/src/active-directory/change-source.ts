import type { EntryChange, EntryChanges } from "../ldap/entry-change.js";
import { guidIds } from "../ldap/entry-ids.js";
import type { RawEntry } from "../ldap/messages.js";
import type { LdapSession } from "../ldap/session.js";
import type { DeltaToken } from "./delta-token.js";

/** One answer: what changed, and the position behind it. */
export interface ChangePage<Token extends DeltaToken> extends EntryChanges {
  readonly token: Token;
}

/** Sorts the entries of an answer by whether their anchor can be read. */
export function toChanges(
  entries: readonly RawEntry[], toChange: (entry: RawEntry, guid: string) => EntryChange,
): EntryChanges {
  const changes: EntryChange[] = [];
  const nameless: string[] = [];
  for (const entry of entries) {
    const guid = guidIds.of(entry);
    if (guid === undefined) nameless.push(entry.dn);
    else changes.push(toChange(entry, guid));
  }
  return { changes, nameless };
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
