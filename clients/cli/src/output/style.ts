import { styleText } from "node:util";

type Paint = (text: string) => string;

/** How words stand out; without colours each is the identity. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
}

export const plainStyle: Style = {
  bold: same,
  dim: same,
  good: same,
  bad: same,
  warning: same,
};

export function makeStyle(isColoured: boolean): Style {
  if (!isColoured) return plainStyle;
  const paint =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      styleText(format, text, { validateStream: false });
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    good: paint("green"),
    bad: paint("red"),
    warning: paint("yellow"),
  };
}

function same(text: string): string {
  return text;
}
