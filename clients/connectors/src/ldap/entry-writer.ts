import {
  ConnectorError, type ConnectorObject, type ConnectorWrite, type ObjectKind, type WriteResult,
} from "../connector.js";
import { dnAttribute, type EntryKind } from "./entries.js";
import type { EntryGuard } from "./entry-guard.js";
import { formatDn, isSameSpelling, isWithin, parseDn, type Dn } from "./dn.js";
import { and, equal } from "./filter.js";
import { applyMembers } from "./member-writes.js";
import type { MemberNames } from "./member-names.js";
import { valuesOf, type LdapResult, type RawAttribute, type RawEntry } from "./messages.js";
import { attributeOf, hasAllAsked, newAttributes } from "./new-entries.js";
import { wholeEntries } from "./ranges.js";
import type { LdapSession } from "./session.js";
import { demandUntaken, holderOf, taken } from "./unique-values.js";
import { encodeValues, modificationsFor } from "./value-sets.js";
import {
  changesOf, demandBefore, renamedPart, stillAbsent, withState, type WantedChange,
} from "./wanted-changes.js";
import { accept, gone, invalid } from "./write-errors.js";
import {
  sendAdd, sendDelete, sendModify, sendRename, type Modification,
} from "./write-requests.js";

type Write<Operation extends ConnectorWrite["operation"]> =
  Extract<ConnectorWrite, { readonly operation: Operation }>;

const noSuchObject = 32;
const constraintViolation = 19;
const entryAlreadyExists = 68;

export interface EntryWriterOptions {
  readonly session: LdapSession;
  readonly kinds: ReadonlyMap<ObjectKind, EntryKind>;
  readonly guard: EntryGuard;
  readonly memberNames: MemberNames | undefined;
  /** Whether the server knows the assertion control (RFC 4528). */
  readonly canAssert: boolean;
}

/** Performs single writes. All throw ConnectorError. */
export class EntryWriter {
  readonly options: EntryWriterOptions;

  private readonly session: LdapSession;

  constructor(options: EntryWriterOptions) {
    this.options = options;
    this.session = options.session;
  }

  perform(write: ConnectorWrite): Promise<WriteResult> {
    switch (write.operation) {
      case "create":
        return this.create(write);
      case "update":
        return this.update(write);
      case "delete":
        return this.delete(write);
      case "members":
        return applyMembers(this, write);
    }
  }

  kindOf(name: ObjectKind): EntryKind {
    const kind = this.options.kinds.get(name);
    if (kind === undefined) throw invalid(`no ${name}s are configured`);
    return kind;
  }

  /**
   * The entry of an anchor: where it was last seen, else wherever it is now. Undefined when it is
   * gone. Throws `ANCHOR_DUPLICATE`, and `PERMISSION_DENIED` for a protected entry.
   */
  async locate(
    kind: EntryKind, anchor: string, name: string, attributes: readonly string[],
  ): Promise<RawEntry | undefined> {
    const { base, scope, anchorAttribute } = kind.settings;
    const { guard } = this.options;
    const wanted = [...new Set([...attributes, anchorAttribute, ...guard.attributes])];
    const within = parseDn(base) ?? [];
    const dn = parseDn(name);
    let entry = dn === undefined || dn.length === 0 || !isWithin(dn, within)
      ? undefined : await this.session.readEntry(formatDn(dn), wanted, "write");
    if (entry === undefined || kind.anchorOf(entry) !== anchor) {
      const filter = kind.anchorFilter(anchor);
      if (filter === undefined) throw invalid("its anchor is none of this directory");
      const found = await this.session.find(
        { base, scope, filter, attributes: wanted },
        1,
        "write",
      );
      if (found.length > 1) {
        throw new ConnectorError("skip", "ANCHOR_DUPLICATE", "several entries have its anchor");
      }
      entry = found[0];
      if (entry === undefined) await this.demandNowhere(kind, anchor);
    }
    if (entry !== undefined) guard.demandEntry(entry);
    return entry;
  }

  /** Whoever was moved out of our reach is not gone, and is not ours to write. */
  private async demandNowhere(kind: EntryKind, anchor: string): Promise<void> {
    const name = kind.dialect.nameOfAnchor(kind, anchor);
    if (name === undefined || (await this.isMissing(name))) return;
    throw new ConnectorError("skip", "PERMISSION_DENIED", "the entry is outside the base now");
  }

  /** The entry as the server has it now. */
  async readBack(kind: EntryKind, dn: string): Promise<ConnectorObject> {
    const entry = await this.session.readEntry(dn, kind.wantedBack, "write");
    if (entry === undefined) throw gone();
    const [whole = entry] = await wholeEntries(this.session, [entry], kind.memberAttribute);
    return this.toObject(kind, whole);
  }

  private async create(write: Write<"create">): Promise<WriteResult> {
    const kind = this.kindOf(write.kind);
    const dn = this.newDn(kind, write);
    const earlier = await this.findById(kind, write.id);
    if (earlier !== undefined) return this.again(kind, write, earlier);
    const attributes = newAttributes(kind, write, dn[0] ?? []);
    const answer = await this.sendNew(kind, write, dn, attributes);
    if (answer.status === entryAlreadyExists || answer.status === constraintViolation) {
      const ours = await this.adopt(kind, write, dn, attributes);
      if (ours !== undefined) return ours;
    }
    if (answer.status === noSuchObject) throw invalid("the entry above it does not exist");
    accept(this.session.dialect, answer, attributes.map((attribute) => attribute.name));
    const object = await this.readBack(kind, formatDn(dn));
    const password = write.password === undefined ? {} : { password: "set" as const };
    return { id: write.id, ok: true, object, ...password };
  }

  private sendNew(
    kind: EntryKind, write: Write<"create">, dn: Dn, attributes: readonly RawAttribute[],
  ): Promise<LdapResult> {
    const send = (secret: readonly RawAttribute[]): Promise<LdapResult> => {
      const names = new Set(secret.map(({ name }) => name.toLowerCase()));
      const others = attributes.filter(({ name }) => !names.has(name.toLowerCase()));
      return sendAdd(this.session, formatDn(dn), [...others, ...secret]);
    };
    const { password } = write;
    return password === undefined
      ? send([]) : password.use((plain) => send(kind.dialect.password(plain)));
  }

  /**
   * An earlier attempt of the same create made the entry, as the id in it proves. Nobody was told
   * which password that one set: it is set anew.
   */
  private async again(
    kind: EntryKind, write: Write<"create">, entry: RawEntry,
  ): Promise<WriteResult> {
    const { id, password } = write;
    if (password === undefined) {
      return { id, ok: true, already: true, object: this.toObject(kind, entry) };
    }
    this.options.guard.demandEntry(entry);
    const answer = await password.use((plain) => sendModify(
      this.session, entry.dn,
      kind.dialect.password(plain).map((each) => ({ operation: "replace" as const, ...each })),
    ));
    accept(this.session.dialect, answer, []);
    const object = await this.readBack(kind, entry.dn);
    return { id, ok: true, already: true, object, password: "set" };
  }

  /**
   * The name is taken. It is taken by us, in a create whose answer was lost, only if the entry has
   * all that is asked for (and no id of another create); else it is somebody else's. Undefined
   * where nobody has it: the server meant something else.
   */
  private async adopt(
    kind: EntryKind, write: Write<"create">, dn: Dn, attributes: readonly RawAttribute[],
  ): Promise<WriteResult | undefined> {
    const asked = attributes.filter(({ name }) => kind.knowledge(name).name !== undefined);
    const names = [...kind.wantedBack, ...asked.map((attribute) => attribute.name)];
    const named = await this.session.readEntry(formatDn(dn), names, "write");
    const holder = named === undefined
      ? await holderOf(this.session, kind, attributes, names) : undefined;
    const entry = named ?? holder?.entry;
    if (entry === undefined) return undefined;
    if (hasAllAsked(kind, entry, asked)) {
      const password = write.password === undefined ? {} : { password: "kept" as const };
      const object = this.toObject(kind, entry);
      return { id: write.id, ok: true, already: true, object, ...password };
    }
    if (holder !== undefined) throw taken(holder.attribute);
    throw new ConnectorError("skip", "OBJECT_EXISTS", "another entry has its name");
  }

  private async update(write: Write<"update">): Promise<WriteResult> {
    const kind = this.kindOf(write.kind);
    const asked = changesOf(kind, write);
    const names = asked.map((change) => change.name);
    if (write.enabled !== undefined) names.push(kind.state?.attribute ?? "");
    const entry = await this.locate(kind, write.anchor, write.name, [
      ...names,
      kind.settings.rdnAttribute,
    ]);
    if (entry === undefined) throw gone();
    const changes = withState(kind, write, entry, asked);
    demandBefore(kind, entry, changes);
    const from = parseDn(entry.dn) ?? [];
    const to = this.targetDn(kind, write, from, changes);
    let current = entry;
    const renames = !isSameSpelling(from, to);
    if (renames) current = await this.rename(kind, from, to, names);
    const modifications = changes.flatMap(({ name, after, before }) =>
      modificationsFor(
        kind.schema,
        name,
        valuesOf(current, name) ?? [],
        after,
        before !== undefined,
      ),
    );
    if (modifications.length > 0) await this.modify(kind, changes, current, modifications);
    const object = await this.readBack(kind, current.dn);
    const already = !renames && modifications.length === 0;
    return { id: write.id, ok: true, object, ...(already ? { already } : {}) };
  }

  private async delete(write: Write<"delete">): Promise<WriteResult> {
    const kind = this.kindOf(write.kind);
    const entry = await this.locate(kind, write.anchor, write.name, []);
    if (entry === undefined) return { id: write.id, ok: true, already: true };
    const answer = await sendDelete(this.session, entry.dn);
    if (answer.status === noSuchObject) return { id: write.id, ok: true, already: true };
    accept(this.session.dialect, answer, []);
    return { id: write.id, ok: true };
  }

  private async rename(
    kind: EntryKind, from: Dn, to: Dn, names: readonly string[],
  ): Promise<RawEntry> {
    const answer = await sendRename(this.session, from, to);
    // Not every server calls it "no such object" where the entry above is missing.
    const above = formatDn(to.slice(1));
    if (answer.status === noSuchObject || (answer.status !== 0 && await this.isMissing(above)))
      throw invalid("the entry above its new name does not exist");
    accept(this.session.dialect, answer, [dnAttribute]);
    const entry = await this.session.readEntry(
      formatDn(to), [...names, kind.settings.anchorAttribute], "write",
    );
    if (entry === undefined) throw gone();
    return entry;
  }

  private async isMissing(dn: string): Promise<boolean> {
    return (await this.session.readEntry(dn, ["1.1"], "write")) === undefined;
  }

  private async modify(
    kind: EntryKind, changes: readonly WantedChange[], entry: RawEntry,
    modifications: readonly Modification[],
  ): Promise<void> {
    const { dn } = entry;
    const names = modifications.map((modification) => modification.name);
    const only = this.options.canAssert ? stillAbsent(entry, changes) : undefined;
    const answer = await sendModify(this.session, dn, modifications, only);
    if (answer.status === constraintViolation || answer.status === entryAlreadyExists) {
      // A second value for an attribute that takes one: somebody set it since we looked.
      const now = await this.session.readEntry(dn, names, "write");
      if (now !== undefined) demandBefore(kind, now, changes);
      const values = changes.map(({ name, after }) => ({ name, values: after }));
      await demandUntaken(this.session, kind, values, dn);
    }
    accept(this.session.dialect, answer, names);
  }

  private async findById(kind: EntryKind, id: string): Promise<RawEntry | undefined> {
    const { base, scope, idAttribute } = kind.settings;
    if (idAttribute === undefined) return undefined;
    const filter = and(equal(idAttribute, id));
    // With what the guard must see, for the password may have to be set anew.
    const attributes = [...new Set([...kind.wantedBack, ...this.options.guard.attributes])];
    const found = await this.session.find({ base, scope, filter, attributes }, 1, "write");
    if (found.length <= 1) return found[0];
    throw new ConnectorError(
      "skip",
      "ANCHOR_DUPLICATE",
      "several entries have the id of the create",
    );
  }

  private newDn(kind: EntryKind, write: Write<"create">): Dn {
    const wanted = write.attributes[dnAttribute];
    if (wanted !== undefined) return this.checkedDn(kind, String(wanted));
    const { rdnAttribute, base } = kind.settings;
    const value = attributeOf(write.attributes, rdnAttribute);
    const [first] = encodeValues(kind.schema, rdnAttribute, value ?? null);
    if (first === undefined) throw invalid(`"${rdnAttribute}" or "${dnAttribute}" is required`);
    return this.checked(kind, [
      [{ type: rdnAttribute, value: first.toString("utf8") }],
      ...(parseDn(base) ?? []),
    ]);
  }

  private targetDn(
    kind: EntryKind, write: Write<"update">, from: Dn, changes: readonly WantedChange[],
  ): Dn {
    const wanted = write.changes[dnAttribute];
    if (wanted !== undefined) {
      if (wanted.after === null) throw invalid("an entry keeps a name");
      const to = this.checkedDn(kind, String(wanted.after));
      const before = wanted.before === undefined || wanted.before === null
        ? undefined : parseDn(String(wanted.before));
      const isThere = isSameSpelling(from, to);
      if (!isThere && before !== undefined && !isWithinBoth(from, before)) {
        throw new ConnectorError("skip", "OBJECT_CHANGED", `"${dnAttribute}" is not what it was`);
      }
      return to;
    }
    const rdn = (from[0] ?? []).map((part) => renamedPart(kind, part, changes));
    return this.checked(kind, [rdn, ...from.slice(1)]);
  }

  private checkedDn(kind: EntryKind, text: string): Dn {
    const dn = parseDn(text);
    if (dn === undefined || dn.length === 0)
      throw invalid(`"${dnAttribute}" is no name (RFC 4514)`);
    return this.checked(kind, dn);
  }

  private checked(kind: EntryKind, dn: Dn): Dn {
    if (!isWithin(dn, parseDn(kind.settings.base) ?? []))
      throw invalid("its name is outside the base");
    this.options.guard.demandName(dn);
    return dn;
  }

  private toObject(kind: EntryKind, entry: RawEntry): ConnectorObject {
    const read = kind.read(entry);
    if ("code" in read)
      throw new ConnectorError("skip", read.code, `after the write: ${read.reason}`);
    return read;
  }
}

function isWithinBoth(left: Dn, right: Dn): boolean {
  return isWithin(left, right) && isWithin(right, left);
}
