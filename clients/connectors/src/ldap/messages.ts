import { BerReader } from "ldapts";
import type { AttributeNames } from "./attribute-names.js";
import { broken } from "./frames.js";
import { readReceivedEntry } from "./received-entry.js";

/** An entry as it came: names as the server spells them, values as bytes. */
export interface RawEntry {
  readonly dn: string;
  readonly attributes: readonly RawAttribute[];
  /** Where the server sent any with it. */
  readonly controls?: ReadonlyMap<string, Buffer>;
}

export interface RawAttribute {
  readonly name: string;
  readonly values: readonly Buffer[];
}

/** What ends an operation (RFC 4511 §4.1.9), whatever its code says. */
export interface LdapResult {
  readonly status: number;
  /** For people; may hold values, so it is never passed on. */
  readonly diagnostic: string;
  /** Value of an extended response (§4.12). */
  readonly value: string | undefined;
  /** OID → value (§4.1.11). */
  readonly controls: ReadonlyMap<string, Buffer>;
}

export type LdapMessage =
  | { readonly id: number; readonly kind: "entry"; readonly entry: RawEntry }
  | { readonly id: number; readonly kind: "reference" }
  | { readonly id: number; readonly kind: "result"; readonly result: LdapResult }
  | { readonly id: number; readonly kind: "intermediate"; readonly response: Intermediate }
  | { readonly id: number; readonly kind: "other" };

/** What a server says between the answers of one operation (RFC 4511 §4.13). */
export interface Intermediate {
  readonly name: string;
  readonly value: Buffer;
}

const octets = 0x04;
const boolean = 0x01;
const searchEntry = 0x64;
const searchReference = 0x73;
const controlsTag = 0xa0;
const extendedValue = 0x8b;
const intermediate = 0x79;
const intermediateName = 0x80;
const intermediateValue = 0x81;
/** Answers that end an operation: bind, search, modify, add, delete, rename, compare, extended. */
const resultTags = new Set([0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78]);

/**
 * Reads one message (RFC 4511 §4.1.1). Throws ConnectorError for a broken one. ldapts' own
 * messages loop for ever on some of those, so only its reader of single values is used, and not
 * for entries, of which there are many.
 */
export function readMessage(frame: Buffer, names: AttributeNames): LdapMessage {
  try {
    const reader = new BerReader(frame);
    whole(reader.readSequence());
    const id = whole(reader.readInt());
    const tag = whole(reader.readSequence());
    const end = reader.offset + reader.length;
    if (tag === searchEntry) return { id, kind: "entry", entry: readEntry(reader, end, names) };
    if (tag === searchReference) return { id, kind: "reference" };
    if (tag === intermediate) {
      return { id, kind: "intermediate", response: readIntermediate(reader, end) };
    }
    if (!resultTags.has(tag)) return { id, kind: "other" };
    return { id, kind: "result", result: readResult(reader, end) };
  } catch (error) {
    throw broken(error instanceof Error ? error.message : "it cannot be read");
  }
}

function readEntry(reader: BerReader, end: number, names: AttributeNames): RawEntry {
  if (end > reader.buffer.length) throw new Error("an entry is longer than the whole");
  const entry = readReceivedEntry(reader.buffer, reader.offset, end, names);
  reader.offset = end;
  const controls = readControls(reader);
  return controls.size === 0 ? entry : { ...entry, controls };
}

function readIntermediate(reader: BerReader, end: number): Intermediate {
  let name = "";
  let value = Buffer.alloc(0);
  while (reader.offset < end) {
    const tag = reader.peek();
    const bytes = whole(reader.readString(whole(tag), true));
    if (tag === intermediateName) name = bytes.toString("latin1");
    else if (tag === intermediateValue) value = Buffer.from(bytes);
  }
  return { name, value };
}

function readResult(reader: BerReader, end: number): LdapResult {
  const status = whole(reader.readEnumeration());
  whole(reader.readString());
  const diagnostic = whole(reader.readString());
  let value: string | undefined;
  // Referrals, names and values of extended responses follow; one kind of value is of use.
  while (reader.offset < end) {
    const tag = whole(reader.readSequence());
    const next = reader.offset + reader.length;
    if (next > end) throw new Error("a part is longer than the whole");
    if (tag === extendedValue) value = reader.buffer.toString("utf8", reader.offset, next);
    reader.offset = next;
  }
  return { status, diagnostic, value, controls: readControls(reader) };
}

const noControls: ReadonlyMap<string, Buffer> = new Map();

function readControls(reader: BerReader): ReadonlyMap<string, Buffer> {
  if (reader.peek() !== controlsTag) return noControls;
  const controls = new Map<string, Buffer>();
  whole(reader.readSequence());
  const end = reader.offset + reader.length;
  while (reader.offset < end) {
    whole(reader.readSequence());
    const next = reader.offset + reader.length;
    const oid = whole(reader.readString());
    if (reader.offset < next && reader.peek() === boolean) whole(reader.readBoolean());
    controls.set(
      oid,
      reader.offset < next ? whole(reader.readString(octets, true)) : Buffer.alloc(0),
    );
    reader.offset = next;
  }
  return controls;
}

/** Cookie of the next page (RFC 2696 §2); undefined when there is none. Throws ConnectorError. */
export function readCookie(control: Buffer): Buffer | undefined {
  try {
    const reader = new BerReader(control);
    whole(reader.readSequence());
    whole(reader.readInt());
    const cookie = whole(reader.readString(octets, true));
    return cookie.length === 0 ? undefined : Buffer.from(cookie);
  } catch {
    throw broken("its cookie cannot be read");
  }
}

/** Where a value is missing ldapts' reader stands still; going on would never end. */
function whole<T>(part: T | null): T {
  if (part === null) throw broken("it ends too soon");
  return part;
}

/** Values of an attribute, its name without case; undefined when the entry has none of it. */
export function valuesOf(entry: RawEntry, name: string): readonly Buffer[] | undefined {
  const found = entry.attributes.find((attribute) => attribute.name === name)
    ?? findWithoutCase(entry.attributes, name.toLowerCase());
  const values = found?.values;
  return values === undefined || values.length === 0 ? undefined : values;
}

function findWithoutCase(
  attributes: readonly RawAttribute[], wanted: string,
): RawAttribute | undefined {
  return attributes.find((attribute) =>
    attribute.name.length === wanted.length && attribute.name.toLowerCase() === wanted);
}
