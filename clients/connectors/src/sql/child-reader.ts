import { ConnectorError } from "../connector.js";
import { chunks } from "../chunks.js";
import type { ChildTable, SqlColumn } from "./column.js";
import { selectedOf } from "./dialect.js";
import { scalarCodec } from "./scalar-codec.js";
import type { ChildValues, ObjectTable } from "./object-table.js";
import { fromText } from "./relation.js";
import type { SqlCell } from "./session.js";
import { joined, type BoundValue, type Statement } from "./statement.js";

const ownersAtOnce = 500;
/** Values of the owners of one statement, before somebody must have made a mistake. */
const valuesMax = 1_000_000;

/** Reads values that stand in tables of their own: one statement a column and 500 owners. */
export class ChildReader {
  private readonly table: ObjectTable;

  constructor(table: ObjectTable) {
    this.table = table;
  }

  /** Anchor → column → values. Throws ConnectorError. */
  async read(anchors: readonly SqlCell[]): Promise<ReadonlyMap<string, ChildValues>> {
    const found = new Map<string, Map<string, (string | Buffer)[]>>();
    for (const column of this.table.children) {
      for (const part of chunks(anchors, ownersAtOnce)) await this.readColumn(column, part, found);
    }
    return found;
  }

  private async readColumn(
    column: SqlColumn, anchors: readonly SqlCell[],
    found: Map<string, Map<string, (string | Buffer)[]>>,
  ): Promise<void> {
    const { session } = this.table;
    const { owner: ownerColumn } = column.child as ChildTable;
    const owner = session.dialect.quote(ownerColumn.name);
    const selected = `${selectedOf(session.dialect, ownerColumn)}, ${column.selected}`;
    const list = joined(anchors.map((cell): Statement => [childOwner(column, cell)]), ", ");
    const { rows } = await session.run([
      `select ${selected} from ${childFrom(this.table, column)} where ${owner} in (`,
      ...list, `) order by ${owner}, ${column.quoted} ${session.dialect.limit(valuesMax + 1)}`,
    ]);
    if (rows.length > valuesMax) {
      const message = `more values of "${column.name}" than allowed`;
      throw new ConnectorError("stop", "LIMIT_EXCEEDED", message);
    }
    for (const [cell = null, value = null] of rows) {
      const anchor = ownerText(column, cell);
      if (anchor === undefined || value === null) continue;
      const columns = found.get(anchor) ?? new Map<string, (string | Buffer)[]>();
      found.set(anchor, columns);
      const values = columns.get(column.name) ?? [];
      columns.set(column.name, values);
      values.push(value);
    }
  }
}

/** An owner's anchor as the child table writes it. */
export function childOwner({ child }: SqlColumn, cell: SqlCell): BoundValue {
  return { cell, as: child?.owner.cast };
}

export function childFrom({ session }: ObjectTable, { child }: SqlColumn): string {
  return child === undefined ? "" : fromText(session.dialect, { table: child.table });
}

function ownerText(column: SqlColumn, cell: SqlCell): string | undefined {
  const { child } = column;
  if (child === undefined || cell === null) return undefined;
  const value = scalarCodec(child.owner.name, child.owner, undefined, false).read(cell);
  return value === null || value === undefined ? undefined : String(value);
}
