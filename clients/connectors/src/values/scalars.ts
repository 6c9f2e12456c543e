import type { ConnectorAttributeType, ConnectorScalar } from "../connector.js";

const integerPattern = /^[+-]?\d{1,400}$/;
const decimalPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const instantPattern =
  /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$/;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The value that a text writes in the form that Joinery itself uses, undefined when it is not of
 * its type. Integers beyond 2^53 and decimals stay text, so no digit is lost; dates and instants
 * are RFC 3339 text, bytes are base64.
 */
export function scalarFromText(
  type: ConnectorAttributeType, text: string,
): ConnectorScalar | undefined {
  switch (type) {
    case "string":
    case "reference":
      return text;
    case "boolean":
      return booleanFromWord(text.trim());
    case "integer":
      return integerFromText(text.trim());
    case "decimal":
      return decimalPattern.test(text.trim()) ? text.trim() : undefined;
    case "date":
      return isDate(text) ? text : undefined;
    case "instant":
      return isInstant(text) ? text : undefined;
    case "binary":
      return isBase64(text) ? text : undefined;
  }
}

/** A number as long as it is exact, else its digits. */
export function integerFromText(digits: string): number | string | undefined {
  if (!integerPattern.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number + 0 : BigInt(digits.replace("+", "")).toString();
}

export function booleanFromWord(word: string): boolean | undefined {
  const lower = word.toLowerCase();
  if (lower === "true" || lower === "1" || lower === "yes") return true;
  if (lower === "false" || lower === "0" || lower === "no") return false;
  return undefined;
}

export function isDecimal(text: string): boolean {
  return decimalPattern.test(text);
}

/** A day that there is, `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  return datePattern.test(text) && isDay(text);
}

/** A moment with its zone, as RFC 3339 has it; a space may stand for the T. */
export function isInstant(text: string): boolean {
  return instantPattern.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

export function isBase64(text: string): boolean {
  return base64Pattern.test(text);
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
