import {
  ConnectorError, type ConnectorObject, type ConnectorWrite, type ObjectKind, type WriteResult,
} from "../connector.js";
import { dnAttribute, type EntryKind } from "./entries.js";
import { formatDn, isSameSpelling, isWithin, parseDn, type Dn, type DnPart } from "./dn.js";
import { and, equal, type LdapFilter } from "./filter.js";
import { applyMembers } from "./member-writes.js";
import type { MemberNames } from "./member-names.js";
import { valuesOf, type RawAttribute, type RawEntry } from "./messages.js";
import type { LdapSession } from "./session.js";
import { encodeValues, isSameSet, modificationsFor } from "./value-sets.js";
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
  /** Never written, nor anything below them. */
  readonly protectedDns: readonly Dn[];
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
    const wanted = [...new Set([...attributes, anchorAttribute])];
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
    }
    if (entry !== undefined) this.demandUnprotected(parseDn(entry.dn) ?? []);
    return entry;
  }

  /** The entry as the server has it now. */
  async readBack(kind: EntryKind, dn: string): Promise<ConnectorObject> {
    const entry = await this.session.readEntry(dn, kind.wantedBack, "write");
    if (entry === undefined) throw gone();
    return this.toObject(kind, entry);
  }

  private async create(write: Write<"create">): Promise<WriteResult> {
    const kind = this.kindOf(write.kind);
    const dn = this.newDn(kind, write);
    const earlier = await this.findById(kind, write.id);
    if (earlier !== undefined) {
      return { id: write.id, ok: true, already: true, object: this.toObject(kind, earlier) };
    }
    const attributes = newAttributes(kind, write, dn[0] ?? []);
    const answer = await sendAdd(this.session, formatDn(dn), attributes);
    if (answer.status === entryAlreadyExists) return this.adopt(kind, write, dn);
    if (answer.status === noSuchObject) throw invalid("the entry above it does not exist");
    accept(answer, attributes.map((attribute) => attribute.name));
    return { id: write.id, ok: true, object: await this.readBack(kind, formatDn(dn)) };
  }

  /**
   * The name is taken. It is taken by us, in a create whose answer was lost, only if the entry has
   * all that is asked for (and no id of another create); else it is somebody else's.
   */
  private async adopt(kind: EntryKind, write: Write<"create">, dn: Dn): Promise<WriteResult> {
    const asked = newAttributes(kind, write, dn[0] ?? [])
      .filter(({ name }) => kind.knowledge(name).name !== undefined);
    const names = [...kind.wantedBack, ...asked.map((attribute) => attribute.name)];
    const entry = await this.session.readEntry(formatDn(dn), names, "write");
    if (entry === undefined) throw gone();
    const same = asked.every(({ name, values }) => {
      const present = valuesOf(entry, name) ?? [];
      // Servers add the classes above those asked for.
      if (name.toLowerCase() === "objectclass") return true;
      return isSameSet(kind.schema, name, present, values);
    });
    if (!same) throw new ConnectorError("skip", "OBJECT_EXISTS", "another entry has its name");
    return { id: write.id, ok: true, already: true, object: this.toObject(kind, entry) };
  }

  private async update(write: Write<"update">): Promise<WriteResult> {
    const kind = this.kindOf(write.kind);
    const changes = changesOf(kind, write);
    const names = changes.map((change) => change.name);
    const entry = await this.locate(kind, write.anchor, write.name, [
      ...names,
      kind.settings.rdnAttribute,
    ]);
    if (entry === undefined) throw gone();
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
    if (modifications.length > 0) await this.modify(kind, write, current, modifications);
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
    accept(answer, []);
    return { id: write.id, ok: true };
  }

  private async rename(
    kind: EntryKind, from: Dn, to: Dn, names: readonly string[],
  ): Promise<RawEntry> {
    const answer = await sendRename(this.session, from, to);
    if (answer.status === noSuchObject)
      throw invalid("the entry above its new name does not exist");
    accept(answer, [dnAttribute]);
    const entry = await this.session.readEntry(
      formatDn(to), [...names, kind.settings.anchorAttribute], "write",
    );
    if (entry === undefined) throw gone();
    return entry;
  }

  private async modify(
    kind: EntryKind, write: Write<"update">, entry: RawEntry,
    modifications: readonly Modification[],
  ): Promise<void> {
    const { dn } = entry;
    const names = modifications.map((modification) => modification.name);
    const only = this.options.canAssert ? stillAbsent(entry, changesOf(kind, write)) : undefined;
    const answer = await sendModify(this.session, dn, modifications, only);
    if (answer.status === constraintViolation) {
      // A second value for an attribute that takes one: somebody set it since we looked.
      const now = await this.session.readEntry(dn, names, "write");
      if (now !== undefined) demandBefore(kind, now, changesOf(kind, write));
    }
    accept(answer, names);
  }

  private async findById(kind: EntryKind, id: string): Promise<RawEntry | undefined> {
    const { base, scope, idAttribute } = kind.settings;
    if (idAttribute === undefined) return undefined;
    const filter = and(equal(idAttribute, id));
    const found = await this.session.find(
      { base, scope, filter, attributes: kind.wantedBack },
      1,
      "write",
    );
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
    this.demandUnprotected(dn);
    return dn;
  }

  private demandUnprotected(dn: Dn): void {
    if (!this.options.protectedDns.some((each) => isWithin(dn, each))) return;
    throw new ConnectorError("skip", "PERMISSION_DENIED", "the entry is protected");
  }

  private toObject(kind: EntryKind, entry: RawEntry): ConnectorObject {
    const read = kind.read(entry);
    if ("code" in read)
      throw new ConnectorError("skip", read.code, `after the write: ${read.reason}`);
    return read;
  }
}

/** One attribute as it was (undefined: not known) and shall be, as bytes. */
interface WantedChange {
  readonly name: string;
  readonly before: readonly Buffer[] | undefined;
  readonly after: readonly Buffer[];
}

function changesOf(kind: EntryKind, write: Write<"update">): WantedChange[] {
  const { schema, settings, memberAttribute } = kind;
  const changes: WantedChange[] = [];
  for (const [name, { before, after }] of Object.entries(write.changes)) {
    if (name === dnAttribute) continue;
    if (name.toLowerCase() === memberAttribute?.toLowerCase())
      throw invalid("members are written as members");
    const hidden = kind.knowledge(name).name === undefined;
    changes.push({
      name,
      // What is never read cannot be compared either.
      before: before === undefined || hidden ? undefined : encodeValues(schema, name, before),
      after: encodeValues(schema, name, after),
    });
  }
  if (write.enabled !== undefined) {
    const { enabledBy } = settings;
    if (enabledBy === undefined) throw invalid("the directory has no attribute for enabled");
    const word = write.enabled ? enabledBy.enabledValue : enabledBy.disabledValue;
    changes.push({
      name: enabledBy.attribute,
      before: undefined,
      after: encodeValues(schema, enabledBy.attribute, word),
    });
  }
  return changes;
}

/**
 * That attributes that had no value still have none: there is no old value to name, and a second
 * value may be welcome to the server.
 */
function stillAbsent(entry: RawEntry, changes: readonly WantedChange[]): LdapFilter | undefined {
  const absent = changes.filter(({ name, before }) =>
    before !== undefined && valuesOf(entry, name) === undefined);
  if (absent.length === 0) return undefined;
  return and(...absent.map(({ name }): LdapFilter =>
    ({ kind: "not", filter: { kind: "present", attribute: name } })));
}

/** Throws `OBJECT_CHANGED` when an attribute neither is what it was nor what it shall be. */
function demandBefore(kind: EntryKind, entry: RawEntry, changes: readonly WantedChange[]): void {
  for (const { name, before, after } of changes) {
    if (before === undefined) continue;
    const now = valuesOf(entry, name) ?? [];
    if (isSameSet(kind.schema, name, now, before) || isSameSet(kind.schema, name, now, after))
      continue;
    throw new ConnectorError("skip", "OBJECT_CHANGED", `"${name}" is not what it was`);
  }
}

function newAttributes(
  kind: EntryKind,
  write: Write<"create">,
  rdn: readonly DnPart[],
): RawAttribute[] {
  const { schema, settings } = kind;
  const attributes = new Map<string, { name: string; values: Buffer[] }>();
  const set = (name: string, values: Buffer[]): void => {
    if (values.length > 0) attributes.set(name.toLowerCase(), { name, values });
  };
  set(
    "objectClass",
    settings.objectClasses.map((name) => Buffer.from(name)),
  );
  for (const [name, value] of Object.entries(write.attributes)) {
    if (name !== dnAttribute) set(name, encodeValues(schema, name, value));
  }
  if (write.enabled !== undefined) {
    if (settings.enabledBy === undefined)
      throw invalid("the directory has no attribute for enabled");
    const { attribute, enabledValue, disabledValue } = settings.enabledBy;
    set(attribute, encodeValues(schema, attribute, write.enabled ? enabledValue : disabledValue));
  }
  if (settings.idAttribute !== undefined) set(settings.idAttribute, [Buffer.from(write.id)]);
  if ("placeholderMember" in settings && settings.placeholderMember !== undefined) {
    set(settings.memberAttribute, [Buffer.from(settings.placeholderMember)]);
  }
  // RFC 4511 §4.7: what names the entry is among its values.
  for (const { type, value } of rdn) {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    const present = attributes.get(type.toLowerCase())?.values ?? [];
    const has = present.some((each) => isSameSet(schema, type, [each], [bytes]));
    if (!has) set(type, [...present, bytes]);
  }
  return [...attributes.values()];
}

/** What names the entry follows its attribute, where that changes. */
function renamedPart(kind: EntryKind, part: DnPart, changes: readonly WantedChange[]): DnPart {
  const canonical = kind.knowledge(part.type).name ?? part.type;
  const change = changes.find(({ name }) => (kind.knowledge(name).name ?? name) === canonical);
  if (change === undefined) return part;
  const texts = change.after.map((value) => value.toString("utf8"));
  if (texts.some((text) => text === part.value)) return part;
  const [first] = texts;
  if (first === undefined) throw invalid(`"${part.type}" names the entry and keeps a value`);
  return { type: part.type, value: first };
}

function attributeOf(attributes: Write<"create">["attributes"], name: string) {
  const found = Object.keys(attributes).find((each) => each.toLowerCase() === name.toLowerCase());
  return found === undefined ? undefined : attributes[found];
}

function isWithinBoth(left: Dn, right: Dn): boolean {
  return isWithin(left, right) && isWithin(right, left);
}
