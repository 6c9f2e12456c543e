import type { ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import type { CsvTable } from "./configuration.js";
import { EditableFile, type Edition } from "./edition.js";
import { isToBeMade, openStream, textReader, type CsvPlace } from "./read.js";
import { columnIndex } from "./row-mapper.js";
import { checkedCell, rowBytes } from "./row-writer.js";

type MembersWrite = Extract<ConnectorWrite, { readonly operation: "members" }>;
type MemberSettings = NonNullable<CsvTable["members"]>;

/** A file with one row for each group and member. */
export class MemberFile {
  readonly path: string;

  private readonly place: CsvPlace;
  private readonly settings: MemberSettings;
  private readonly file: EditableFile;

  constructor(place: CsvPlace, settings: MemberSettings) {
    const { configuration } = place;
    const text = textReader(configuration);
    this.place = place;
    this.path = settings.path;
    this.settings = settings;
    this.file = new EditableFile({
      place, path: settings.path,
      keyOf: (header) => {
        const group = columnIndex(header, settings.group);
        const member = columnIndex(header, settings.member);
        return (cells) => pairKey(text(cells[group] as string), text(cells[member] as string));
      },
      format: (index, cells) => rowBytes(configuration, cells, index.quoteAll, index.lineEnd),
      newHeader: () => rowBytes(
        configuration, [settings.group, settings.member],
        configuration.quoting === "all", configuration.lineEnd,
      ),
    });
  }

  async edit(writes: readonly ConnectorWrite[], signal: AbortSignal): Promise<MemberEdit> {
    const keys = new Set<string>();
    const deleted = new Set<string>();
    for (const write of writes) {
      if (write.operation === "delete") deleted.add(write.anchor);
      if (write.operation !== "members") continue;
      for (const member of [...write.add, ...write.remove]) keys.add(pairKey(write.anchor, member));
    }
    const left = deleted.size === 0 ? [] : await this.keysOfGroups(deleted, signal);
    for (const key of left) keys.add(key);
    const edition = await this.file.edit(keys, signal);
    return new MemberEdit(this.place, this.settings, edition, keys);
  }

  /** Reads the whole file: only for groups that are deleted, which are few. */
  private async keysOfGroups(groups: ReadonlySet<string>, signal: AbortSignal): Promise<string[]> {
    if (await isToBeMade(this.place, this.path)) return [];
    const stream = await openStream(this.place, this.path, signal);
    try {
      const text = textReader(this.place.configuration);
      const groupIndex = columnIndex(stream.header, this.settings.group);
      const memberIndex = columnIndex(stream.header, this.settings.member);
      const keys: string[] = [];
      for (;;) {
        const token = stream.next();
        if (token === "end") return keys;
        if (token === "more") await stream.fill();
        else if (token === "row") {
          const group = text(stream.cells[groupIndex] as string);
          if (groups.has(group))
            keys.push(pairKey(group, text(stream.cells[memberIndex] as string)));
        }
      }
    } finally {
      await stream.close();
    }
  }
}

/** The members of groups while their file is edited. */
export class MemberEdit {
  readonly edition: Edition;

  private readonly place: CsvPlace;
  private readonly settings: MemberSettings;
  private readonly keys: ReadonlySet<string>;

  constructor(
    place: CsvPlace, settings: MemberSettings, edition: Edition, keys: ReadonlySet<string>,
  ) {
    this.place = place;
    this.settings = settings;
    this.edition = edition;
    this.keys = keys;
  }

  /** Throws ConnectorError of kind skip, with nothing changed, when a member cannot be written. */
  apply(write: MembersWrite, group: ConnectorObject): WriteResult {
    const added = write.add.filter((member) =>
      member !== "" && this.edition.find(pairKey(write.anchor, member)) === undefined);
    const rows = added.map((member) => this.row(write.anchor, member));
    const removed = write.remove.filter((member) =>
      this.edition.find(pairKey(write.anchor, member)) !== undefined);
    for (const [at, member] of added.entries()) {
      this.edition.put(pairKey(write.anchor, member), rows[at] as string[]);
    }
    for (const member of write.remove) this.edition.remove(pairKey(write.anchor, member));
    const already = added.length === 0 && removed.length === 0;
    return { id: write.id, ok: true, object: group, ...(already ? { already } : {}) };
  }

  /** Takes away what the file had of a group, and what earlier writes of the batch put there. */
  removeGroup(anchor: string): void {
    for (const key of this.keys) {
      if (key.startsWith(pairKey(anchor, ""))) this.edition.remove(key);
    }
  }

  private row(group: string, member: string): string[] {
    const { configuration } = this.place;
    const { header } = this.edition;
    const cells = header.map(() => "");
    cells[columnIndex(header, this.settings.group)] =
      checkedCell(configuration, this.settings.group, group);
    cells[columnIndex(header, this.settings.member)] =
      checkedCell(configuration, this.settings.member, member);
    rowBytes(configuration, cells, configuration.quote !== null, "\r\n");
    return cells;
  }
}

function pairKey(group: string, member: string): string {
  return `${group}\0${member}`;
}
