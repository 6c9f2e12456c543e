import { BerWriter, Control, Filter, SearchFilter, type SearchFilterValues } from "ldapts";

/** A search filter (RFC 4515); values are bytes, so nothing in them can become syntax. */
export type LdapFilter =
  | { readonly kind: "and" | "or"; readonly filters: readonly LdapFilter[] }
  | { readonly kind: "not"; readonly filter: LdapFilter }
  | {
      readonly kind: "equal" | "atLeast" | "atMost" | "like";
      readonly attribute: string;
      readonly value: Buffer;
    }
  | { readonly kind: "present"; readonly attribute: string }
  | { readonly kind: "parts"; readonly attribute: string; readonly parts: readonly Buffer[] }
  | {
      readonly kind: "rule";
      readonly attribute: string | undefined;
      readonly rule: string | undefined;
      readonly ofDn: boolean;
      readonly value: Buffer;
    };

export function equal(attribute: string, value: string | Buffer): LdapFilter {
  return {
    kind: "equal",
    attribute,
    value: typeof value === "string" ? Buffer.from(value) : value,
  };
}

export function and(...filters: readonly LdapFilter[]): LdapFilter {
  return { kind: "and", filters };
}

export function or(...filters: readonly LdapFilter[]): LdapFilter {
  return { kind: "or", filters };
}

const attributePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)(?:;[A-Za-z0-9-]+)*/;
const depthMax = 64;

/**
 * Reads a filter as people write it. ldapts has a parser, but it takes each escaped byte for a
 * character, so `\c3\a9` becomes four bytes. Throws SyntaxError.
 */
export function parseFilter(text: string): LdapFilter {
  const reader = new FilterReader(text);
  return reader.readWhole();
}

const escapedBytes = new Set([0x00, 0x28, 0x29, 0x2a, 0x5c]);

/** The text of a filter (RFC 4515 §3). */
export function formatFilter(filter: LdapFilter): string {
  switch (filter.kind) {
    case "and":
    case "or":
      return `(${filter.kind === "and" ? "&" : "|"}${filter.filters.map(formatFilter).join("")})`;
    case "not":
      return `(!${formatFilter(filter.filter)})`;
    case "present":
      return `(${filter.attribute}=*)`;
    case "parts":
      return `(${filter.attribute}=${filter.parts.map(escapeValue).join("*")})`;
    case "rule": {
      const rule = filter.rule === undefined ? "" : `:${filter.rule}`;
      const of = (filter.attribute ?? "") + (filter.ofDn ? ":dn" : "");
      return `(${of}${rule}:=${escapeValue(filter.value)})`;
    }
    case "equal":
      return `(${filter.attribute}=${escapeValue(filter.value)})`;
    case "atLeast":
      return `(${filter.attribute}>=${escapeValue(filter.value)})`;
    case "atMost":
      return `(${filter.attribute}<=${escapeValue(filter.value)})`;
    case "like":
      return `(${filter.attribute}~=${escapeValue(filter.value)})`;
  }
}

/** Every byte outside printable ASCII is escaped, so the text is the same whatever reads it. */
function escapeValue(value: Buffer): string {
  let text = "";
  for (const byte of value) {
    const plain = byte >= 0x20 && byte < 0x7f && !escapedBytes.has(byte);
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(16).padStart(2, "0")}`;
  }
  return text;
}

/** A filter as ldapts puts it into a search request (RFC 4511 §4.5.1.7). */
export class EncodedFilter extends Filter {
  readonly type: SearchFilterValues = SearchFilter.present;

  private readonly filter: LdapFilter;

  constructor(filter: LdapFilter) {
    super();
    this.filter = filter;
  }

  override write(writer: BerWriter): void {
    writeFilter(writer, this.filter);
  }

  override toString(): string {
    return formatFilter(this.filter);
  }
}

/**
 * Lets the server perform an operation only while the entry fits the filter (RFC 4528); otherwise
 * it answers assertionFailed (122).
 */
export class AssertionControl extends Control {
  static readonly type = "1.3.6.1.1.12";

  private readonly filter: LdapFilter;

  constructor(filter: LdapFilter) {
    super(AssertionControl.type, { critical: true });
    this.filter = filter;
  }

  protected override writeControl(writer: BerWriter): void {
    const inner = new BerWriter();
    writeFilter(inner, this.filter);
    writer.writeBuffer(inner.buffer, octets);
  }
}

const octets = 0x04;
const comparisons = {
  equal: SearchFilter.equalityMatch, atLeast: SearchFilter.greaterOrEqual,
  atMost: SearchFilter.lessOrEqual, like: SearchFilter.approxMatch,
} as const;

function writeFilter(writer: BerWriter, filter: LdapFilter): void {
  if (filter.kind === "present") {
    writer.writeString(filter.attribute, SearchFilter.present);
    return;
  }
  writer.startSequence(tagOf(filter));
  switch (filter.kind) {
    case "and":
    case "or":
      for (const each of filter.filters) writeFilter(writer, each);
      break;
    case "not":
      writeFilter(writer, filter.filter);
      break;
    case "parts":
      writeParts(writer, filter.attribute, filter.parts);
      break;
    case "rule":
      if (filter.rule !== undefined) writer.writeString(filter.rule, 0x81);
      if (filter.attribute !== undefined) writer.writeString(filter.attribute, 0x82);
      writer.writeBuffer(filter.value, 0x83);
      if (filter.ofDn) writer.writeBoolean(true, 0x84);
      break;
    default:
      writer.writeString(filter.attribute);
      writer.writeBuffer(filter.value, octets);
  }
  writer.endSequence();
}

function tagOf(filter: Exclude<LdapFilter, { readonly kind: "present" }>): number {
  switch (filter.kind) {
    case "and":
      return SearchFilter.and;
    case "or":
      return SearchFilter.or;
    case "not":
      return SearchFilter.not;
    case "parts":
      return SearchFilter.substrings;
    case "rule":
      return SearchFilter.extensibleMatch;
    default:
      return comparisons[filter.kind];
  }
}

function writeParts(writer: BerWriter, attribute: string, parts: readonly Buffer[]): void {
  writer.writeString(attribute);
  writer.startSequence();
  for (const [at, part] of parts.entries()) {
    if (part.length === 0) continue;
    const isLast = at === parts.length - 1;
    writer.writeBuffer(part, at === 0 ? 0x80 : isLast ? 0x82 : 0x81);
  }
  writer.endSequence();
}

class FilterReader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  readWhole(): LdapFilter {
    this.skipSpace();
    const filter = this.read();
    this.skipSpace();
    if (this.at < this.text.length) throw this.error("something follows the filter");
    return filter;
  }

  private read(): LdapFilter {
    if (this.depth === depthMax) throw this.error(`it is nested deeper than ${depthMax}`);
    this.depth += 1;
    this.expect("(");
    const filter = this.readInside();
    this.expect(")");
    this.depth -= 1;
    return filter;
  }

  private readInside(): LdapFilter {
    const sign = this.text.charAt(this.at);
    if (sign === "!") {
      this.at += 1;
      this.skipSpace();
      const filter = this.read();
      this.skipSpace();
      return { kind: "not", filter };
    }
    if (sign !== "&" && sign !== "|") return this.readItem();
    this.at += 1;
    const filters: LdapFilter[] = [];
    for (this.skipSpace(); this.text.charAt(this.at) === "("; this.skipSpace()) {
      filters.push(this.read());
    }
    return { kind: sign === "&" ? "and" : "or", filters };
  }

  private readItem(): LdapFilter {
    const attribute = attributePattern.exec(this.text.slice(this.at))?.[0];
    this.at += attribute?.length ?? 0;
    const sign = this.text.charAt(this.at);
    if (sign === ":") return this.readRule(attribute);
    if (attribute === undefined) throw this.error("an attribute is due");
    const kinds = { ">": "atLeast", "<": "atMost", "~": "like" } as const;
    if (sign === ">" || sign === "<" || sign === "~") {
      this.at += 1;
      this.expect("=");
      return { kind: kinds[sign], attribute, value: this.readValue() };
    }
    this.expect("=");
    const parts = [this.readValue()];
    while (this.text.charAt(this.at) === "*") {
      this.at += 1;
      parts.push(this.readValue());
    }
    if (parts.length === 1) return { kind: "equal", attribute, value: parts[0] as Buffer };
    if (parts.length === 2 && parts.every((part) => part.length === 0)) {
      return { kind: "present", attribute };
    }
    if (parts.slice(1, -1).some((part) => part.length === 0))
      throw this.error("two * side by side");
    return { kind: "parts", attribute, parts };
  }

  private readRule(attribute: string | undefined): LdapFilter {
    const found = /^(:dn)?(?::([A-Za-z0-9.-]+))?:=/i.exec(this.text.slice(this.at));
    if (found === null || (attribute === undefined && found[2] === undefined)) {
      throw this.error("a matching rule is due");
    }
    this.at += found[0].length;
    return {
      kind: "rule",
      attribute,
      rule: found[2],
      ofDn: found[1] !== undefined,
      value: this.readValue(),
    };
  }

  private readValue(): Buffer {
    const parts: Buffer[] = [];
    while (this.at < this.text.length) {
      const plain = /^[^()*\\\0]+/.exec(this.text.slice(this.at))?.[0];
      if (plain !== undefined) {
        parts.push(Buffer.from(plain));
        this.at += plain.length;
      } else if (this.text.charAt(this.at) === "\\") {
        const digits = this.text.slice(this.at + 1, this.at + 3);
        if (!/^[0-9a-f]{2}$/i.test(digits)) throw this.error("two hexadecimal digits are due");
        parts.push(Buffer.from(digits, "hex"));
        this.at += 3;
      } else break;
    }
    return Buffer.concat(parts);
  }

  private expect(sign: string): void {
    if (this.text.charAt(this.at) !== sign) throw this.error(`${sign} is due`);
    this.at += 1;
  }

  private skipSpace(): void {
    while (/[ \n\r\t]/.test(this.text.charAt(this.at))) this.at += 1;
  }

  private error(message: string): SyntaxError {
    return new SyntaxError(`at ${this.at + 1}: ${message}`);
  }
}
