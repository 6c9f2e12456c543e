import type { BerReader } from "ldapts";

/** An entry as it came: names as the server spells them, values as bytes. */
export interface RawEntry {
  readonly dn: string;
  readonly attributes: readonly RawAttribute[];
}

export interface RawAttribute {
  readonly name: string;
  readonly values: readonly Buffer[];
}

const octets = 0x04;

/** Reads a SearchResultEntry (RFC 4511 §4.5.2) from behind its tag. */
export function readEntry(reader: BerReader): RawEntry {
  const dn = reader.readString() ?? "";
  reader.readSequence();
  const end = reader.offset + reader.length;
  const attributes: RawAttribute[] = [];
  while (reader.offset < end) {
    reader.readSequence();
    const name = reader.readString() ?? "";
    const values: Buffer[] = [];
    reader.readSequence();
    const valuesEnd = reader.offset + reader.length;
    while (reader.offset < valuesEnd) values.push(reader.readString(octets, true) ?? Buffer.alloc(0));
    attributes.push({ name, values });
  }
  return { dn, attributes };
}

/** Values of an attribute, its name without case; undefined when the entry has none of it. */
export function valuesOf(entry: RawEntry, name: string): readonly Buffer[] | undefined {
  const found = entry.attributes.find((attribute) => attribute.name === name)
    ?? findWithoutCase(entry.attributes, name.toLowerCase());
  return found === undefined || found.values.length === 0 ? undefined : found.values;
}

function findWithoutCase(
  attributes: readonly RawAttribute[], wanted: string,
): RawAttribute | undefined {
  return attributes.find((attribute) =>
    attribute.name.length === wanted.length && attribute.name.toLowerCase() === wanted);
}
