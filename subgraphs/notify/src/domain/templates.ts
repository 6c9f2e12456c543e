import { Liquid } from "liquidjs";

export const liquid = new Liquid({
  strictVariables: true, strictFilters: true, parseLimit: 100_000,
});

/** A header is one line (RFC 5322 §2.2), whatever an application is called. */
export function subjectLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").slice(0, 200);
}
