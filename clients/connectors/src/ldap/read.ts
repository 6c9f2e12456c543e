import {
  ConnectorError, type ConnectorMember, type ConnectorObject, type ConnectorSkip, type ReadBatch,
  type ReadOptions,
} from "../connector.js";
import { chunks } from "../chunks.js";
import type { LdapConfiguration, LdapGroups } from "./configuration.js";
import { readDirectory } from "./directory.js";
import { dnTextKey } from "./dn.js";
import { EntryKind } from "./entries.js";
import { parseFilter } from "./filter.js";
import { hiddenMembers, hidesMembers } from "./hidden-members.js";
import { MemberNames } from "./member-names.js";
import type { RawEntry } from "./messages.js";
import { rangedValues, wholeEntries } from "./ranges.js";
import { LdapSession, type SignIn } from "./session.js";

/**
 * Everything in scope: people, then groups, then for each page of groups their members. At most
 * two pages are in memory. Signs in on a connection of its own. Throws ConnectorError, and the
 * signal's reason.
 */
export async function* readEntries(
  signIn: SignIn,
  options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  const session = await LdapSession.open(signIn, options.signal);
  const release = session.breakOnAbort(options.signal);
  try {
    const { configuration, dialect } = signIn;
    const { schema } = await readDirectory(session);
    const traits = { schema, dialect };
    const counter = { left: configuration.limits.entriesMax };
    if (configuration.users !== undefined) {
      const kind = new EntryKind("user", configuration.users, traits);
      for await (const page of pagesOf(session, kind, counter))
        yield* objectBatches(kind, page, options);
    }
    if (configuration.groups !== undefined) {
      const kind = new EntryKind("group", configuration.groups, traits);
      const names = memberNames(session, configuration);
      for await (const page of pagesOf(session, kind, counter)) {
        yield* objectBatches(kind, page, options);
        yield* memberBatches(session, kind, page, names, options);
      }
    }
  } finally {
    release();
    await session.close();
  }
}

async function* pagesOf(
  session: LdapSession, kind: EntryKind, counter: { left: number },
): AsyncGenerator<readonly RawEntry[]> {
  const { base, scope, filter } = kind.settings;
  const search = { base, scope, filter: parseFilter(filter), attributes: kind.wanted };
  for await (const page of session.pages(search)) {
    counter.left -= page.length;
    if (counter.left < 0)
      throw new ConnectorError("stop", "LIMIT_EXCEEDED", "more entries than allowed");
    yield await wholeEntries(session, page, kind.memberAttribute);
  }
}

export function* objectBatches(
  kind: EntryKind, page: readonly RawEntry[], { batchSizeMax }: ReadOptions,
): Generator<Exclude<ReadBatch, { readonly type: "members" }>> {
  const objects: ConnectorObject[] = [];
  const skips: ConnectorSkip[] = [];
  for (const entry of page) {
    const read = hidesMembers(kind, entry) ? hiddenMembers(kind, entry) : kind.read(entry);
    if ("code" in read) skips.push(read);
    else objects.push(read);
  }
  for (const part of chunks(objects, batchSizeMax)) yield { type: "objects", objects: part };
  for (const part of chunks(skips, batchSizeMax)) yield { type: "skips", skips: part };
}

export async function* memberBatches(
  session: LdapSession, kind: EntryKind, page: readonly RawEntry[],
  names: MemberNames | undefined, { batchSizeMax }: ReadOptions,
): AsyncGenerator<Extract<ReadBatch, { readonly type: "members" }>> {
  const settings = kind.settings as LdapGroups;
  const placeholder = settings.placeholderMember === undefined
    ? undefined : dnTextKey(settings.placeholderMember);
  let members: ConnectorMember[] = [];
  for (const entry of page) {
    const group = kind.anchorOf(entry);
    // A group without an anchor was passed over as a whole.
    if (group === undefined) continue;
    for await (const values of rangedValues(session, entry, settings.memberAttribute)) {
      const written = values.map((value) => value.toString("utf8"));
      for (const member of names === undefined ? written : await names.toDns(written)) {
        if (placeholder !== undefined && dnTextKey(member) === placeholder) continue;
        members.push({ group, member });
        if (members.length < batchSizeMax) continue;
        yield { type: "members", members };
        members = [];
      }
    }
  }
  if (members.length > 0) yield { type: "members", members };
}

export function memberNames(
  session: LdapSession, { users, groups }: LdapConfiguration,
): MemberNames | undefined {
  if (users === undefined || groups?.memberAttribute !== "memberUid") return undefined;
  return new MemberNames(session, users, groups.memberUidAttribute);
}
