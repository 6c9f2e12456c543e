import {
  ConnectorError,
  type ConnectorAttribute,
  type ConnectorObject,
  type ConnectorScalar,
  type ConnectorSkip,
  type ConnectorValue,
  type ObjectKind,
} from "../connector.js";
import { scalarFromText } from "../values/scalars.js";
import { unguardFormula } from "./cells.js";
import type { CsvColumn, CsvTable } from "./configuration.js";

/** A column that is read as an attribute. */
export interface MappedColumn {
  readonly index: number;
  readonly name: string;
  readonly type: CsvColumn["type"];
  readonly many: boolean;
  readonly separator: string;
  readonly required: boolean;
  readonly caseIgnore: boolean;
  readonly plain: boolean;
}

/**
 * Reads rows of one header as objects. Every column with a name is an attribute of that name,
 * anchor and name included, unless only declared ones are wanted. An empty cell is no value.
 */
export class RowMapper {
  readonly columns: readonly MappedColumn[];
  readonly anchorIndex: number;
  readonly nameIndex: number;
  readonly enabledIndex: number;
  readonly membersIndex: number;
  readonly kind: ObjectKind;
  readonly header: readonly string[];

  private readonly formulaGuard: boolean;
  private readonly enabledWords: ReadonlyMap<string, boolean>;
  private readonly allPlain: boolean;

  /** Throws ConnectorError `COLUMN_MISSING`, or `MISCONFIGURED` when a used name stands twice. */
  constructor(kind: ObjectKind, table: CsvTable, header: readonly string[], formulaGuard: boolean) {
    this.kind = kind;
    this.header = header;
    this.formulaGuard = formulaGuard;
    this.anchorIndex = columnIndex(header, table.anchor);
    this.nameIndex = columnIndex(header, table.name ?? table.anchor);
    this.enabledIndex =
      table.enabled === undefined ? -1 : columnIndex(header, table.enabled.column);
    this.membersIndex =
      table.membersColumn === undefined ? -1 : columnIndex(header, table.membersColumn.column);
    this.enabledWords = new Map([
      ...(table.enabled?.true ?? []).map((word) => [word, true] as const),
      ...(table.enabled?.false ?? []).map((word) => [word, false] as const),
    ]);
    this.columns = mappedColumns(table, header, this.membersIndex);
    this.allPlain = !formulaGuard && this.columns.every((column) => column.plain);
  }

  attributes(): ConnectorAttribute[] {
    return this.columns.map(({ index, name, type, many, required, caseIgnore }) => ({
      name,
      type,
      ...(many ? { many } : {}),
      ...(required || index === this.anchorIndex ? { required: true } : {}),
      ...(caseIgnore ? { caseIgnore } : {}),
      ...(index === this.nameIndex ? { naming: true } : {}),
    }));
  }

  /** The object of a whole row, or why it is none. */
  read(
    cells: readonly string[],
    line: number,
    mayHoldNul: boolean,
  ): ConnectorObject | ConnectorSkip {
    const anchor = this.text(cells[this.anchorIndex] as string);
    if (anchor === "") {
      return { object: `line ${line}`, code: "ANCHOR_MISSING", reason: "its anchor cell is empty" };
    }
    if (mayHoldNul && cells.some((cell, at) => at < this.header.length && cell.includes("\0"))) {
      return skip(anchor, "VALUE_INVALID", `line ${line} holds U+0000`);
    }
    const attributes: Record<string, ConnectorValue> = {};
    const problem = this.allPlain
      ? this.readPlain(cells, attributes)
      : this.readTyped(cells, attributes);
    if (problem !== undefined) return skip(anchor, "VALUE_INVALID", `line ${line}: ${problem}`);
    const name = this.text(cells[this.nameIndex] as string);
    const object = {
      kind: this.kind,
      anchor: ownCopy(anchor),
      name: name === "" ? anchor : name,
      attributes,
    };
    if (this.enabledIndex < 0) return object;
    return this.withEnabled(object, cells, line);
  }

  /** Text of a cell as data: without the guard against formulas. */
  text(cell: string): string {
    return this.formulaGuard ? unguardFormula(cell) : cell;
  }

  private withEnabled(
    object: ConnectorObject,
    cells: readonly string[],
    line: number,
  ): ConnectorObject | ConnectorSkip {
    const word = this.text(cells[this.enabledIndex] as string);
    const enabled = this.enabledWords.get(word);
    if (enabled !== undefined) return { ...object, enabled };
    if (word === "") return object;
    // An unknown word is no reason to take somebody for active, nor for gone.
    const column = this.header[this.enabledIndex] as string;
    return skip(object.anchor, "VALUE_INVALID", `line ${line}: "${column}" has an unknown state`);
  }

  private readPlain(
    cells: readonly string[],
    attributes: Record<string, ConnectorValue>,
  ): string | undefined {
    for (const column of this.columns) {
      const cell = cells[column.index] as string;
      if (cell !== "") attributes[column.name] = cell;
      else if (column.required) return `"${column.name}" is required and empty`;
    }
    return undefined;
  }

  private readTyped(
    cells: readonly string[],
    attributes: Record<string, ConnectorValue>,
  ): string | undefined {
    for (const column of this.columns) {
      const cell = this.text(cells[column.index] as string);
      if (cell === "") {
        if (column.required) return `"${column.name}" is required and empty`;
      } else if (column.plain) attributes[column.name] = cell;
      else {
        const value = column.many ? readMany(column, cell) : scalarFromText(column.type, cell);
        if (value === undefined) return `"${column.name}" is not ${column.type}`;
        if (!Array.isArray(value) || value.length > 0) attributes[column.name] = value;
      }
    }
    return undefined;
  }
}

function readMany(column: MappedColumn, cell: string): readonly ConnectorScalar[] | undefined {
  const values: ConnectorScalar[] = [];
  for (const part of cell.split(column.separator)) {
    if (part === "") continue;
    const value = scalarFromText(column.type, part);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** Position of a column. Throws ConnectorError when it is missing or stands twice. */
export function columnIndex(header: readonly string[], name: string): number {
  const index = header.indexOf(name);
  if (index === -1) {
    const shown = header.slice(0, 20).map((each) => JSON.stringify(each.slice(0, 40))).join(", ");
    throw new ConnectorError(
      "stop", "COLUMN_MISSING", `column "${name}" is missing; the header has ${shown}`,
    );
  }
  if (header.includes(name, index + 1)) {
    throw new ConnectorError(
      "stop",
      "MISCONFIGURED",
      `column "${name}" stands twice in the header`,
    );
  }
  return index;
}

function mappedColumns(
  table: CsvTable, header: readonly string[], membersIndex: number,
): MappedColumn[] {
  const declared = new Map(table.columns.map((column) => [column.name, column]));
  for (const name of declared.keys()) columnIndex(header, name);
  const kept = new Set([table.anchor, table.name ?? table.anchor, ...declared.keys()]);
  const columns: MappedColumn[] = [];
  for (const [index, name] of header.entries()) {
    if (name === "" || index === membersIndex) continue;
    if (table.onlyDeclared && !kept.has(name)) continue;
    if (name === "__proto__") {
      throw new ConnectorError("stop", "MISCONFIGURED", "a column is named __proto__");
    }
    columnIndex(header, name);
    const column = declared.get(name);
    const type = column?.type ?? "string";
    const many = column?.many ?? false;
    columns.push({
      index, name, type, many,
      separator: column?.separator ?? ";",
      required: column?.required ?? false,
      caseIgnore: column?.caseIgnore ?? false,
      plain: !many && (type === "string" || type === "reference"),
    });
  }
  return columns;
}

function skip(anchor: string, code: ConnectorSkip["code"], reason: string): ConnectorSkip {
  return { object: anchor, anchor, code, reason };
}

/**
 * A part of a large string keeps all of it in memory; anchors are held long, so they are copied.
 */
function ownCopy(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, "utf8").toString("utf8");
}
