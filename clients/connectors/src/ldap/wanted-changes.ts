import { ConnectorError, type ConnectorWrite } from "../connector.js";
import { dnAttribute, type EntryKind } from "./entries.js";
import type { DnPart } from "./dn.js";
import { and, type LdapFilter } from "./filter.js";
import { valuesOf, type RawEntry } from "./messages.js";
import { encodeValues, isSameSet } from "./value-sets.js";
import { invalid } from "./write-errors.js";

type UpdateWrite = Extract<ConnectorWrite, { readonly operation: "update" }>;

/** One attribute as it was (undefined: not known) and shall be, as bytes. */
export interface WantedChange {
  readonly name: string;
  readonly before: readonly Buffer[] | undefined;
  readonly after: readonly Buffer[];
}

/** The changes of attributes that an update names. Throws `VALUE_INVALID`. */
export function changesOf(kind: EntryKind, write: UpdateWrite): WantedChange[] {
  const { schema, memberAttribute } = kind;
  const changes: WantedChange[] = [];
  for (const [name, { before, after }] of Object.entries(write.changes)) {
    if (name === dnAttribute) continue;
    if (name.toLowerCase() === memberAttribute?.toLowerCase())
      throw invalid("members are written as members");
    demandKnown(kind, name);
    const hidden = kind.knowledge(name).name === undefined;
    changes.push({
      name,
      // What is never read cannot be compared either.
      before: before === undefined || hidden ? undefined : encodeValues(schema, name, before),
      after: encodeValues(schema, name, after),
    });
  }
  if (write.enabled !== undefined && kind.state === undefined) throw noState();
  return changes;
}

export function noState(): ConnectorError {
  return invalid("the directory has no attribute for enabled");
}

/** Throws `VALUE_INVALID` for an attribute that the server surely does not have. */
export function demandKnown(kind: EntryKind, name: string): void {
  const { dialect, schema } = kind;
  // A schema that nobody may read says nothing.
  if (!dialect.knowsItsSchema || schema.types.length === 0) return;
  if (schema.find(name) !== undefined) return;
  throw invalid(`"${name}" is no attribute of this directory`);
}

/** The changes with that of the state, which goes out from the state as it is. */
export function withState(
  kind: EntryKind, write: UpdateWrite, entry: RawEntry, changes: readonly WantedChange[],
): readonly WantedChange[] {
  if (write.enabled === undefined || kind.state === undefined) return changes;
  const { attribute } = kind.state;
  const isState = ({ name }: WantedChange): boolean =>
    name.toLowerCase() === attribute.toLowerCase();
  const given = changes.find(isState);
  const from = given?.after ?? valuesOf(entry, attribute) ?? [];
  const { before, after } = kind.state.change(write.enabled, from);
  const change = { name: attribute, before: given === undefined ? before : given.before, after };
  return [...changes.filter((each) => !isState(each)), change];
}

/**
 * That attributes that had no value still have none: there is no old value to name, and a second
 * value may be welcome to the server.
 */
export function stillAbsent(
  entry: RawEntry, changes: readonly WantedChange[],
): LdapFilter | undefined {
  const absent = changes.filter(({ name, before }) =>
    before !== undefined && valuesOf(entry, name) === undefined);
  if (absent.length === 0) return undefined;
  return and(...absent.map(({ name }): LdapFilter =>
    ({ kind: "not", filter: { kind: "present", attribute: name } })));
}

/** Throws `OBJECT_CHANGED` when an attribute neither is what it was nor what it shall be. */
export function demandBefore(
  kind: EntryKind, entry: RawEntry, changes: readonly WantedChange[],
): void {
  for (const { name, before, after } of changes) {
    if (before === undefined) continue;
    const now = valuesOf(entry, name) ?? [];
    if (isSameSet(kind.schema, name, now, before) || isSameSet(kind.schema, name, now, after))
      continue;
    throw new ConnectorError("skip", "OBJECT_CHANGED", `"${name}" is not what it was`);
  }
}

/** What names the entry follows its attribute, where that changes. */
export function renamedPart(
  kind: EntryKind, part: DnPart, changes: readonly WantedChange[],
): DnPart {
  const canonical = kind.knowledge(part.type).name ?? part.type;
  const change = changes.find(({ name }) => (kind.knowledge(name).name ?? name) === canonical);
  if (change === undefined) return part;
  const texts = change.after.map((value) => value.toString("utf8"));
  if (texts.some((text) => text === part.value)) return part;
  const [first] = texts;
  if (first === undefined) throw invalid(`"${part.type}" names the entry and keeps a value`);
  return { type: part.type, value: first };
}
