/** One entry of an LDIF file (RFC 2849), attribute names in lower case. */
export interface LdifEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Entries of a content LDIF: comments left out, folded lines joined, base64 values decoded. */
export function readLdif(text: string): LdifEntry[] {
  const unfolded = text.replaceAll("\r\n", "\n").replaceAll(/\n /g, "");
  return unfolded.split(/\n\n+/).flatMap((record) => {
    const entry: Record<string, string[]> = {};
    for (const line of record.split("\n")) {
      if (line.startsWith("#") || line.trim() === "") continue;
      const [, name = "", isBase64, value = ""] = /^([^:]+):(:?)\s*(.*)$/.exec(line) ?? [];
      const decoded = isBase64 ? Buffer.from(value, "base64").toString("utf8") : value;
      (entry[name.toLowerCase()] ??= []).push(decoded);
    }
    const dn = entry["dn"]?.[0];
    return dn === undefined ? [] : [{ dn, attributes: entry }];
  });
}

/** The first value of an attribute; empty when there is none. */
export function oneOf(entry: LdifEntry, name: string): string {
  return entry.attributes[name.toLowerCase()]?.[0] ?? "";
}
