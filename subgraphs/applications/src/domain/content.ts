import { hash } from "node:crypto";
import type { AttributeSchema, Value } from "@joinery/engine";

/** What a system holds for one person or group, as a connector gives it. */
export interface ReadObject {
  readonly kind: string;
  readonly anchor: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly enabled?: boolean;
}

export interface Content {
  /** JSON of the attributes in one form: names sorted, sets sorted. */
  readonly attributes: string;
  /** SHA-256 over kind, anchor, name, state and attributes. */
  readonly digest: Buffer;
}

/** Bytes of one object's attributes; before and after of one change fit into an event. */
export const objectUnitsMax = 200 * 1024;

/**
 * Turns objects of one kind into content, so that equal objects are equal bytes whatever the order
 * in which the system names attributes and values. Objects of one read mostly have the same names
 * in the same order, so how to sort them is kept.
 */
export class ContentReader {
  readonly #ordered: ReadonlySet<string>;
  #names: readonly string[] = [];
  #sorted: readonly { readonly name: string; readonly prefix: string }[] = [];

  constructor(schema: readonly AttributeSchema[]) {
    this.#ordered = new Set(schema.filter((each) => each.ordered === true).map(({ name }) => name));
  }

  read(object: ReadObject): Content {
    const attributes = this.#text(object.attributes);
    const { kind, anchor, name, enabled } = object;
    const state = enabled === undefined ? "" : String(enabled);
    const head = `${kind} ${anchor.length} ${name.length} ${state} ${anchor}${name}`;
    return { attributes, digest: hash("sha256", head + attributes, "buffer") };
  }

  #text(attributes: Readonly<Record<string, Value>>): string {
    const names = Object.keys(attributes);
    if (!isSame(names, this.#names)) {
      this.#names = names;
      this.#sorted = names.toSorted().map((name, at) => ({
        name, prefix: `${at === 0 ? "" : ","}${JSON.stringify(name)}:`,
      }));
    }
    let text = "{";
    for (const { name, prefix } of this.#sorted) {
      const value = attributes[name] as Value;
      const written = Array.isArray(value) ? this.#values(name, value) : value;
      text += prefix + JSON.stringify(written);
    }
    return `${text}}`;
  }

  /** A set is written sorted; of an attribute that keeps its order nothing is moved. */
  #values(name: string, values: readonly (string | number | boolean)[]): Value {
    if (values.length < 2 || this.#ordered.has(name)) return values;
    return values.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

/**
 * Why PostgreSQL could not keep an object whole; null when it can. U+0000 and lone surrogates have
 * no place in its text, and more than `objectUnitsMax` none in an event.
 */
export function contentProblem(
  object: ReadObject,
  content: Content,
): { readonly code: "VALUE_INVALID" | "VALUE_TOO_LARGE"; readonly reason: string } | null {
  const { attributes } = content;
  if (attributes.length > objectUnitsMax) {
    return { code: "VALUE_TOO_LARGE", reason: "its attributes are longer than 200 KiB" };
  }
  const { anchor, name } = object;
  if (!isKeepable(anchor) || !isKeepable(name) || hasBadEscape(attributes)) {
    return { code: "VALUE_INVALID", reason: "it holds U+0000 or half a character" };
  }
  if (isTooLong(anchor) || isTooLong(name)) {
    return { code: "VALUE_TOO_LARGE", reason: "its anchor or name is longer than 2,000 bytes" };
  }
  return null;
}

/** A text of more bytes fits no index. */
export function isTooLong(text: string): boolean {
  return text.length > 500 && Buffer.byteLength(text) > 2_000;
}

export function isKeepable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** JSON.stringify writes U+0000 and lone surrogates, and hardly anything else, as `\u…`. */
function hasBadEscape(json: string): boolean {
  if (!json.includes("\\u")) return false;
  return /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(json);
}
