import type { Dialect } from "./tokenizer.js";

/**
 * The text of a row without its line end, undefined where the dialect has no way to write one of
 * the cells (a delimiter without quotes, a quote without an escape).
 */
export function formatRow(
  dialect: Dialect, cells: readonly string[], quoteAll: boolean,
): string | undefined {
  let text = "";
  for (let at = 0; at < cells.length; at += 1) {
    const cell = formatCell(dialect, cells[at] as string, quoteAll);
    if (cell === undefined) return undefined;
    text += at === 0 ? cell : dialect.delimiter + cell;
  }
  return text;
}

function formatCell(dialect: Dialect, cell: string, quoteAll: boolean): string | undefined {
  const { delimiter, quote, escape } = dialect;
  const special = cell.includes(delimiter) || cell.includes("\n") || cell.includes("\r");
  if (quote === null) return special ? undefined : cell;
  const hasQuote = cell.includes(quote);
  if (!quoteAll && !special && !hasQuote) return cell;
  if (escape === null) return hasQuote ? undefined : quote + cell + quote;
  let inside = cell;
  if (escape !== quote) inside = inside.replaceAll(escape, () => escape + escape);
  if (hasQuote) inside = inside.replaceAll(quote, () => escape + quote);
  return quote + inside + quote;
}
