import {
  AddRequest, Attribute, Change, CompareRequest, DeleteRequest, ModifyDNRequest, ModifyRequest,
} from "ldapts";
import { dnKey, formatDn, formatRdn, type Dn } from "./dn.js";
import { AssertionControl, type LdapFilter } from "./filter.js";
import type { LdapResult, RawAttribute } from "./messages.js";
import type { LdapSession } from "./session.js";

export interface Modification {
  readonly operation: "add" | "delete" | "replace";
  readonly name: string;
  readonly values: readonly Buffer[];
}

export function sendAdd(
  session: LdapSession, dn: string, attributes: readonly RawAttribute[],
): Promise<LdapResult> {
  return session.send((messageId) =>
    new AddRequest({ messageId, dn, attributes: attributes.map(toAttribute) }));
}

/** All modifications or none (RFC 4511 §4.6); none where the entry does not fit the filter. */
export function sendModify(
  session: LdapSession, dn: string, modifications: readonly Modification[], only?: LdapFilter,
): Promise<LdapResult> {
  const changes = modifications.map(({ operation, name, values }) =>
    new Change({ operation, modification: toAttribute({ name, values }) }));
  const controls = only === undefined ? {} : { controls: [new AssertionControl(only)] };
  return session.send((messageId) => new ModifyRequest({ messageId, dn, changes, ...controls }));
}

/** Renames, and moves where the entry above is another. The old name is no value any more. */
export function sendRename(session: LdapSession, from: Dn, to: Dn): Promise<LdapResult> {
  const newRdn = formatRdn(to[0] ?? []);
  const moves = dnKey(from.slice(1)) !== dnKey(to.slice(1));
  return session.send((messageId) => new ModifyDNRequest({
    messageId, dn: formatDn(from), newRdn, deleteOldRdn: true,
    ...(moves ? { newSuperior: formatDn(to.slice(1)) } : {}),
  }));
}

export function sendDelete(session: LdapSession, dn: string): Promise<LdapResult> {
  return session.send((messageId) => new DeleteRequest({ messageId, dn }));
}

const compareFalse = 5;
const compareTrue = 6;
const noSuchAttribute = 16;

/** Whether an entry has a value; the status of an answer that says neither. */
export async function sendCompare(
  session: LdapSession, dn: string, attribute: string, value: string,
): Promise<boolean | number> {
  const { status } = await session.send((messageId) =>
    new CompareRequest({ messageId, dn, attribute, value }));
  if (status === compareTrue) return true;
  return status === compareFalse || status === noSuchAttribute ? false : status;
}

function toAttribute({ name, values }: RawAttribute): Attribute {
  return new Attribute({ type: name, values: [...values] });
}
