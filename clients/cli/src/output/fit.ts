import stringWidth from "string-width";

/** Followed by blanks up to a width in columns of a terminal. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

/** What finds room, with `…` for what does not. */
export function fitted(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let fit = "";
  for (const character of text) {
    if (stringWidth(`${fit}${character}…`) > width) break;
    fit += character;
  }
  return width > 0 ? `${fit}…` : "";
}
