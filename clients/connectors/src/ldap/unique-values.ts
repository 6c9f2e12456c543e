import { ConnectorError } from "../connector.js";
import { dnTextKey } from "./dn.js";
import type { EntryKind } from "./entries.js";
import { equal } from "./filter.js";
import type { RawAttribute, RawEntry } from "./messages.js";
import type { LdapSession } from "./session.js";

/** Who has a value that only one entry may have. */
export interface Holder {
  readonly attribute: string;
  readonly entry: RawEntry;
}

/**
 * The entry that has one of the unique values among these, with the attributes asked for; the
 * entry of the name `except` does not count. Throws ConnectorError.
 */
export async function holderOf(
  session: LdapSession, kind: EntryKind, values: readonly RawAttribute[],
  attributes: readonly string[], except?: string,
): Promise<Holder | undefined> {
  for (const attribute of kind.dialect.unique) {
    const own = values.find(({ name }) => name.toLowerCase() === attribute.toLowerCase());
    const [value] = own?.values ?? [];
    if (value === undefined) continue;
    const filter = equal(attribute, value);
    const base = kind.dialect.uniqueBelow(kind);
    const found = await session.find({ base, scope: "sub", filter, attributes }, 2, "write");
    const other = found.find(({ dn }) =>
      except === undefined || dnTextKey(dn) !== dnTextKey(except));
    if (other !== undefined) return { attribute, entry: other };
  }
  return undefined;
}

/** Throws `VALUE_TAKEN` where another entry has one of the values. */
export async function demandUntaken(
  session: LdapSession, kind: EntryKind, values: readonly RawAttribute[], own: string,
): Promise<void> {
  const holder = await holderOf(session, kind, values, ["1.1"], own);
  if (holder !== undefined) throw taken(holder.attribute);
}

export function taken(attribute: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_TAKEN", `another entry has its "${attribute}"`);
}
