import { formatErrors, type Log } from "@joinery/kit";
import { Kind, print, type GraphQLError, type GraphQLFormattedError } from "graphql";

type Format = (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError;

/**
 * What leaves the gateway. A subgraph's error keeps its code, message and own fields; a refused
 * operation says where; everything else is kit's business: logged, and INTERNAL to the caller.
 */
export function formatEdgeErrors(log: Log): Format {
  const format = formatErrors(log);
  return (formatted, thrown) => {
    const path = formatted.path ? { path: formatted.path } : {};
    const fromSubgraph = subgraphError(formatted);
    if (fromSubgraph) return { ...fromSubgraph, ...path };
    const locations = formatted.locations ? { locations: formatted.locations } : {};
    const original = (thrown as Partial<GraphQLError> | null)?.originalError;
    const ownCode = (original as Partial<GraphQLError> | undefined)?.extensions?.["code"];
    if (typeof ownCode === "string") {
      return { message: formatted.message, ...locations, extensions: { code: ownCode } };
    }
    if (formatted.extensions?.["code"] === "BAD_USER_INPUT") {
      const message = withoutValue(thrown, formatted.message);
      return { message, ...path, ...locations, extensions: { code: "BAD_USER_INPUT" } };
    }
    const answer = format(formatted, thrown);
    return isAboutTheDocument(answer) ? { ...answer, ...locations } : answer;
  };
}

/** The gateway marks what a subgraph answered by `serviceName`, which says how we are built. */
function subgraphError(formatted: GraphQLFormattedError): GraphQLFormattedError | undefined {
  const { code, serviceName, ...rest } = formatted.extensions ?? {};
  if (typeof serviceName !== "string" || typeof code !== "string") return undefined;
  if (!isJoinerys(code)) {
    return { message: "internal error", extensions: { code: "INTERNAL" } };
  }
  if (code === "BAD_USER_INPUT") {
    return { message: "a value does not fit its type", extensions: { code } };
  }
  const fields = Object.entries(rest).filter(
    ([, value]) => ["string", "number", "boolean"].includes(typeof value),
  );
  return { message: formatted.message, extensions: { code, ...Object.fromEntries(fields) } };
}

/** Codes that Apollo gives to what it does not know; a subgraph of ours never answers them. */
const foreign = new Set([
  "INTERNAL_SERVER_ERROR", "DOWNSTREAM_SERVICE_ERROR", "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED", "INTERNAL",
]);

function isJoinerys(code: string): boolean {
  return /^[A-Z][A-Z0-9_]+$/.test(code) && !foreign.has(code);
}

const aboutTheDocument = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"]);

function isAboutTheDocument(error: GraphQLFormattedError): boolean {
  return aboutTheDocument.has(String(error.extensions?.["code"]));
}

/**
 * A variable that does not fit is named with its type and the path to the part; graphql-js would
 * quote the value, which may be a password.
 */
function withoutValue(thrown: unknown, message: string): string {
  const node = (thrown as Partial<GraphQLError> | null)?.nodes?.[0];
  if (node?.kind !== Kind.VARIABLE_DEFINITION) return "a value does not fit its type";
  const name = node.variable.name.value;
  const at = / at "([\w.[\]]+)"; /.exec(message)?.[1];
  const where = at?.startsWith(`${name}.`) || at?.startsWith(`${name}[`) ? ` at ${at}` : "";
  return `variable $${name} does not fit its type ${print(node.type)}${where}`;
}
