import { chunks } from "../chunks.js";
import {
  ConnectorError, type ChangeBatch, type ConnectorDeparture, type ConnectorSkip, type ReadOptions,
} from "../connector.js";
import { isWithin, parseDn } from "./dn.js";
import type { EntryKind } from "./entries.js";
import type { EntryChange, EntryChanges } from "./entry-change.js";
import { withIds, type EntryIds } from "./entry-ids.js";
import { and, parseFilter } from "./filter.js";
import { hidesMembers } from "./hidden-members.js";
import type { MemberNames } from "./member-names.js";
import type { RawEntry } from "./messages.js";
import { wholeEntries } from "./ranges.js";
import { memberBatches, objectBatches } from "./read.js";
import type { LdapSession } from "./session.js";

const entriesPerSearch = 100;
const partsAhead = 3;
/** From so many on it is cheaper to read everything and take those. */
const everythingFrom = 5_000;

interface Group {
  readonly id: string;
  readonly dn: string;
  readonly anchor: string;
}

interface Found {
  readonly id: string;
  readonly entry: RawEntry;
}

interface FoundPart {
  readonly part: readonly string[];
  readonly found: readonly { readonly kind: EntryKind; readonly entries: readonly Found[] }[];
}

/** Anchor → how it is known to be gone. */
type Departures = Map<string, ConnectorDeparture["because"]>;

export interface ChangedEntriesOptions {
  readonly session: LdapSession;
  readonly kinds: readonly EntryKind[];
  readonly ids: EntryIds;
  /** Below these is looked for whoever left the scope. */
  readonly roots: readonly string[];
  /** Where members stand as names of people. */
  readonly names?: MemberNames | undefined;
}

/**
 * Makes changes of entries into changes of objects. What is told of an entry is only that it
 * changed: it is read anew, as a full read would, so whatever it lacks is known to be cleared, and
 * what the settings do not ask for is seen by the server itself.
 */
export class ChangedEntries {
  private readonly session: LdapSession;
  private readonly kinds: readonly EntryKind[];
  private readonly ids: EntryIds;
  private readonly roots: readonly string[];
  private readonly names: MemberNames | undefined;
  private readonly options: ReadOptions;

  constructor({ session, kinds, ids, roots, names }: ChangedEntriesOptions, options: ReadOptions) {
    this.session = session;
    this.kinds = kinds;
    this.ids = ids;
    this.roots = roots;
    this.names = names;
    this.options = options;
  }

  /** First those who are there, then who is gone, then members. Throws ConnectorError. */
  async *batches({ changes, nameless }: EntryChanges): AsyncGenerator<ChangeBatch> {
    const alive = changes.filter((each) => !each.isDeleted);
    const open = new Map(alive.map((each) => [each.id, each]));
    const gone: Departures = new Map();
    if (this.isAnchor) {
      for (const each of changes) if (each.isDeleted) gone.set(each.id, "deleted");
    }
    const groups = await this.groupsOf(alive.filter((each) => each.members !== undefined));
    const parents: string[] = [];
    const others = alive.filter((each) => each.members === undefined).map((each) => each.id);
    const read = others.length < everythingFrom ? this.readAhead(others) : this.pick(others);
    for await (const { part, found } of read) {
      const left = new Set(part);
      for (const { kind, entries } of found) {
        yield* objectBatches(kind, entries.map((each) => each.entry), this.options);
        for (const { id, entry } of entries) {
          left.delete(id);
          groups.push(...groupOf(kind, id, entry));
          if (open.get(id)?.isParent === true) parents.push(entry.dn);
        }
      }
      if (left.size > 0) yield* this.elsewhere([...left], open, gone);
    }
    // Only now: a server may keep one search in pages for each connection.
    for (const dn of parents) yield* this.below(dn, gone);
    yield* this.skips(nameless.map((object) =>
      ({ object, code: "ANCHOR_MISSING", reason: "it changed, and its anchor cannot be read" })));
    const departures = [...gone].map(([anchor, because]) => ({ anchor, because }));
    for (const some of chunks(departures, this.options.batchSizeMax)) {
      yield { type: "gone", gone: some };
    }
    for (const group of groups) yield* this.members(group, open.get(group.id)?.members);
  }

  /** Whether ids are anchors of objects too, so that who is deleted is known by them. */
  private get isAnchor(): boolean {
    const name = this.ids.attribute.toLowerCase();
    return this.kinds.some((kind) => kind.settings.anchorAttribute.toLowerCase() === name);
  }

  /**
   * Groups of which nothing but members changed, as far as the settings ask for them. Their other
   * values are not read: a server may have to look at every member to show a group.
   */
  private async groupsOf(changes: readonly EntryChange[]): Promise<Group[]> {
    const kind = this.kinds.find((each) => each.memberAttribute !== undefined);
    if (kind === undefined) return [];
    const found: Group[] = [];
    for (const part of chunks(changes.map((each) => each.id), entriesPerSearch)) {
      const entries = await this.read(kind, part, [kind.settings.anchorAttribute]);
      found.push(...entries.flatMap(({ id, entry }) => groupOf(kind, id, entry)));
    }
    return found;
  }

  /** Entries that changed, some parts being asked for while one is handed over. */
  private async *readAhead(ids: readonly string[]): AsyncGenerator<FoundPart> {
    const waiting: Promise<FoundPart>[] = [];
    for (const part of chunks(ids, entriesPerSearch)) {
      const next = this.readPart(part);
      // Where the reader stops early nobody waits for it.
      next.catch(() => undefined);
      waiting.push(next);
      if (waiting.length > partsAhead) yield await (waiting.shift() as Promise<FoundPart>);
    }
    for (const each of waiting) yield await each;
  }

  /** Those entries out of all that the settings ask for, and at the end who is none of them. */
  private async *pick(some: readonly string[]): AsyncGenerator<FoundPart> {
    const wanted = new Set(some);
    for (const kind of this.kinds) {
      const { base, scope, filter } = kind.settings;
      const attributes = this.withId(wantedOf(kind));
      const search = { base, scope, filter: parseFilter(filter), attributes };
      for await (const page of this.session.pages(search)) {
        const ours = page.filter((entry) => wanted.has(this.ids.of(entry) ?? ""));
        const entries = await this.toFound(kind, ours);
        for (const { id } of entries) wanted.delete(id);
        yield { part: [], found: [{ kind, entries }] };
      }
    }
    for (const part of chunks([...wanted], entriesPerSearch)) yield { part, found: [] };
  }

  private async readPart(part: readonly string[]): Promise<FoundPart> {
    const found = await Promise.all(this.kinds.map(async (kind) =>
      ({ kind, entries: await this.read(kind, part, wantedOf(kind)) })));
    return { part, found };
  }

  /** Of these entries those that the settings ask for. */
  private async read(
    kind: EntryKind, some: readonly string[], attributes: readonly string[],
  ): Promise<readonly Found[]> {
    const { base, scope, filter } = kind.settings;
    const search = {
      base, scope, filter: and(parseFilter(filter), withIds(this.ids, some)),
      attributes: this.withId(attributes),
    };
    return this.toFound(kind, await this.session.find(search, some.length));
  }

  private withId(attributes: readonly string[]): readonly string[] {
    return [...new Set([...attributes, this.ids.attribute])];
  }

  /** Entries with all their values, and without the id where the settings do not ask for it. */
  private async toFound(
    kind: EntryKind, entries: readonly RawEntry[],
  ): Promise<readonly Found[]> {
    const { attribute } = this.ids;
    const isAsked = kind.wanted.some((name) => isSame(name, attribute) || name === "+");
    const whole = await wholeEntries(this.session, entries, kind.memberAttribute);
    return whole.map((entry) => ({
      id: this.ids.of(entry) ?? "", entry: isAsked ? entry : without(entry, attribute),
    }));
  }

  /**
   * What changed and is not asked for: seen elsewhere on the server, it is out of scope, and what
   * is below it may have come into scope or left it. What cannot be seen at all is passed over.
   */
  private async *elsewhere(
    some: readonly string[], changes: ReadonlyMap<string, EntryChange>, gone: Departures,
  ): AsyncGenerator<ChangeBatch> {
    const seen = new Map<string, RawEntry>();
    const attributes = [this.ids.attribute, ...this.anchorAttributes];
    for (const base of this.roots) {
      const search = { base, scope: "sub", filter: withIds(this.ids, some), attributes } as const;
      for (const entry of await this.session.find(search, some.length)) {
        seen.set(this.ids.of(entry) ?? "", entry);
      }
    }
    const hidden = some.filter((id) => !seen.has(id));
    yield* this.skips(hidden.map((id) => ({
      object: id, ...(this.isAnchor ? { anchor: id } : {}), code: "PERMISSION_DENIED",
      reason: "it changed, and nothing of it can be read",
    })));
    await demandBases(this.session, this.kinds);
    for (const [id, entry] of seen) {
      this.depart(entry, this.kinds, gone);
      if (changes.get(id)?.mayBeRenamed === true) yield* this.below(entry.dn, gone);
    }
  }

  private get anchorAttributes(): readonly string[] {
    return this.kinds.map((kind) => kind.settings.anchorAttribute);
  }

  private depart(entry: RawEntry, kinds: readonly EntryKind[], gone: Departures): void {
    for (const kind of kinds) {
      const anchor = kind.anchorOf(entry);
      if (anchor !== undefined) gone.set(anchor, "outOfScope");
    }
  }

  private *skips(skips: readonly ConnectorSkip[]): Generator<ChangeBatch> {
    for (const part of chunks(skips, this.options.batchSizeMax)) {
      yield { type: "skips", skips: part };
    }
  }

  /** Who is below an entry that may have moved: everybody there bears another name now. */
  private async *below(dn: string, gone: Departures): AsyncGenerator<ChangeBatch> {
    for (const kind of this.kinds) {
      const filter = parseFilter(kind.settings.filter);
      const search = { base: dn, scope: "sub", filter, attributes: wantedOf(kind) } as const;
      for await (const page of this.session.pagesIfThere(search)) {
        const inside = page.filter((entry) => isInScope(kind, entry.dn));
        for (const entry of page) if (!inside.includes(entry)) this.depart(entry, [kind], gone);
        const whole = await wholeEntries(this.session, inside, kind.memberAttribute);
        yield* objectBatches(kind, whole, this.options);
        for (const group of inside.flatMap((entry) => groupOf(kind, "", entry))) {
          yield* this.members(group, undefined);
        }
      }
    }
  }

  /** The members who came and went, or all where that is not known. */
  private async *members(
    { dn, anchor }: Group, known: EntryChange["members"],
  ): AsyncGenerator<ChangeBatch> {
    if (known !== undefined) {
      const toMember = (member: string) => ({ group: anchor, member });
      for (const part of chunks(known.added, this.options.batchSizeMax)) {
        yield { type: "members", added: part.map(toMember), removed: [] };
      }
      for (const part of chunks(known.removed, this.options.batchSizeMax)) {
        yield { type: "members", added: [], removed: part.map(toMember) };
      }
      return;
    }
    const kind = this.kinds.find((each) => each.memberAttribute !== undefined);
    if (kind === undefined) return;
    const { membersAtOnce, revisionAttribute } = this.session.dialect;
    const revision = revisionAttribute === undefined ? [] : [revisionAttribute];
    const members = kind.wantedMembers(membersAtOnce);
    const attributes = [kind.settings.anchorAttribute, ...members, ...revision];
    const entry = await this.session.readEntry(dn, attributes);
    // Gone or renamed meanwhile: the next report tells.
    if (entry === undefined || kind.anchorOf(entry) !== anchor) return;
    yield { type: "wholeMembers", groups: [anchor] };
    const batches = memberBatches(this.session, kind, [entry], this.names, this.options);
    for await (const batch of batches) {
      yield { type: "members", added: batch.members, removed: [] };
    }
  }
}

/** Nobody is out of scope because the scope itself was renamed or cannot be seen any more. */
export async function demandBases(
  session: LdapSession, kinds: readonly EntryKind[],
): Promise<void> {
  for (const base of new Set(kinds.map((kind) => kind.settings.base))) {
    if ((await session.readEntry(base, ["1.1"])) !== undefined) continue;
    throw new ConnectorError("stop", "MISCONFIGURED", `there is no entry "${base}"`);
  }
}

/** What makes an object whole; members are read by themselves where that can be told apart. */
function wantedOf(kind: EntryKind): readonly string[] {
  return kind.dialect.membersAtOnce === undefined ? kind.wanted : kind.wantedBack;
}

/** None where it is no group, or one that is passed over as a whole. */
function groupOf(kind: EntryKind, id: string, entry: RawEntry): readonly Group[] {
  const isNone = kind.memberAttribute === undefined || hidesMembers(kind, entry);
  const anchor = isNone ? undefined : kind.anchorOf(entry);
  return anchor === undefined ? [] : [{ id, dn: entry.dn, anchor }];
}

function isSame(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function without(entry: RawEntry, name: string): RawEntry {
  return { ...entry, attributes: entry.attributes.filter((each) => !isSame(each.name, name)) };
}

function isInScope({ settings }: EntryKind, name: string): boolean {
  const [dn, base] = [parseDn(name) ?? [], parseDn(settings.base) ?? []];
  return isWithin(dn, base) && (settings.scope === "sub" || dn.length === base.length + 1);
}
