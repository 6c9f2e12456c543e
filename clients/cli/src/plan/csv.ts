/**
 * What a spreadsheet would run as a formula, after blanks and quotes too; the wide signs are those
 * that some turn into the narrow ones.
 */
const formulaBegin = /^['\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/** One record of CSV (RFC 4180 §2) with its line end; texts that look like formulas get a `'`. */
export function csvRecord(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(harmless(cell))).join(",")}\r\n`;
}

function harmless(cell: string): string {
  return formulaBegin.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
