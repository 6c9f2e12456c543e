import {
  ConnectorError,
  type ConnectorMember,
  type ConnectorObject,
  type ConnectorSkip,
  type ObjectKind,
  type ReadBatch,
  type ReadOptions,
} from "../connector.js";
import { unguardFormula } from "./cells.js";
import type { CsvConfiguration, CsvTable } from "./configuration.js";
import { pathState, resolveBelow } from "./files.js";
import { columnIndex, RowMapper } from "./row-mapper.js";
import { RowStream } from "./row-stream.js";

/** One file of objects that a configuration names. */
export interface KindTable {
  readonly kind: ObjectKind;
  readonly table: CsvTable;
}

/** The tables in the order in which they are read: people before groups. */
export function tablesOf(configuration: CsvConfiguration): readonly KindTable[] {
  const first = { kind: configuration.kind, table: configuration };
  if (configuration.groups === undefined) return [first];
  return [first, { kind: "group", table: configuration.groups }];
}

/** Where files stand and how they are written. */
export interface CsvPlace {
  readonly root: string;
  readonly configuration: CsvConfiguration;
}

/**
 * Everything in the files, batch by batch, one chunk in memory at a time. Rows that share an
 * anchor are all yielded: which anchors repeat is decided by the host, over the whole set.
 * Throws ConnectorError as RowStream does, and the reason of an aborted signal.
 */
export async function* readTables(
  place: CsvPlace,
  options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  for (const each of tablesOf(place.configuration)) {
    yield* readTable(place, each, options);
    if (each.table.members !== undefined) yield* readMembers(place, each.table.members, options);
  }
}

async function* readTable(
  place: CsvPlace, { kind, table }: KindTable, options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  if (await isToBeMade(place, table.path)) return;
  const stream = await openStream(place, table.path, options.signal);
  try {
    const mapper = new RowMapper(kind, table, stream.header, place.configuration.formulaGuard);
    const batches = new Batches(options.batchSizeMax);
    for (;;) {
      const token = stream.next();
      if (token === "row") {
        batches.add(mapper.read(stream.cells, stream.line, stream.sawNul));
        if (mapper.membersIndex >= 0) batches.addMembers(cellMembers(mapper, table, stream.cells));
      } else if (token === "problem") batches.add(problemOf(stream, mapper));
      else if (token === "more") await stream.fill();
      else break;
      if (batches.full) yield* batches.take();
    }
    yield* batches.take();
    if (stream.rows === 0 && !place.configuration.mayBeEmpty) throw empty(table.path);
  } finally {
    await stream.close();
  }
}

async function* readMembers(
  place: CsvPlace, members: NonNullable<CsvTable["members"]>, options: ReadOptions,
): AsyncGenerator<ReadBatch> {
  if (await isToBeMade(place, members.path)) return;
  const stream = await openStream(place, members.path, options.signal);
  try {
    const groupIndex = columnIndex(stream.header, members.group);
    const memberIndex = columnIndex(stream.header, members.member);
    const text = textReader(place.configuration);
    const batches = new Batches(options.batchSizeMax);
    for (;;) {
      const token = stream.next();
      if (token === "more") await stream.fill();
      else if (token === "end") break;
      else if (token === "problem") {
        const object = `${members.path} line ${stream.line}`;
        const problem = stream.problem as NonNullable<typeof stream.problem>;
        batches.add({ object, code: problem.code, reason: problem.reason });
      } else {
        const group = text(stream.cells[groupIndex] as string);
        const member = text(stream.cells[memberIndex] as string);
        if (group === "" || member === "") {
          const object = `${members.path} line ${stream.line}`;
          batches.add({ object, code: "ANCHOR_MISSING", reason: "group or member is empty" });
        } else batches.addMembers([{ group, member }]);
      }
      if (batches.full) yield* batches.take();
    }
    yield* batches.take();
  } finally {
    await stream.close();
  }
}

export function openStream(
  place: CsvPlace, path: string, signal: AbortSignal, measured = false,
): Promise<RowStream> {
  const { root, configuration } = place;
  return RowStream.open({ root, path, format: configuration, signal, measured });
}

/** Whether the file is not there and the first write shall make it. */
export async function isToBeMade(place: CsvPlace, path: string): Promise<boolean> {
  if (!place.configuration.createWhenMissing) return false;
  return (await pathState(await resolveBelow(place.root, path))) === undefined;
}

export function textReader(configuration: CsvConfiguration): (cell: string) => string {
  return configuration.formulaGuard ? unguardFormula : (cell) => cell;
}

function cellMembers(
  mapper: RowMapper, table: CsvTable, cells: readonly string[],
): ConnectorMember[] {
  const group = mapper.text(cells[mapper.anchorIndex] as string);
  if (group === "") return [];
  return splitMembers(table, mapper.text(cells[mapper.membersIndex] as string))
    .map((member) => ({ group, member }));
}

export function splitMembers(table: CsvTable, cell: string): string[] {
  const separator = table.membersColumn?.separator ?? ";";
  return cell === "" ? [] : cell.split(separator).filter((member) => member !== "");
}

/**
 * A row that could not be used. Its anchor is named only where it surely is the row's own and the
 * row cannot have swallowed others: naming the wrong one would leave the right one unprotected.
 */
function problemOf(stream: RowStream, mapper: RowMapper): ConnectorSkip {
  const { code, reason, shifted } = stream.problem as NonNullable<typeof stream.problem>;
  const where = `line ${stream.line}`;
  const index = mapper.anchorIndex;
  const read = stream.count > index ? stream.cells[index] : undefined;
  const unsure = stream.manyLines || (shifted === true && index > 0);
  if (unsure || read === undefined || read === "") return { object: where, code, reason };
  const anchor = mapper.text(read);
  return { object: anchor, anchor, code, reason: `${where}: ${reason}` };
}

function empty(path: string): ConnectorError {
  return new ConnectorError("stop", "SOURCE_EMPTY", `"${path}" has a header and no rows`);
}

/** Gathers what a read met until a batch is full. */
class Batches {
  private readonly max: number;
  private objects: ConnectorObject[] = [];
  private members: ConnectorMember[] = [];
  private skips: ConnectorSkip[] = [];

  constructor(max: number) {
    this.max = max;
  }

  get full(): boolean {
    const { max } = this;
    return this.objects.length >= max || this.members.length >= max || this.skips.length >= max;
  }

  add(met: ConnectorObject | ConnectorSkip): void {
    if ("code" in met) this.skips.push(met);
    else this.objects.push(met);
  }

  addMembers(members: readonly ConnectorMember[]): void {
    for (const member of members) this.members.push(member);
  }

  *take(): Generator<ReadBatch> {
    if (this.objects.length > 0) yield { type: "objects", objects: this.objects };
    for (let at = 0; at < this.members.length; at += this.max) {
      yield { type: "members", members: this.members.slice(at, at + this.max) };
    }
    if (this.skips.length > 0) yield { type: "skips", skips: this.skips };
    this.objects = [];
    this.members = [];
    this.skips = [];
  }
}
