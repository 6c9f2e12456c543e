import type { ConnectorAttributeType, ConnectorScalar } from "../connector.js";
import { scalarFromText } from "../values/scalars.js";

/**
 * A value as the type says; undefined where it is not of it. Systems write some values as texts or
 * as numbers that should be the other: what they mean does not hang on that.
 */
export function fromJson(type: ConnectorAttributeType, json: unknown): ConnectorScalar | undefined {
  if (typeof json !== "string" && typeof json !== "number" && typeof json !== "boolean") {
    return undefined;
  }
  const text = String(json);
  // PostgreSQL has no U+0000, and UTF-8 no half of a pair.
  if (text.includes("\0") || !text.isWellFormed()) return undefined;
  return scalarFromText(type, text);
}

/** The JSON of a value, none bent: undefined where the value is not of the type. */
export function toJson(type: ConnectorAttributeType, value: ConnectorScalar):
ConnectorScalar | undefined {
  const read = fromJson(type, value);
  if (type !== "decimal" || read === undefined) return read;
  // A text that the number would not give back stays a text.
  return String(Number(read)) === String(read) ? Number(read) : String(read);
}

/** One text for all spellings of what is the same. */
export function comparable(
  type: ConnectorAttributeType, value: ConnectorScalar, ignoreCase: boolean,
): string {
  if (type === "instant") return new Date(String(value)).toISOString();
  if (type === "decimal") {
    const [whole = "", fraction = ""] = String(value).replace(/^\+/, "").split(".");
    return `${whole.replace(/^(-?)0+(?=\d)/, "$1")}.${fraction.replace(/0+$/, "")}`;
  }
  return ignoreCase ? String(value).toLowerCase() : String(value);
}
