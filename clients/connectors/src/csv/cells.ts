import type { ConnectorAttributeType, ConnectorScalar } from "../connector.js";

const integerPattern = /^[+-]?\d{1,40}$/;
const decimalPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const instantPattern =
  /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$/;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The value of a cell that is not empty, undefined when it is not of its type. Integers beyond
 * 2^53 and decimals stay text, so no digit is lost; dates and instants are RFC 3339 text.
 */
export function toScalar(type: ConnectorAttributeType, text: string): ConnectorScalar | undefined {
  switch (type) {
    case "string":
    case "reference":
      return text;
    case "boolean":
      return toBoolean(text.trim().toLowerCase());
    case "integer": {
      const digits = text.trim();
      if (!integerPattern.test(digits)) return undefined;
      const number = Number(digits);
      return Number.isSafeInteger(number) ? number + 0 : BigInt(digits.replace("+", "")).toString();
    }
    case "decimal": {
      const digits = text.trim();
      return decimalPattern.test(digits) ? digits : undefined;
    }
    case "date":
      return datePattern.test(text) && isDay(text) ? text : undefined;
    case "instant":
      return instantPattern.test(text) &&
        isDay(text.slice(0, 10)) &&
        !Number.isNaN(Date.parse(text))
        ? text
        : undefined;
    case "binary":
      return base64Pattern.test(text) ? text : undefined;
  }
}

/** The text of a value in a cell; what `toScalar` reads back as the same value. */
export function toCell(value: ConnectorScalar): string {
  return typeof value === "string" ? value : String(value);
}

function toBoolean(word: string): boolean | undefined {
  if (word === "true" || word === "1" || word === "yes") return true;
  if (word === "false" || word === "0" || word === "no") return false;
  return undefined;
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
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
