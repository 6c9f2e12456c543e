import { ConnectorError, type ConnectorWrite, type WriteResult } from "../connector.js";
import type { LdapGroups } from "./configuration.js";
import type { LdapDialect } from "./dialect.js";
import { dnTextKey, parseDn } from "./dn.js";
import type { EntryWriter } from "./entry-writer.js";
import { meaningOf, resultName } from "./result-codes.js";
import { accept, gone, invalid } from "./write-errors.js";
import { sendCompare, sendModify, type Modification } from "./write-requests.js";

type MembersWrite = Extract<ConnectorWrite, { readonly operation: "members" }>;

const noSuchObject = 32;
const objectClassViolation = 65;
const attemptsMax = 3;

/**
 * Adds and removes members of a group. Those already in or out do not count; a group that must
 * have a member keeps its placeholder. Throws ConnectorError.
 */
export async function applyMembers(writer: EntryWriter, write: MembersWrite): Promise<WriteResult> {
  const kind = writer.kindOf("group");
  const settings = kind.settings as LdapGroups;
  const entry = await writer.locate(kind, write.anchor, write.name, []);
  if (entry === undefined) throw gone();
  const change = new MemberChange(writer, settings, entry.dn);
  const already = await change.apply(
    await change.values(write.add), withoutPlaceholder(await change.values(write.remove), settings),
  );
  const object = await writer.readBack(kind, entry.dn);
  return { id: write.id, ok: true, object, ...(already ? { already } : {}) };
}

class MemberChange {
  private readonly writer: EntryWriter;
  private readonly settings: LdapGroups;
  private readonly dn: string;

  constructor(writer: EntryWriter, settings: LdapGroups, dn: string) {
    this.writer = writer;
    this.settings = settings;
    this.dn = dn;
  }

  /** Members as the group's attribute has them; each is a DN, or the anchor of an object. */
  async values(members: readonly string[]): Promise<string[]> {
    const values: string[] = [];
    for (const member of members) {
      const isName = member.includes("=") && parseDn(member) !== undefined;
      const dn = isName ? member : await this.dnOf(member);
      const value =
        this.settings.memberAttribute === "memberUid" ? await this.nameOf(dn ?? member) : dn;
      if (value === undefined) throw invalid("a member is no entry of this directory");
      values.push(value);
    }
    return values;
  }

  /** True when nothing had to be done. */
  async apply(add: readonly string[], remove: readonly string[]): Promise<boolean> {
    let [adding, removing] = [add, remove];
    let placeholder = false;
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      if (adding.length === 0 && removing.length === 0) return true;
      const answer = await sendModify(
        this.writer.options.session,
        this.dn,
        this.modifications(adding, removing, placeholder),
      );
      if (this.dialect.memberConflicts.has(answer.status)) {
        const before = adding.length + removing.length;
        adding = await this.having(adding, false);
        removing = await this.having(removing, true);
        // Nobody is in or out who should not be: the server means something else.
        if (attempt > 1 && adding.length + removing.length === before) {
          accept(this.dialect, answer, [this.settings.memberAttribute]);
        }
      } else if (
        answer.status === objectClassViolation &&
        !placeholder &&
        this.settings.placeholderMember !== undefined
      ) {
        // It was the last member of a group that must have one.
        placeholder = true;
      } else {
        await this.demandGroup(answer.status);
        accept(this.dialect, answer, [this.settings.memberAttribute]);
        return false;
      }
    }
    throw new ConnectorError("retry", "CONNECTOR_BUSY", "others change the group's members");
  }

  private get dialect(): LdapDialect {
    return this.writer.options.session.dialect;
  }

  /** Some servers call a member who does not exist "no such object": that is not the group. */
  private async demandGroup(status: number): Promise<void> {
    if (status !== noSuchObject) return;
    const group = await this.writer.options.session.readEntry(this.dn, ["1.1"], "write");
    if (group !== undefined) throw invalid("a member is no entry of this directory");
  }

  private modifications(
    add: readonly string[],
    remove: readonly string[],
    placeholder: boolean,
  ): Modification[] {
    const name = this.settings.memberAttribute;
    const added = [...add, ...(placeholder ? [this.settings.placeholderMember ?? ""] : [])];
    const toBytes = (values: readonly string[]): Buffer[] =>
      values.map((value) => Buffer.from(value));
    return [
      ...(added.length === 0 ? [] : [{ operation: "add" as const, name, values: toBytes(added) }]),
      ...(remove.length === 0
        ? []
        : [{ operation: "delete" as const, name, values: toBytes(remove) }]),
    ];
  }

  /** Of these values, each once, those that the group has or lacks. */
  private async having(values: readonly string[], wanted: boolean): Promise<string[]> {
    const distinct = [...new Map(values.map((value) => [dnTextKey(value), value])).values()];
    const { session } = this.writer.options;
    const kept: string[] = [];
    for (const value of distinct) {
      const has = await sendCompare(session, this.dn, this.settings.memberAttribute, value);
      if (typeof has === "number") {
        const { kind, code } = meaningOf("write", has);
        throw new ConnectorError(kind, code, `comparing: ${resultName(has)} (${has})`);
      }
      if (has === wanted) kept.push(value);
    }
    return kept;
  }

  private async dnOf(anchor: string): Promise<string | undefined> {
    for (const kind of this.writer.options.kinds.values()) {
      const filter = kind.anchorFilter(anchor);
      if (filter === undefined) continue;
      const { base, scope } = kind.settings;
      const search = { base, scope, filter, attributes: ["1.1"] };
      const found = await this.writer.options.session.find(search, 1, "write");
      if (found.length === 1) return found[0]?.dn;
    }
    return undefined;
  }

  /** What is no DN stands for itself: a name that was read and belonged to nobody. */
  private async nameOf(member: string): Promise<string | undefined> {
    if (parseDn(member) === undefined) return member;
    return this.writer.options.memberNames?.toName(member);
  }
}

function withoutPlaceholder(
  values: readonly string[],
  { placeholderMember }: LdapGroups,
): string[] {
  const placeholder = placeholderMember === undefined ? undefined : dnTextKey(placeholderMember);
  return values.filter((value) => dnTextKey(value) !== placeholder);
}
