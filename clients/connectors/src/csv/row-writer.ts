import {
  ConnectorError, type ConnectorAttributes, type ConnectorScalar, type ConnectorValue,
} from "../connector.js";
import { scalarFromText } from "../values/scalars.js";
import { guardFormula, toCell } from "./cells.js";
import type { CsvConfiguration, CsvTable } from "./configuration.js";
import { canEncode, encode } from "./encoding.js";
import { formatRow } from "./row-format.js";
import type { MappedColumn, RowMapper } from "./row-mapper.js";
import { dialectOf } from "./row-stream.js";

/** How one table's objects become cells and rows. All throw ConnectorError of kind skip. */
export class RowWriter {
  private readonly mapper: RowMapper;
  private readonly table: CsvTable;
  private readonly configuration: CsvConfiguration;
  private readonly columns: ReadonlyMap<string, MappedColumn>;

  constructor(mapper: RowMapper, table: CsvTable, configuration: CsvConfiguration) {
    this.mapper = mapper;
    this.table = table;
    this.configuration = configuration;
    this.columns = new Map(mapper.columns.map((column) => [column.name, column]));
  }

  /** Cells of a new row. Throws `ANCHOR_MISSING`, `VALUE_INVALID`, `VALUE_TOO_LARGE`. */
  create(attributes: ConnectorAttributes, enabled: boolean | undefined): string[] {
    const cells = this.mapper.header.map(() => "");
    for (const [name, value] of Object.entries(attributes)) {
      const column = this.column(name);
      cells[column.index] = this.cell(column, value);
    }
    if (cells[this.mapper.anchorIndex] === "") {
      throw new ConnectorError("skip", "ANCHOR_MISSING", `"${this.table.anchor}" has no value`);
    }
    this.setEnabled(cells, enabled);
    return cells;
  }

  /** Throws `VALUE_INVALID` when the file has no such attribute. */
  column(name: string): MappedColumn {
    const column = this.columns.get(name);
    if (column === undefined) throw invalid(`"${name}" is not a column`);
    return column;
  }

  /**
   * Text of a value; null and the empty text are no value. Throws `VALUE_INVALID`,
   * `VALUE_TOO_LARGE`.
   */
  cell(column: MappedColumn, value: ConnectorValue | null): string {
    const values = (Array.isArray(value) ? value : [value]) as readonly (ConnectorScalar | null)[];
    const texts = values.filter((each) => each !== null && each !== "")
      .map((each) => this.scalar(column, each as ConnectorScalar));
    if (texts.length > 1 && !column.many) throw invalid(`"${column.name}" takes one value`);
    return this.checked(column.name, texts.join(column.separator));
  }

  setEnabled(cells: string[], enabled: boolean | undefined): void {
    if (enabled === undefined) return;
    const { mapper, table } = this;
    if (table.enabled === undefined) throw invalid("the file has no column for enabled");
    const words = enabled ? table.enabled.true : table.enabled.false;
    if (words.includes(mapper.text(cells[mapper.enabledIndex] as string))) return;
    cells[mapper.enabledIndex] = this.checked(table.enabled.column, words[0] as string);
  }

  setMembers(cells: string[], members: readonly string[]): void {
    const { column, separator } = this.table.membersColumn as NonNullable<
      CsvTable["membersColumn"]
    >;
    if (members.some((member) => member === "" || member.includes(separator))) {
      throw invalid("a member is empty or holds the separator");
    }
    cells[this.mapper.membersIndex] = this.checked(column, members.join(separator));
  }

  private scalar(column: MappedColumn, value: ConnectorScalar): string {
    const text = toCell(value);
    if (scalarFromText(column.type, text) === undefined) {
      throw invalid(`a value for "${column.name}" is not ${column.type}`);
    }
    if (column.many && text.includes(column.separator)) {
      throw invalid(`a value for "${column.name}" holds the separator`);
    }
    return text;
  }

  private checked(name: string, text: string): string {
    return checkedCell(this.configuration, name, text);
  }
}

/** Text as it stands in a cell, guarded where that is asked. Throws ConnectorError of kind skip. */
export function checkedCell(configuration: CsvConfiguration, name: string, text: string): string {
  if (text.includes("\0") || !text.isWellFormed()) {
    throw invalid(`a value for "${name}" holds U+0000 or half a character`);
  }
  const cell = configuration.formulaGuard ? guardFormula(text) : text;
  const { cellBytesMax } = configuration.limits;
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (cell.length * 3 > cellBytesMax && Buffer.byteLength(cell) > cellBytesMax) {
    throw new ConnectorError(
      "skip", "VALUE_TOO_LARGE", `a value for "${name}" is larger than ${cellBytesMax} bytes`,
    );
  }
  if (!canEncode(configuration.encoding, cell)) {
    throw invalid(`a value for "${name}" has a character that ${configuration.encoding} lacks`);
  }
  return cell;
}

/** Bytes of a row. Throws ConnectorError of kind skip when the dialect cannot write it. */
export function rowBytes(
  configuration: CsvConfiguration, cells: readonly string[], quoteAll: boolean, lineEnd: string,
): Buffer {
  const text = formatRow(dialectOf(configuration), cells, quoteAll);
  if (text === undefined) throw invalid("a value needs quotes, which the file does not have");
  if (text.length + lineEnd.length > configuration.limits.rowBytesMax) {
    throw new ConnectorError("skip", "VALUE_TOO_LARGE", "the row is larger than a row may be");
  }
  const bytes = encode(configuration.encoding, text + lineEnd);
  if (bytes === undefined) throw invalid("the row has a character that the encoding lacks");
  return bytes;
}

function invalid(message: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", message);
}
