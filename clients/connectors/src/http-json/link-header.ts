import { ConnectorError } from "../connector.js";

const oneLink = new RegExp([
  /\s*<([^<>]*)>/, /((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)/,
  /\s*(?:,|$)/,
].map(({ source }) => source).join(""), "y");

/**
 * The address of the next page (RFC 8288 §3, rel="next"); undefined where the header names none.
 * Throws `SOURCE_UNREADABLE` for a header that cannot be understood: it may name one.
 */
export function nextLinkOf(header: string | undefined): string | undefined {
  const text = header?.trim() ?? "";
  let next: string | undefined;
  for (let at = 0; at < text.length;) {
    oneLink.lastIndex = at;
    const [all, target, parameters = ""] = oneLink.exec(text) ?? [];
    if (all === undefined || all === "") {
      const why = "the header Link of an answer cannot be understood";
      throw new ConnectorError("stop", "SOURCE_UNREADABLE", why);
    }
    const [, quoted, bare] = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i.exec(parameters) ?? [];
    const relations = (quoted ?? bare ?? "").toLowerCase().split(/\s+/);
    if (relations.includes("next")) next ??= target;
    at += all.length;
  }
  return next;
}
