import {
  ConnectorError, type ConnectorAttributeType, type ConnectorScalar, type ConnectorValue,
} from "../connector.js";
import { selectedOf, type CatalogueColumn, type SqlDialect } from "./dialect.js";
import type { SqlColumnSettings, SqlTable } from "./relation-settings.js";
import { scalarCodec, type ScalarCodec } from "./scalar-codec.js";
import { listCodec, type ListCodec } from "./list-codec.js";
import type { SqlCell } from "./session.js";
import type { BoundValue } from "./statement.js";

/** A table that has one row for each value of a column that takes several. */
export interface ChildTable {
  readonly table: SqlTable;
  readonly owner: CatalogueColumn;
  readonly value: CatalogueColumn;
}

/** One column as an attribute: how it is selected, read, bound and compared. */
export class SqlColumn {
  readonly name: string;
  readonly type: ConnectorAttributeType;
  readonly isMany: boolean;
  readonly child: ChildTable | undefined;
  /** What stands in the list of a select. */
  readonly selected: string;
  readonly quoted: string;
  readonly catalogue: CatalogueColumn;
  readonly isReadOnly: boolean;
  readonly isRequired: boolean;
  readonly caseIgnore: boolean;

  private readonly scalar: ScalarCodec;
  private readonly list: ListCodec | undefined;

  /** Throws ConnectorError `MISCONFIGURED` for a type that cannot be read as is asked. */
  constructor(
    dialect: SqlDialect, catalogue: CatalogueColumn, settings?: SqlColumnSettings,
    child?: ChildTable,
  ) {
    this.name = settings?.name ?? catalogue.name;
    this.catalogue = catalogue;
    this.quoted = dialect.quote(catalogue.name);
    this.child = child;
    const separated = child === undefined ? settings?.many : undefined;
    this.scalar = scalarCodec(this.name, catalogue, settings, separated !== undefined);
    this.type = this.scalar.type;
    this.list = child === undefined ? listCodec(this.name, catalogue, settings, this.scalar)
      : undefined;
    this.isMany = child !== undefined || this.list !== undefined;
    this.selected = selectedOf(dialect, catalogue);
    this.isReadOnly = settings?.readOnly === true || catalogue.readOnly;
    this.isRequired = settings?.required ?? catalogue.required;
    this.caseIgnore = settings?.caseIgnore ?? catalogue.caseIgnore;
  }

  /** Null for no value, undefined for what is not of the type. */
  decode(cell: SqlCell): ConnectorValue | null | undefined {
    if (cell === null) return null;
    if (this.list === undefined) return this.scalar.read(cell);
    const values = this.list.read(cell);
    return values?.length === 0 ? null : values;
  }

  /** The cell of a value, null for none. Throws ConnectorError `VALUE_INVALID` or `…_TOO_LARGE`. */
  encode(value: ConnectorValue | null): SqlCell {
    if (this.list !== undefined) {
      const values = this.valuesOf(value);
      if (values.length === 0 && this.catalogue.nullable) return null;
      return this.kept(this.list.write(values));
    }
    if (value === null) return null;
    if (Array.isArray(value)) throw this.invalid("takes one value");
    return this.kept(this.scalar.write(value as ConnectorScalar));
  }

  /** Each value once, as a cell of its own: rows of a child table. */
  encodeEach(value: ConnectorValue | null): readonly SqlCell[] {
    return this.valuesOf(value).map((each) => this.kept(this.scalar.write(each)));
  }

  /** To compare with the column. */
  bind(cell: SqlCell): BoundValue {
    return { cell, as: this.catalogue.cast };
  }

  /** To write into the column. */
  bindWritten(cell: SqlCell): BoundValue {
    return { cell, as: this.catalogue.writtenCast };
  }

  /** What two writings of one value share; undefined where it is no such value. */
  key(value: ConnectorValue | null): string {
    if (value === null) return "none";
    const keys = this.isMany ? this.valuesOf(value).map((each) => this.scalar.key(each)).sort()
      : [this.scalar.key(value as ConnectorScalar)];
    return JSON.stringify(keys);
  }

  private valuesOf(value: ConnectorValue | null): readonly ConnectorScalar[] {
    const values = (Array.isArray(value) ? value : [value]) as readonly (ConnectorScalar | null)[];
    const present = values.filter((each) => each !== null);
    return [...new Map(present.map((each) => [this.scalar.key(each), each])).values()];
  }

  /** What the column would make something else of is refused. */
  private kept(cell: SqlCell): SqlCell {
    if (typeof cell !== "string" || this.catalogue.keeps?.(cell) !== false) return cell;
    throw this.invalid(`cannot keep a value as it is: it is ${this.catalogue.typeName}`);
  }

  private invalid(what: string): ConnectorError {
    return new ConnectorError("skip", "VALUE_INVALID", `"${this.name}" ${what}`);
  }
}
