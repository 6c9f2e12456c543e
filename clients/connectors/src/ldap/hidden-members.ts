import type { ConnectorSkip } from "../connector.js";
import { texts } from "./directory.js";
import type { EntryKind } from "./entries.js";
import type { RawEntry } from "./messages.js";

/**
 * Whether an entry has members that it does not show us: some class of it demands one (RFC 4519
 * §3.5), and it was asked for them. A right that was taken away makes no group empty.
 */
export function hidesMembers(kind: EntryKind, entry: RawEntry): boolean {
  const attribute = kind.memberAttribute?.toLowerCase();
  if (attribute === undefined) return false;
  const isAsked = kind.wanted.some((name) => name.toLowerCase() === attribute);
  if (!isAsked || entry.attributes.some(({ name }) => baseOf(name) === attribute)) return false;
  const { must } = kind.schema.allowed(texts(entry, "objectClass"));
  return must.some(({ names }) => names.some((name) => name.toLowerCase() === attribute));
}

/** The group is there, and with the members that are known of it. */
export function hiddenMembers(kind: EntryKind, entry: RawEntry): ConnectorSkip {
  const anchor = kind.anchorOf(entry);
  const reason = "a group of this class has members, and none of them is shown";
  const who = { object: entry.dn, ...(anchor === undefined ? {} : { anchor }) };
  return { ...who, code: "PERMISSION_DENIED", reason };
}

function baseOf(name: string): string {
  return name.split(";")[0]?.toLowerCase() ?? "";
}
