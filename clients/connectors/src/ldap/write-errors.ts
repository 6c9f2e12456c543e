import { ConnectorError } from "../connector.js";
import type { LdapResult } from "./messages.js";
import { meaningOf, resultName } from "./result-codes.js";

/** Throws what an answer other than success means. */
export function accept({ status, diagnostic }: LdapResult, names: readonly string[]): void {
  if (status === 0) return;
  const { kind, code } = meaningOf("write", status);
  // The server's words may hold values; only names that we sent are taken from them.
  const named = [...new Set(names)].filter((name) =>
    new RegExp(`(^|[^\\w-])${name.replaceAll(".", "\\.")}($|[^\\w-])`, "i").test(diagnostic));
  const at = named.length === 0 ? "" : ` at ${named.map((name) => `"${name}"`).join(", ")}`;
  throw new ConnectorError(kind, code, `${resultName(status)} (${status})${at}`);
}

export function invalid(message: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", message);
}

export function gone(): ConnectorError {
  return new ConnectorError("skip", "OBJECT_GONE", "no entry has its anchor");
}
