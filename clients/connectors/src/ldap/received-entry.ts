import type { AttributeNames } from "./attribute-names.js";
import { broken } from "./frames.js";
import type { RawAttribute, RawEntry } from "./messages.js";

const octets = 0x04;
const sequence = 0x30;
const set = 0x31;

/**
 * Reads the content of a search result entry (RFC 4511 §4.5.2), which goes from `at` to `end`.
 * Every length is looked at here, so values can be cut out later, and only those that are wanted.
 * Throws ConnectorError for a broken one.
 */
export function readReceivedEntry(
  frame: Buffer, at: number, end: number, names: AttributeNames,
): RawEntry {
  const part = new Part(frame);
  part.open(octets, at, end);
  const dn = frame.toString("utf8", part.begin, part.end);
  part.open(sequence, part.end, end);
  const attributes: RawAttribute[] = [];
  const listEnd = part.end;
  for (let next = part.begin; next < listEnd;) {
    part.open(sequence, next, listEnd);
    next = part.end;
    part.open(octets, part.begin, next);
    const name = names.take(frame, part.begin, part.end);
    part.open(set, part.end, next);
    const { begin: valuesBegin, end: valuesEnd } = part;
    for (let seen = valuesBegin; seen < valuesEnd; seen = part.end) {
      part.open(octets, seen, valuesEnd);
    }
    attributes.push(new ReceivedAttribute(name, frame, valuesBegin, valuesEnd));
  }
  return { dn, attributes };
}

/** An attribute whose values still stand in the message that brought them. */
export class ReceivedAttribute implements RawAttribute {
  readonly name: string;
  private readonly frame: Buffer;
  private readonly begin: number;
  private readonly end: number;

  constructor(name: string, frame: Buffer, begin: number, end: number) {
    this.name = name;
    this.frame = frame;
    this.begin = begin;
    this.end = end;
  }

  get values(): readonly Buffer[] {
    return this.map((frame, begin, end) => frame.subarray(begin, end));
  }

  /** What each value is to the reader, who is shown where it stands. */
  map<T>(read: (frame: Buffer, begin: number, end: number) => T): T[] {
    const all: T[] = [];
    const part = new Part(this.frame);
    for (let next = this.begin; next < this.end; next = part.end) {
      part.open(octets, next, this.end);
      all.push(read(this.frame, part.begin, part.end));
    }
    return all;
  }
}

/** Where the content of a BER element begins and ends; one is moved along, to cost nothing. */
class Part {
  begin = 0;
  end = 0;
  private readonly frame: Buffer;

  constructor(frame: Buffer) {
    this.frame = frame;
  }

  /** Moves to the element at `at`, which ends before `limit`. Throws ConnectorError. */
  open(tag: number, at: number, limit: number): void {
    const { frame } = this;
    if (at + 2 > limit || frame[at] !== tag) throw broken("an entry cannot be read");
    let length = frame[at + 1] as number;
    let begin = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || begin + count > limit) throw broken("it has no length");
      length = frame.readUIntBE(begin, count);
      begin += count;
    }
    if (length > limit - begin) throw broken("a part is longer than the whole");
    this.begin = begin;
    this.end = begin + length;
  }
}
