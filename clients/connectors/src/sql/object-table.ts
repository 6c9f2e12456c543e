import {
  ConnectorError, type ConnectorAttribute, type ConnectorObject, type ConnectorSkip,
  type ConnectorValue, type ObjectKind,
} from "../connector.js";
import { SqlColumn } from "./column.js";
import type { SqlGroups, SqlUsers } from "./configuration.js";
import type { CatalogueColumn } from "./dialect.js";
import { calledRelation, fromText } from "./relation.js";
import {
  relationOf, type SqlColumnSettings, type SqlRelation, type StateWord,
} from "./relation-settings.js";
import { misconfigured, stateValue } from "./scalar-codec.js";
import type { SqlCell, SqlRow, SqlSession } from "./session.js";
import type { Statement } from "./statement.js";

/** What is read to the columns of one row that stands in other tables: column → values. */
export type ChildValues = ReadonlyMap<string, readonly (string | Buffer)[]>;

/** Types by which a database finds its way through a table, always the same. */
const keyFormats = new Set(["text", "padded", "uuid", "integer", "decimal", "date", "bytes"]);

/** One kind of objects where it stands, with what the catalogue says of its columns. */
export class ObjectTable {
  readonly kind: ObjectKind;
  readonly settings: SqlUsers | SqlGroups;
  readonly relation: SqlRelation;
  readonly session: SqlSession;
  /** Attributes, anchor and name among them, first those that stand in the row. */
  readonly columns: readonly SqlColumn[];
  readonly children: readonly SqlColumn[];
  /** Columns that stand in the row, in the order in which `select` lists them. */
  readonly own: readonly SqlColumn[];
  readonly anchor: SqlColumn;
  readonly name: SqlColumn;
  readonly id: SqlColumn | undefined;
  readonly enabled: SqlColumn | undefined;

  private readonly anchorAt: number;
  private readonly states = new Map<string, boolean>();
  private readonly catalogue: readonly CatalogueColumn[];

  private constructor(
    session: SqlSession, kind: ObjectKind, settings: SqlUsers | SqlGroups,
    catalogue: readonly CatalogueColumn[], children: readonly SqlColumn[],
  ) {
    this.session = session;
    this.kind = kind;
    this.settings = settings;
    this.relation = relationOf(settings);
    this.catalogue = catalogue;
    this.children = children;
    this.own = this.wantedColumns();
    this.columns = [...this.own, ...children];
    this.anchor = this.find(settings.anchor);
    this.anchorAt = this.own.indexOf(this.anchor);
    this.name = this.find(settings.name ?? settings.anchor);
    this.id = settings.idColumn === undefined ? undefined
      : this.columnOf(settings.idColumn, undefined);
    const { enabled } = settings;
    this.enabled = enabled === undefined ? undefined : this.find(enabled.column);
    for (const state of [true, false]) {
      for (const word of enabled?.[`${state}`] ?? []) this.states.set(this.stateKey(word), state);
    }
    this.demandKey();
  }

  /** Throws ConnectorError `COLUMN_MISSING`, `MISCONFIGURED`, and what the database says. */
  static async open(
    session: SqlSession, kind: ObjectKind, settings: SqlUsers | SqlGroups,
  ): Promise<ObjectTable> {
    const { dialect } = session;
    const catalogue = await dialect.columns(session, relationOf(settings));
    const children: SqlColumn[] = [];
    for (const column of settings.columns) {
      const { many } = column;
      if (many === undefined || typeof many === "string" || !("table" in many)) continue;
      const found = await dialect.columns(session, { table: many.table });
      const called = calledRelation({ table: many.table });
      const [owner, value] = [many.owner, many.value].map((name) => named(found, name, called));
      const child = {
        table: many.table, owner: owner as CatalogueColumn, value: value as CatalogueColumn,
      };
      children.push(new SqlColumn(dialect, child.value, column, child));
    }
    return new ObjectTable(session, kind, settings, catalogue, children);
  }

  attributes(): ConnectorAttribute[] {
    return this.columns.map((column) => ({
      name: column.name,
      type: column.type,
      ...(column.isMany ? { many: true } : {}),
      ...(column.caseIgnore ? { caseIgnore: true } : {}),
      ...(column.isRequired ? { required: true } : {}),
      ...(column.isReadOnly ? { readOnly: true } : {}),
      ...(column === this.name ? { naming: true } : {}),
    }));
  }

  /** `select … from …`; what follows is the caller's. */
  select(hint = ""): string {
    const list = this.own.map((column) => column.selected).join(", ");
    return `select ${list} from ${this.from(hint)}`;
  }

  from(hint = ""): string {
    return fromText(this.session.dialect, this.relation, hint);
  }

  /** That the anchor stands so to a cell. */
  anchorIs(comparison: "=" | ">", cell: SqlCell): Statement {
    return [`${this.anchor.quoted} ${comparison} `, this.anchor.bind(cell)];
  }

  anchorCell(row: SqlRow): SqlCell {
    return row[this.anchorAt] as SqlCell;
  }

  /** The anchor as text, undefined where there is none. */
  anchorText(cell: SqlCell): string | undefined {
    const value = cell === null ? null : this.anchor.decode(cell);
    return value === null || value === undefined || value === "" ? undefined : String(value);
  }

  /** The object of a row, or why it is none. */
  read(row: SqlRow, children?: ChildValues): ConnectorObject | ConnectorSkip {
    const anchor = this.anchorText(this.anchorCell(row));
    if (anchor === undefined) {
      const object = `a row of ${calledRelation(this.relation)}`;
      return { object, code: "ANCHOR_MISSING", reason: `"${this.anchor.name}" has no value` };
    }
    const attributes: Record<string, ConnectorValue> = {};
    for (let at = 0; at < this.own.length; at += 1) {
      const column = this.own[at] as SqlColumn;
      const value = column.decode(row[at] as SqlCell);
      if (value === undefined) return this.misfit(anchor, column);
      if (value !== null) attributes[column.name] = value;
    }
    for (const column of this.children) {
      const values = children?.get(column.name)?.map((cell) => column.decode(cell)) ?? [];
      if (values.includes(undefined)) return this.misfit(anchor, column);
      if (values.length > 0) attributes[column.name] = values as string[];
    }
    const name = attributes[this.name.name];
    const object = {
      kind: this.kind, anchor, name: name === undefined || name === "" ? anchor : String(name),
      attributes,
    };
    if (this.enabled === undefined) return object;
    const value = attributes[this.enabled.name] as string | undefined;
    const enabled = this.states.get(value === undefined ? "none" : `= ${String(value)}`);
    if (enabled !== undefined) return { ...object, enabled };
    if (value === undefined) return object;
    // An unknown word is no reason to take somebody for active, nor for gone.
    const reason = `"${this.enabled.name}" has an unknown state`;
    return { object: anchor, anchor, code: "VALUE_INVALID", reason };
  }

  /** What stands in the state's column of who is, or is not, enabled. */
  stateFor(enabled: boolean): ConnectorValue | null {
    const word = this.settings.enabled?.[`${enabled}`][0] ?? null;
    return word === null ? null : stateValue((this.enabled as SqlColumn).type, word);
  }

  /** Throws ConnectorError `VALUE_INVALID`. */
  column(name: string): SqlColumn {
    const column = this.columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    const where = calledRelation(this.relation);
    throw new ConnectorError("skip", "VALUE_INVALID", `"${name}" is no column of ${where}`);
  }

  /** What the catalogue says of a column. Throws ConnectorError `COLUMN_MISSING`. */
  catalogueOf(name: string): CatalogueColumn {
    return named(this.catalogue, name, calledRelation(this.relation));
  }

  private wantedColumns(): readonly SqlColumn[] {
    const { anchor, name, enabled, columns, onlyDeclared, idColumn } = this.settings;
    const declared = new Map(columns.map((column) => [column.name, column]));
    const keys = new Set([anchor, name ?? anchor, enabled?.column]);
    for (const each of [...declared.keys(), ...keys]) {
      if (each === undefined || this.children.some((child) => child.name === each)) continue;
      named(this.catalogue, each, calledRelation(this.relation));
    }
    return this.catalogue.filter((column) => {
      if (this.children.some((child) => child.name === column.name)) return false;
      if (declared.has(column.name) || keys.has(column.name)) return true;
      return !onlyDeclared && column.format !== undefined && column.name !== idColumn;
    }).map((column) => this.columnOf(column.name, declared.get(column.name)));
  }

  private columnOf(name: string, settings: SqlColumnSettings | undefined): SqlColumn {
    const column = named(this.catalogue, name, calledRelation(this.relation));
    return new SqlColumn(this.session.dialect, column, settings);
  }

  private find(name: string): SqlColumn {
    return this.own.find((column) => column.name === name) as SqlColumn;
  }

  private stateKey(word: StateWord): string {
    if (word === null) return "none";
    return `= ${String(stateValue((this.enabled as SqlColumn).type, word))}`;
  }

  private misfit(anchor: string, column: SqlColumn): ConnectorSkip {
    const reason = `"${column.name}" holds what is not ${column.type}`;
    return { object: anchor, anchor, code: "VALUE_INVALID", reason };
  }

  private demandKey(): void {
    const { format, typeName, isArray } = this.anchor.catalogue;
    if (format !== undefined && keyFormats.has(format) && !isArray) return;
    throw misconfigured(`the anchor "${this.anchor.name}" is ${typeName}, which orders no rows`);
  }
}

function named(
  catalogue: readonly CatalogueColumn[], name: string, where: string,
): CatalogueColumn {
  const found = catalogue.filter((column) => column.name === name);
  if (found.length === 1) return found[0] as CatalogueColumn;
  if (found.length > 1) throw misconfigured(`column "${name}" stands twice in ${where}`);
  const shown = catalogue.slice(0, 20).map((column) => JSON.stringify(column.name)).join(", ");
  throw new ConnectorError(
    "stop", "COLUMN_MISSING", `column "${name}" is missing in ${where}, which has ${shown}`,
  );
}
