import type { CsvTable } from "./configuration.js";

/** The header of a file that is to be made: anchor, name, state, the declared columns, members. */
export function newHeader(table: CsvTable): readonly string[] {
  return [...new Set([
    table.anchor,
    table.name ?? table.anchor,
    ...(table.enabled === undefined ? [] : [table.enabled.column]),
    ...table.columns.map((column) => column.name),
    ...(table.membersColumn === undefined ? [] : [table.membersColumn.column]),
  ])];
}
