import type { RawEntry } from "./messages.js";
import type { LdapSession } from "./session.js";

/** Name that asks for so many values from one on (MS-ADTS §3.1.1.3.1.3.3). */
export function rangeOf(attribute: string, from: number, count: number | undefined): string {
  const to = count === undefined ? "*" : String(from + count - 1);
  return `${attribute};range=${from}-${to}`;
}

/**
 * All values of an attribute, part by part. Active Directory gives many values in ranges:
 * `member;range=0-1499` means that more follow, until one ends with `*`. Throws ConnectorError.
 */
export async function* rangedValues(
  session: LdapSession, entry: RawEntry, attribute: string,
): AsyncGenerator<readonly Buffer[]> {
  const { membersAtOnce } = session.dialect;
  let current: RawEntry | undefined = entry;
  while (current !== undefined) {
    let next: string | undefined;
    for (const { name, values } of current.attributes) {
      const [base = "", ...options] = name.toLowerCase().split(";");
      if (base !== attribute.toLowerCase()) continue;
      yield values;
      const end = /^range=\d+-(\d+)$/.exec(
        options.find((option) => option.startsWith("range=")) ?? "",
      );
      if (end !== null) next = rangeOf(attribute, Number(end[1]) + 1, membersAtOnce);
    }
    current = next === undefined ? undefined : await session.readEntry(entry.dn, [next]);
  }
}

/** The entry with all values of attributes that came in a first range, but for the one named. */
export async function withAllValues(
  session: LdapSession, entry: RawEntry, except: string | undefined,
): Promise<RawEntry> {
  const isPart = (name: string): boolean =>
    /;range=/i.test(name) && name.split(";")[0]?.toLowerCase() !== except?.toLowerCase();
  if (!entry.attributes.some(({ name }) => isPart(name))) return entry;
  const attributes = await Promise.all(entry.attributes.map(async (attribute) => {
    if (!isPart(attribute.name)) return attribute;
    const name = attribute.name.replace(/;range=[^;]*/i, "");
    const values: Buffer[] = [];
    const only = { dn: entry.dn, attributes: [attribute] };
    for await (const part of rangedValues(session, only, name)) values.push(...part);
    return { name, values };
  }));
  return { dn: entry.dn, attributes };
}
