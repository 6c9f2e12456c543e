import stringWidth from "string-width";
import type { Style } from "./style.js";

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly align?: "right";
  readonly paint?: (text: string, row: Row) => string;
}

/** Columns in line whatever the script; cells must be printable. Nothing is cut. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: Style,
): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => column.of(row)));
  const widths = columns.map(({ title }, at) =>
    Math.max(stringWidth(title), ...cells.map((row) => stringWidth(row[at] ?? ""))),
  );
  const line = (texts: readonly string[], paint: (text: string, at: number) => string) =>
    texts
      .map((text, at) => {
        const padding = " ".repeat((widths[at] ?? 0) - stringWidth(text));
        const painted = paint(text, at);
        if (columns[at]?.align === "right") return padding + painted;
        return at === texts.length - 1 ? painted : painted + padding;
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, (text) => style.dim(text)),
    ...cells.map((texts, row) =>
      line(texts, (text, at) => {
        const [column, of] = [columns[at], rows[row]];
        return column?.paint && of !== undefined ? column.paint(text, of) : text;
      }),
    ),
  ];
}

/** Names and values below each other. */
export function pairs(
  entries: readonly (readonly [name: string, value: string])[],
  style: Style,
): readonly string[] {
  const width = Math.max(0, ...entries.map(([name]) => stringWidth(name)));
  return entries.map(([name, value]) => {
    const padding = " ".repeat(width - stringWidth(name));
    return `${style.dim(name)}${padding}  ${value}`.trimEnd();
  });
}
