import { ConnectorError } from "../connector.js";
import { valuesOf, type RawEntry } from "./messages.js";
import type { LdapSession } from "./session.js";

/** Name that asks for so many values from one on (MS-ADTS §3.1.1.3.1.3.3). */
export function rangeOf(attribute: string, from: number, count: number | undefined): string {
  const to = count === undefined ? "*" : String(from + count - 1);
  return `${attribute};range=${from}-${to}`;
}

const passesMax = 5;

/**
 * All values of an attribute, part by part, each once. Active Directory gives many values in
 * ranges: `member;range=0-1499` means that more follow, until one ends with `*`. Where the entry
 * changed between two ranges the values may have moved under our hands: then all are read again,
 * and those not seen yet are given. Throws ConnectorError.
 */
export async function* rangedValues(
  session: LdapSession, entry: RawEntry, attribute: string,
): AsyncGenerator<readonly Buffer[]> {
  const { revisionAttribute: revision, membersAtOnce } = session.dialect;
  const seen = new Set<string>();
  let first = entry;
  for (let pass = 1; pass <= passesMax; pass += 1) {
    const revisions = new Set([revisionOf(first, revision)]);
    let part = partOf(first, attribute);
    // What comes in one answer is of one moment, and needs no memory.
    if (part === undefined || (pass === 1 && part.next === undefined)) {
      if (part !== undefined) yield part.values;
      return;
    }
    for (;;) {
      const fresh = part.values.filter((value) => !seen.has(value.toString("latin1")));
      for (const value of fresh) seen.add(value.toString("latin1"));
      if (fresh.length > 0) yield fresh;
      if (part.next === undefined) break;
      const next = await read(session, entry.dn, rangeOf(attribute, part.next, membersAtOnce));
      revisions.add(revisionOf(next, revision));
      part = partOf(next, attribute) ?? ended(attribute, revisions);
    }
    if (revisions.size === 1) return;
    first = await read(session, entry.dn, rangeOf(attribute, 0, membersAtOnce));
  }
  const why = `the values of "${attribute}" change faster than they can be read`;
  throw new ConnectorError("retry", "CONNECTOR_BUSY", why);
}

/** Of an entry that went or was renamed meanwhile half the values are known: they are not all. */
async function read(session: LdapSession, dn: string, range: string): Promise<RawEntry> {
  const { revisionAttribute } = session.dialect;
  const attributes = revisionAttribute === undefined ? [range] : [range, revisionAttribute];
  const entry = await session.readEntry(dn, attributes);
  if (entry !== undefined) return entry;
  const why = "an entry went or was renamed while its values were read";
  throw new ConnectorError("retry", "CONNECTOR_BUSY", why);
}

/** Nothing where more was said to be: right only where the entry changed, and is read again. */
function ended(attribute: string, revisions: ReadonlySet<string | undefined>): Part {
  if (revisions.size > 1) return { values: [], next: undefined };
  const why = `values of "${attribute}" are missing that the server says it has`;
  throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
}

function revisionOf(entry: RawEntry, attribute: string | undefined): string | undefined {
  if (attribute === undefined) return undefined;
  return valuesOf(entry, attribute)?.[0]?.toString("latin1");
}

interface Part {
  readonly values: readonly Buffer[];
  /** Number of the value that the next range begins with; undefined at the end. */
  readonly next: number | undefined;
}

function partOf({ attributes }: RawEntry, wanted: string): Part | undefined {
  let part: Part | undefined;
  for (const { name, values } of attributes) {
    const [base = "", ...options] = name.toLowerCase().split(";");
    if (base !== wanted.toLowerCase()) continue;
    const end = /^range=\d+-(\d+)$/.exec(
      options.find((option) => option.startsWith("range=")) ?? "",
    );
    part = {
      values: [...(part?.values ?? []), ...values],
      next: end === null ? part?.next : Number(end[1]) + 1,
    };
  }
  return part;
}

/** The entries with all values of attributes that came in a first range, but for one named. */
export async function wholeEntries(
  session: LdapSession, entries: readonly RawEntry[], except: string | undefined,
): Promise<readonly RawEntry[]> {
  const isPart = (name: string): boolean =>
    name.includes(";") && /;range=/i.test(name)
    && name.split(";")[0]?.toLowerCase() !== except?.toLowerCase();
  const isPartial = (entry: RawEntry): boolean =>
    entry.attributes.some(({ name }) => isPart(name));
  // Nearly always all of them are whole.
  if (!entries.some(isPartial)) return entries;
  return Promise.all(entries.map(async (entry) =>
    isPartial(entry) ? wholeEntry(session, entry, isPart) : entry));
}

async function wholeEntry(
  session: LdapSession, entry: RawEntry, isPart: (name: string) => boolean,
): Promise<RawEntry> {
  const attributes = await Promise.all(entry.attributes.map(async (attribute) => {
    if (!isPart(attribute.name)) return attribute;
    const name = attribute.name.replace(/;range=[^;]*/i, "");
    const values: Buffer[] = [];
    for await (const part of rangedValues(session, entry, name)) values.push(...part);
    return { name, values };
  }));
  return { dn: entry.dn, attributes };
}
