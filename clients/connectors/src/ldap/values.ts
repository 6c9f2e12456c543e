import { isUtf8 } from "node:buffer";
import type { ConnectorAttributeType, ConnectorScalar } from "../connector.js";
import { integerFromText } from "../values/scalars.js";
import {
  fromFileTime, guidBytes, guidText, sidBytes, sidText, toFileTime,
} from "./windows-values.js";

/** How the directory writes a value: as its type says, or in a form of Windows. */
export type LdapFormat = ConnectorAttributeType | "fileTime" | "guid" | "sid";

/** What a value is to us, however it is written. */
export function typeOfFormat(format: LdapFormat): ConnectorAttributeType {
  if (format === "fileTime") return "instant";
  return format === "guid" || format === "sid" ? "string" : format;
}

/**
 * A value of the directory as the format says, which is `bytes` or a part of them; undefined when
 * it is not of that format.
 */
export function fromLdap(
  format: LdapFormat, bytes: Buffer, begin = 0, end = bytes.length,
): ConnectorScalar | undefined {
  if (format === "binary") return bytes.toString("base64", begin, end);
  if (format === "guid") return guidText(bytes.subarray(begin, end));
  if (format === "sid") return sidText(bytes.subarray(begin, end));
  const text = bytes.toString("utf8", begin, end);
  // Bytes that are no UTF-8 become U+FFFD; only a text that has one needs a closer look.
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(begin, end))) return undefined;
  switch (format) {
    case "boolean":
      // RFC 4517 §3.3.3 knows TRUE and FALSE only.
      return text === "TRUE" ? true : text === "FALSE" ? false : undefined;
    case "integer":
      return text.startsWith("+") ? undefined : integerFromText(text);
    case "instant":
      return fromGeneralizedTime(text);
    case "fileTime":
      return fromFileTime(text);
    default:
      return text;
  }
}

/** The directory's bytes for a value; undefined when the value is not of that format. */
export function toLdap(format: LdapFormat, value: ConnectorScalar): Buffer | undefined {
  switch (format) {
    case "guid":
      return guidBytes(String(value));
    case "sid":
      return sidBytes(String(value));
    case "binary":
      return typeof value === "string" ? fromBase64(value) : undefined;
    case "boolean":
      return typeof value === "boolean" ? Buffer.from(value ? "TRUE" : "FALSE") : fromWord(value);
    case "integer": {
      const text = String(value);
      return /^-?\d+$/.test(text) ? Buffer.from(text) : undefined;
    }
    case "instant":
    case "fileTime": {
      const convert = format === "fileTime" ? toFileTime : toGeneralizedTime;
      const text = typeof value === "string" ? convert(value) : undefined;
      return text === undefined ? undefined : Buffer.from(text);
    }
    default: {
      const text = String(value);
      return text.isWellFormed() ? Buffer.from(text, "utf8") : undefined;
    }
  }
}

function fromWord(value: ConnectorScalar): Buffer | undefined {
  const word = String(value).toUpperCase();
  return word === "TRUE" || word === "FALSE" ? Buffer.from(word) : undefined;
}

function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

const generalizedTime =
  /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:(\d\d))?)?(?:[.,](\d+))?(Z|[+-]\d\d(?:\d\d)?)$/;

/** RFC 4517 §3.3.13 as RFC 3339 in UTC; digits below the millisecond are cut. */
export function fromGeneralizedTime(text: string): string | undefined {
  const found = generalizedTime.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute = "00", second = "00", fraction, zone = "Z"] = found;
  const offset = zone === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(3) || "00"}`;
  const unitMs = found[5] === undefined ? 3_600_000 : found[6] === undefined ? 60_000 : 1_000;
  const at = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second === "60" ? "59" : second}${offset}`,
  );
  if (Number.isNaN(at)) return undefined;
  const parts = fraction === undefined ? 0 : Math.trunc(Number(`0.${fraction}`) * unitMs);
  const date = new Date(at + parts);
  return date.toISOString().replace(".000Z", "Z");
}

export function toGeneralizedTime(text: string): string | undefined {
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d\d-\d\d[Tt ]/.test(text)) return undefined;
  const [whole, fraction] = new Date(at).toISOString().slice(0, -1).split(".");
  const digits = (whole as string).replace(/[-:T]/g, "");
  return `${digits}${fraction === "000" ? "" : `.${fraction}`}Z`;
}
