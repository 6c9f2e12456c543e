import type { ConnectorAttributeType, ConnectorScalar } from "../connector.js";
import { typesOf } from "../values/foreign-types.js";
import type { ScimType } from "./schema.js";

const types = typesOf("scim");

/** What a value of SCIM is to us. */
export function connectorTypeOf(type: ScimType): ConnectorAttributeType {
  return types.get(type) ?? "string";
}

const instantPattern =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/i;

/**
 * A value as the type says; undefined where it is not of it. Servers write some values as texts or
 * as numbers that should be the other: who they are does not hang on that.
 */
export function fromScim(type: ScimType, json: unknown): ConnectorScalar | undefined {
  if (typeof json !== "string" && typeof json !== "number" && typeof json !== "boolean") {
    return undefined;
  }
  const text = String(json);
  // PostgreSQL has no U+0000, and UTF-8 no half of a pair.
  if (text.includes("\0") || !text.isWellFormed()) return undefined;
  switch (type) {
    case "boolean":
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined;
    case "integer": {
      if (!/^-?\d+(?:\.0+)?$/.test(text)) return undefined;
      const number = Number(text);
      if (Number.isSafeInteger(number)) return number + 0;
      return BigInt(text.replace(/\..*/, "")).toString();
    }
    case "decimal":
      return /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? json as ConnectorScalar
        : undefined;
    case "dateTime":
      return instantPattern.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
    case "binary":
      return fromBase64(text);
    default:
      return text;
  }
}

/** The JSON of a value; undefined where the value is not of the type. */
export function toScim(type: ScimType, value: ConnectorScalar): ConnectorScalar | undefined {
  const read = fromScim(type, value);
  if (read === undefined) return undefined;
  if (type === "decimal" && typeof read === "string") {
    // A text that the number would not give back stays a text.
    return String(Number(read)) === read ? Number(read) : read;
  }
  return read;
}

/** RFC 7643 §2.3.6 allows both alphabets of base64; ours is the first. */
function fromBase64(text: string): string | undefined {
  const common = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(common) || common.length % 4 === 1) return undefined;
  return Buffer.from(common, "base64").toString("base64");
}

/** One text for all spellings of what is the same. */
export function comparable(type: ScimType, value: ConnectorScalar, ignoreCase: boolean): string {
  if (type === "dateTime") {
    const fraction = /\.(\d+)/.exec(String(value))?.[1]?.replace(/0+$/, "") ?? "";
    return `${Math.floor(Date.parse(String(value)) / 1000)}.${fraction}`;
  }
  if (type === "decimal") return String(Number(value));
  return ignoreCase ? String(value).toLowerCase() : String(value);
}
