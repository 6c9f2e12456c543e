import type { ConnectorScalar } from "../connector.js";

/** The text of a value in a cell; what `scalarFromText` reads back as the same value. */
export function toCell(value: ConnectorScalar): string {
  return typeof value === "string" ? value : String(value);
}

const formulaBegin = /^'*[=+\-@\t\r]/;
const guardedBegin = /^'+[=+\-@\t\r]/;

/**
 * Puts ' before a text that a spreadsheet would run as a formula. Reversible: a text that already
 * begins with such signs gets one more.
 */
export function guardFormula(text: string): string {
  return formulaBegin.test(text) ? `'${text}` : text;
}

export function unguardFormula(text: string): string {
  return guardedBegin.test(text) ? text.slice(1) : text;
}
