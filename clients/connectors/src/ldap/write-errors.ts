import { ConnectorError } from "../connector.js";
import type { LdapDialect } from "./dialect.js";
import type { LdapResult } from "./messages.js";

/** Throws what an answer other than success means. */
export function accept(dialect: LdapDialect, result: LdapResult, names: readonly string[]): void {
  const { status, diagnostic } = result;
  if (status === 0) return;
  const { kind, code, name: called } = dialect.explain("write", result);
  // The server's words may hold values; only names that we sent are taken from them.
  const named = [...new Set(names)].filter((name) =>
    new RegExp(`(^|[^\\w-])${name.replaceAll(".", "\\.")}($|[^\\w-])`, "i").test(diagnostic));
  const at = named.length === 0 ? "" : ` at ${named.map((name) => `"${name}"`).join(", ")}`;
  throw new ConnectorError(kind, code, `${called} (${status})${at}`);
}

export function invalid(message: string): ConnectorError {
  return new ConnectorError("skip", "VALUE_INVALID", message);
}

export function gone(): ConnectorError {
  return new ConnectorError("skip", "OBJECT_GONE", "no entry has its anchor");
}
