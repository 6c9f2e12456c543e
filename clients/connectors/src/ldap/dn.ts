/** One name and value of a relative name. A value that stands as BER in the text is bytes. */
export interface DnPart {
  readonly type: string;
  readonly value: string | Buffer;
}

/** Its parts are several where they are joined by `+`. */
export type Rdn = readonly DnPart[];
/** From the entry up to the root. */
export type Dn = readonly Rdn[];

/**
 * Reads a distinguished name (RFC 4514 §3), with the white space around separators and the quoted
 * values that RFC 2253 §4 still asks to accept. Undefined when it is none.
 */
export function parseDn(text: string): Dn | undefined {
  const reader = new DnReader(text);
  try {
    return reader.read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The text of a name (RFC 4514 §2), each value escaped so that it stands for itself. */
export function formatDn(dn: Dn): string {
  return dn.map(formatRdn).join(",");
}

export function formatRdn(rdn: Rdn): string {
  return rdn.map(({ type, value }) => `${type}=${formatValue(value)}`).join("+");
}

const controls = /[\u0000-\u001f\u007f]/g;

function hexEscape(sign: string): string {
  return `\\${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

function formatValue(value: string | Buffer): string {
  if (typeof value !== "string") return `#${value.toString("hex")}`;
  // RFC 4514 §2.4: the signs that need it, a leading space or #, a trailing space, and NUL; the
  // other control characters too, as some servers take them for space around the value.
  const inner = value.replace(/["+,;<>\\=]/g, "\\$&").replace(controls, hexEscape);
  const ended = inner.endsWith(" ") ? `${inner.slice(0, -1)}\\ ` : inner;
  return /^[ #]/.test(ended) ? `\\${ended}` : ended;
}

/** Most names have nothing that could be spelled in two ways. */
const plainDn =
  /^(?:[a-z][a-z0-9-]*=[^\\"#+;<>=, \0-\x1f\x7f][^\\"#+;<>=,\0-\x1f\x7f]*(?<! )(?:,(?=.)|$))+$/i;

/** A name as `formatDn` spells it; a text that is no name stays as it is. */
export function canonicalDn(text: string): string {
  if (plainDn.test(text)) return text;
  const dn = parseDn(text);
  return dn === undefined ? text : formatDn(dn);
}

/**
 * A key that two spellings of one name share: names of attributes and letters without case, white
 * space single (caseIgnoreMatch, RFC 4518 §2), parts of an RDN in one order.
 */
export function dnKey(dn: Dn): string {
  return dn.map((rdn) => rdn.map(partKey).sort().join("+")).join(",");
}

function partKey({ type, value }: DnPart): string {
  const text = typeof value === "string"
    ? value.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ") : value;
  return `${type.toLowerCase()}=${formatValue(text)}`;
}

/** The key of a name given as text; a text that is no name is its own key. */
export function dnTextKey(text: string): string {
  const dn = parseDn(text);
  return dn === undefined ? text.toLowerCase() : dnKey(dn);
}

/** Whether a name is the other or lies below it. */
export function isWithin(dn: Dn, base: Dn): boolean {
  return dn.length >= base.length && dnKey(dn.slice(dn.length - base.length)) === dnKey(base);
}

/** Whether two names are spelled the same but for escapes and the case of attribute names. */
export function isSameSpelling(left: Dn, right: Dn): boolean {
  const spelling = (dn: Dn): string => formatDn(dn.map((rdn) =>
    rdn.map(({ type, value }) => ({ type: type.toLowerCase(), value }))));
  return spelling(left) === spelling(right);
}

class DnReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  read(): Dn {
    this.skipSpace();
    if (this.at === this.text.length) return [];
    const dn: Rdn[] = [];
    for (;;) {
      dn.push(this.readRdn());
      if (this.at === this.text.length) return dn;
      // RFC 2253 §4 accepts a semicolon too.
      if (!/[,;]/.test(this.text.charAt(this.at))) throw new SyntaxError("no separator");
      this.at += 1;
    }
  }

  private readRdn(): Rdn {
    const parts: DnPart[] = [];
    for (;;) {
      parts.push({ type: this.readType(), value: this.readValue() });
      if (this.text.charAt(this.at) !== "+") return parts;
      this.at += 1;
    }
  }

  private readType(): string {
    this.skipSpace();
    const found = /^(?:[A-Za-z][A-Za-z0-9-]*|(?:oid\.)?\d+(?:\.\d+)*)/i.exec(
      this.text.slice(this.at),
    );
    if (found === null) throw new SyntaxError("no attribute name");
    this.at += found[0].length;
    this.skipSpace();
    if (this.text.charAt(this.at) !== "=") throw new SyntaxError("no =");
    this.at += 1;
    this.skipSpace();
    return found[0];
  }

  private readValue(): string | Buffer {
    const begin = this.text.charAt(this.at);
    if (begin === "#") return this.readHex();
    if (begin === "\"") return this.readQuoted();
    const bytes: Buffer[] = [];
    let from = this.at;
    let keep = 0;
    let length = 0;
    const add = (part: Buffer): void => {
      bytes.push(part);
      length += part.length;
    };
    while (this.at < this.text.length) {
      const sign = this.text.charAt(this.at);
      if (/[,;+]/.test(sign)) break;
      if (/["<>\0]/.test(sign)) throw new SyntaxError("a sign that needs an escape");
      if (sign === "\\") {
        add(Buffer.from(this.text.slice(from, this.at)));
        add(this.readEscape());
        keep = length;
        from = this.at;
      } else this.at += 1;
    }
    add(Buffer.from(this.text.slice(from, this.at)));
    const value = Buffer.concat(bytes);
    // Spaces before a separator are no part of the value unless they are escaped.
    let end = value.length;
    while (end > keep && value[end - 1] === 0x20) end -= 1;
    return value.subarray(0, end).toString("utf8");
  }

  private readQuoted(): string {
    this.at += 1;
    const bytes: Buffer[] = [];
    while (this.at < this.text.length) {
      const sign = this.text.charAt(this.at);
      if (sign === "\"") {
        this.at += 1;
        this.skipSpace();
        return Buffer.concat(bytes).toString("utf8");
      }
      if (sign === "\\") bytes.push(this.readEscape());
      else {
        const unit = String.fromCodePoint(this.text.codePointAt(this.at) as number);
        bytes.push(Buffer.from(unit));
        this.at += unit.length;
      }
    }
    throw new SyntaxError("no closing quote");
  }

  private readHex(): Buffer {
    const found = /^#((?:[0-9a-f]{2})+) */i.exec(this.text.slice(this.at));
    if (found === null) throw new SyntaxError("no bytes after #");
    this.at += found[0].length;
    return Buffer.from(found[1] as string, "hex");
  }

  /** A sign after a backslash, or a byte as two hexadecimal digits. */
  private readEscape(): Buffer {
    const rest = this.text.slice(this.at + 1, this.at + 3);
    if (/^[0-9a-f]{2}$/i.test(rest)) {
      this.at += 3;
      return Buffer.from(rest, "hex");
    }
    const sign = rest.charAt(0);
    if (!/[ "#+,;<=>\\]/.test(sign)) throw new SyntaxError("an escape that is none");
    this.at += 2;
    return Buffer.from(sign);
  }

  private skipSpace(): void {
    while (this.text.charAt(this.at) === " ") this.at += 1;
  }
}
