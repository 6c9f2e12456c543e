import type { GraphQLFormattedError } from "graphql";
import { codeOf, JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { withoutValues } from "./without-values.js";

/** Codes of Apollo Server and the executor that say something useful to a caller. */
const passedOn = new Set([
  "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "BAD_REQUEST",
  "OPERATION_RESOLUTION_FAILURE", "PERSISTED_QUERY_NOT_FOUND",
]);

/** Maps whatever a resolver threw to a stable code; what is not ours is logged and says nothing. */
export function formatErrors(log: Log) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const original = originalOf(thrown);
    const where = formatted.path ? { path: formatted.path } : {};
    if (original instanceof JoineryError) {
      const extensions = { code: original.code, ...original.fields };
      return { message: original.message, ...where, extensions };
    }
    const code = formatted.extensions?.["code"];
    if (typeof code === "string" && (passedOn.has(code) || isOurs(code))) {
      const { message: said } = formatted;
      const message = passedOn.has(code) ? withoutValues(said) : said;
      return { message, ...where, extensions: { code } };
    }
    log.error("request failed", original, { code: codeOf(original) });
    return { message: "internal error", ...where, extensions: { code: "INTERNAL" } };
  };
}

/** An error that a subgraph already mapped and the gateway passes through. */
function isOurs(code: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(code) && code !== "INTERNAL_SERVER_ERROR";
}

/** What a resolver threw. Not by `instanceof`: one process may hold two copies of the library. */
function originalOf(thrown: unknown): unknown {
  const wrapped = thrown instanceof Error && "originalError" in thrown;
  return (wrapped ? thrown.originalError : undefined) ?? thrown;
}
