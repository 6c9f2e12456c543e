import { ConnectorError } from "../connector.js";
import type { ChangeToken } from "./change-token.js";
import { texts } from "./directory.js";
import { isWithin, parseDn } from "./dn.js";
import type { EntryKind } from "./entries.js";
import type { EntryChange, EntryChanges } from "./entry-change.js";
import type { LdapFilter } from "./filter.js";
import type { LdapSession } from "./session.js";

/** What to look at for changes. */
export interface ChangeScope {
  /** The bases of people and groups; one within another is left out. */
  readonly bases: readonly string[];
  /** Below these is looked for whoever left the bases: the whole of the server's own data. */
  readonly roots: readonly string[];
  /** The attribute by which the server knows each entry. */
  readonly ids: string;
}

/** What a way to learn of changes works with. */
export interface ChangeView {
  readonly session: LdapSession;
  readonly scope: ChangeScope;
  /** One or two, people first. */
  readonly kinds: readonly EntryKind[];
}

export interface ToldChanges<Token extends ChangeToken> extends EntryChanges {
  readonly token: Token;
}

/** A way to learn what changed below the bases. All throw ConnectorError. */
export interface ChangeSource<Token extends ChangeToken> {
  begin(view: ChangeView): Promise<Token>;
  /** Everything since; `DELTA_TOKEN_REJECTED` before anything of it was told. */
  collect(view: ChangeView, token: Token): Promise<ToldChanges<Token>>;
}

export const everything: LdapFilter = { kind: "present", attribute: "objectClass" };

/** In the order of preference; each stays with an entry for all its life. */
const idAttributes = ["entryUUID", "nsUniqueId"];

/** Looks at the bases. Throws `MISCONFIGURED` where one is missing or entries have no ids. */
export async function readChangeScope(session: LdapSession): Promise<ChangeScope> {
  const { users, groups } = session.configuration;
  const bases = outermost([users?.base, groups?.base].filter((base) => base !== undefined));
  const contexts = texts(await session.readEntry("", ["namingContexts"]), "namingContexts");
  const roots = new Set<string>();
  let ids = idAttributes;
  for (const base of bases) {
    const entry = await session.readEntry(base, idAttributes);
    if (entry === undefined) throw cannotTell(`there is no entry "${base}"`);
    ids = ids.filter((name) => texts(entry, name).length === 1);
    const context = contexts.find((each) => isBelow(base, each));
    const isReadable = context !== undefined
      && (await session.readEntry(context, ["1.1"])) !== undefined;
    roots.add(isReadable ? context : base);
  }
  const [first] = ids;
  if (first === undefined) throw cannotTell("its entries have neither entryUUID nor nsUniqueId");
  return { bases, roots: [...roots], ids: first };
}

export function cannotTell(why: string): ConnectorError {
  const message = `the server cannot tell what changed: ${why}`;
  return new ConnectorError("stop", "MISCONFIGURED", message);
}

/** Whether there may be others below an entry, as its `hasSubordinates` says (X.501 §14.4.4). */
export function belowIt(has: readonly string[]): Pick<EntryChange, "mayBeRenamed" | "isParent"> {
  return { mayBeRenamed: has[0] !== "FALSE", isParent: has[0] === "TRUE" };
}

function outermost(bases: readonly string[]): readonly string[] {
  return bases.filter((base, at) => !bases.some((other, there) =>
    at !== there && isBelow(base, other) && (!isBelow(other, base) || there < at)));
}

function isBelow(name: string, base: string): boolean {
  return isWithin(parseDn(name) ?? [], parseDn(base) ?? []);
}
