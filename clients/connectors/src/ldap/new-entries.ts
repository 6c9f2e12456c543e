import type { CreateWrite } from "./dialect.js";
import { dnAttribute, type EntryKind } from "./entries.js";
import type { DnPart } from "./dn.js";
import { valuesOf, type RawAttribute, type RawEntry } from "./messages.js";
import { encodeValues, isSameSet } from "./value-sets.js";
import { demandKnown, noState } from "./wanted-changes.js";

/** All attributes of a new entry but its password. Throws `VALUE_INVALID`. */
export function newAttributes(
  kind: EntryKind, write: CreateWrite, rdn: readonly DnPart[],
): RawAttribute[] {
  const { schema, settings, dialect, state } = kind;
  const attributes = new Map<string, { name: string; values: readonly Buffer[] }>();
  const set = (name: string, values: readonly Buffer[]): void => {
    if (values.length > 0) attributes.set(name.toLowerCase(), { name, values });
  };
  set("objectClass", settings.objectClasses.map((name) => Buffer.from(name)));
  for (const [name, value] of Object.entries(write.attributes)) {
    if (name === dnAttribute) continue;
    demandKnown(kind, name);
    set(name, encodeValues(schema, name, value));
  }
  for (const { name, values } of dialect.newEntry(kind, write)) {
    if (!attributes.has(name.toLowerCase())) set(name, values);
  }
  if (state === undefined) {
    if (write.enabled !== undefined) throw noState();
  } else {
    const given = attributes.get(state.attribute.toLowerCase())?.values ?? [];
    set(state.attribute, state.initial(write, given));
  }
  if (settings.idAttribute !== undefined) set(settings.idAttribute, [Buffer.from(write.id)]);
  if ("placeholderMember" in settings && settings.placeholderMember !== undefined) {
    set(settings.memberAttribute, [Buffer.from(settings.placeholderMember)]);
  }
  // RFC 4511 §4.7: what names the entry is among its values.
  for (const { type, value } of rdn) {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    const present = attributes.get(type.toLowerCase())?.values ?? [];
    const has = present.some((each) => isSameSet(schema, type, [each], [bytes]));
    if (!has) set(type, [...present, bytes]);
  }
  return [...attributes.values()];
}

/** Whether an entry has everything that a create asked for. */
export function hasAllAsked(
  kind: EntryKind, entry: RawEntry, asked: readonly RawAttribute[],
): boolean {
  return asked.every(({ name, values }) => {
    const present = valuesOf(entry, name) ?? [];
    // Servers add the classes above those asked for.
    if (name.toLowerCase() === "objectclass") return true;
    if (name.toLowerCase() === kind.state?.attribute.toLowerCase()) {
      return kind.state.read(present) === kind.state.read(values);
    }
    return isSameSet(kind.schema, name, present, values);
  });
}

export function attributeOf(attributes: CreateWrite["attributes"], name: string) {
  const found = Object.keys(attributes).find((each) => each.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : attributes[found];
}
