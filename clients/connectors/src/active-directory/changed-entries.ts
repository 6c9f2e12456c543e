import {
  ConnectorError, type ChangeBatch, type ConnectorDeparture, type ConnectorSkip, type ReadOptions,
} from "../connector.js";
import { chunks } from "../chunks.js";
import { isWithin, parseDn } from "../ldap/dn.js";
import type { EntryKind } from "../ldap/entries.js";
import { and, equal, or, parseFilter, type LdapFilter } from "../ldap/filter.js";
import type { RawEntry } from "../ldap/messages.js";
import { rangeOf, wholeEntries } from "../ldap/ranges.js";
import { memberBatches, objectBatches } from "../ldap/read.js";
import type { LdapSession } from "../ldap/session.js";
import { guidBytes } from "../ldap/windows-values.js";
import { anchorOf, type ChangePage, type EntryChange } from "./change-source.js";
import type { DeltaToken } from "./delta-token.js";

const entriesPerSearch = 100;

/**
 * Makes changes of entries into changes of objects. What is told of an entry is only that it
 * changed: it is read anew, as a full read would, so whatever it lacks is known to be cleared, and
 * what the settings do not ask for is seen by the server itself.
 */
export class ChangedEntries {
  private readonly session: LdapSession;
  private readonly kinds: readonly EntryKind[];
  private readonly domain: string;
  private readonly options: ReadOptions;

  constructor(
    session: LdapSession, kinds: readonly EntryKind[], domain: string, options: ReadOptions,
  ) {
    this.session = session;
    this.kinds = kinds;
    this.domain = domain;
    this.options = options;
  }

  /** First those who are there, then who is gone, then members. Throws ConnectorError. */
  async *batches(
    { changes, nameless }: Pick<ChangePage<DeltaToken>, "changes" | "nameless">,
  ): AsyncGenerator<ChangeBatch> {
    const alive = changes.filter((each) => !each.isDeleted);
    const open = new Map(alive.map((each) => [each.guid, each]));
    const gone: ConnectorDeparture[] = changes.filter((each) => each.isDeleted)
      .map(({ guid }) => ({ anchor: guid, because: "deleted" as const }));
    const groups = await this.groupsOf(alive.filter((each) => each.members !== undefined));
    const others = alive.filter((each) => each.members === undefined).map((each) => each.guid);
    for (const part of chunks(others, entriesPerSearch)) {
      const left = new Set(part);
      for (const kind of this.kinds) {
        const found = await this.read(kind, part, kind.wantedBack);
        yield* objectBatches(kind, found, this.options);
        if (kind.memberAttribute !== undefined) groups.push(...found);
        for (const entry of found) left.delete(anchorOf(entry) ?? "");
      }
      if (left.size > 0) yield* this.elsewhere([...left], open, gone);
    }
    yield* this.skips(nameless.map((object) =>
      ({ object, code: "ANCHOR_MISSING", reason: "it changed, and its anchor cannot be read" })));
    for (const some of chunks(gone, this.options.batchSizeMax)) yield { type: "gone", gone: some };
    for (const group of groups) {
      yield* this.members(group, open.get(anchorOf(group) ?? "")?.members);
    }
  }

  /**
   * Groups of which nothing but members changed, as far as the settings ask for them. Their other
   * values are not read: a server may have to look at every member to show a group.
   */
  private async groupsOf(changes: readonly EntryChange[]): Promise<RawEntry[]> {
    const kind = this.kinds.find((each) => each.memberAttribute !== undefined);
    if (kind === undefined) return [];
    const found: RawEntry[] = [];
    for (const part of chunks(changes.map((each) => each.guid), entriesPerSearch)) {
      found.push(...await this.read(kind, part, [kind.settings.anchorAttribute]));
    }
    return found;
  }

  /** Of these entries those that the settings ask for. */
  private async read(
    kind: EntryKind, guids: readonly string[], attributes: readonly string[],
  ): Promise<readonly RawEntry[]> {
    const { base, scope, filter } = kind.settings;
    const wanted = and(parseFilter(filter), withAnchors(guids));
    const search = { base, scope, filter: wanted, attributes };
    const found = await this.session.find(search, guids.length);
    return wholeEntries(this.session, found, kind.memberAttribute);
  }

  /**
   * What changed and is not asked for: seen elsewhere in the domain, it is out of scope, and what
   * is below it may have come into scope or left it. What cannot be seen at all is passed over.
   */
  private async *elsewhere(
    guids: readonly string[], changes: ReadonlyMap<string, EntryChange>, gone: ConnectorDeparture[],
  ): AsyncGenerator<ChangeBatch> {
    const filter = withAnchors(guids);
    const attributes = ["objectGUID"];
    const found = await this.session.find({ base: this.domain, scope: "sub", filter, attributes },
      guids.length);
    const seen = new Map(found.map((entry) => [anchorOf(entry) ?? "", entry.dn]));
    const hidden = guids.filter((guid) => !seen.has(guid));
    yield* this.skips(hidden.map((guid) => ({
      object: guid, anchor: guid, code: "PERMISSION_DENIED",
      reason: "it changed, and nothing of it can be read",
    })));
    await this.demandBases();
    for (const [anchor, dn] of seen) {
      gone.push({ anchor, because: "outOfScope" });
      if (changes.get(anchor)?.mayBeRenamed === true) yield* this.below(dn, gone);
    }
  }

  private *skips(skips: readonly ConnectorSkip[]): Generator<ChangeBatch> {
    for (const part of chunks(skips, this.options.batchSizeMax)) {
      yield { type: "skips", skips: part };
    }
  }

  /** Who is below an entry that may have moved: everybody there bears another name now. */
  private async *below(dn: string, gone: ConnectorDeparture[]): AsyncGenerator<ChangeBatch> {
    for (const kind of this.kinds) {
      const filter = parseFilter(kind.settings.filter);
      const search = { base: dn, scope: "sub", filter, attributes: kind.wantedBack } as const;
      for await (const page of this.session.pagesIfThere(search)) {
        const inside = page.filter((entry) => isInScope(kind, entry.dn));
        for (const entry of page) {
          const anchor = inside.includes(entry) ? undefined : anchorOf(entry);
          if (anchor !== undefined) gone.push({ anchor, because: "outOfScope" });
        }
        const whole = await wholeEntries(this.session, inside, kind.memberAttribute);
        yield* objectBatches(kind, whole, this.options);
        if (kind.memberAttribute === undefined) continue;
        for (const group of inside) yield* this.members(group, undefined);
      }
    }
  }

  /** The members who came and went, or all where that is not known. */
  private async *members(
    group: RawEntry, known: EntryChange["members"],
  ): AsyncGenerator<ChangeBatch> {
    const kind = this.kinds.find((each) => each.memberAttribute !== undefined);
    const anchor = anchorOf(group);
    if (kind?.memberAttribute === undefined || anchor === undefined) return;
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
    const range = rangeOf(kind.memberAttribute, 0, this.session.dialect.membersAtOnce);
    const revision = this.session.dialect.revisionAttribute ?? "1.1";
    const attributes = [kind.settings.anchorAttribute, range, revision];
    const entry = await this.session.readEntry(group.dn, attributes);
    // Gone or renamed meanwhile: the next report tells.
    if (entry === undefined || anchorOf(entry) !== anchor) return;
    yield { type: "wholeMembers", groups: [anchor] };
    for await (const batch of memberBatches(this.session, kind, [entry], undefined, this.options)) {
      yield { type: "members", added: batch.members, removed: [] };
    }
  }

  /** Nobody is out of scope because the scope itself was renamed or cannot be seen any more. */
  private async demandBases(): Promise<void> {
    for (const base of new Set(this.kinds.map((kind) => kind.settings.base))) {
      if ((await this.session.readEntry(base, ["1.1"])) !== undefined) continue;
      throw new ConnectorError("stop", "MISCONFIGURED", `there is no entry "${base}"`);
    }
  }
}

function withAnchors(guids: readonly string[]): LdapFilter {
  return or(...guids.map((guid) => equal("objectGUID", guidBytes(guid) ?? Buffer.alloc(0))));
}

function isInScope({ settings }: EntryKind, name: string): boolean {
  const [dn, base] = [parseDn(name) ?? [], parseDn(settings.base) ?? []];
  return isWithin(dn, base) && (settings.scope === "sub" || dn.length === base.length + 1);
}
