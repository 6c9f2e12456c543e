import { ConnectorError } from "../connector.js";
import type { HttpAnswer } from "./http-transport.js";

/**
 * The JSON of an answer. Integers that a number cannot hold exactly are texts of their digits.
 * Throws `SOURCE_UNREADABLE` for what is something else, such as a page to sign in on,
 * `SOURCE_INCOMPLETE` for JSON that ends before its end, `SOURCE_ENCODING` for what is no UTF-8.
 */
export function jsonOf({ headers, body }: HttpAnswer): unknown {
  const type = (headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const isJson = /^application\/(?:[\w.-]+\+)?json$/.test(type);
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") {
    throw unreadable(`an answer is compressed, which nobody asked for`);
  }
  // Some servers call everything text/plain, or say nothing; a page is never taken for data.
  if (!isJson && type !== "" && type !== "text/plain") {
    throw unreadable(`an answer is no JSON but ${/^[\w.+/-]{1,60}$/.test(type) ? type : "else"}`);
  }
  const text = textOf(body);
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    if (!isJson) throw unreadable("an answer is no JSON");
    const why = "an answer says that it is JSON and is not, as if cut off";
    throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
  }
}

function textOf(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new ConnectorError("stop", "SOURCE_ENCODING", "an answer is no UTF-8", { cause });
  }
}

/** What a reviver is told beside key and value (ECMAScript 2026). */
interface JsonPlace {
  readonly source?: string;
}

/** Throws SyntaxError. */
function parseJson(text: string): unknown {
  // Only a text with many digits can hold a number that is not exact.
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, (_key, value: unknown, place?: JsonPlace) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = place?.source ?? "";
    return /^-?\d+$/.test(source) ? source : value;
  }) as unknown;
}

function unreadable(why: string): ConnectorError {
  return new ConnectorError("stop", "SOURCE_UNREADABLE", why);
}
