import type { ApolloServerPlugin } from "@apollo/server";
import { anonymous, codeOf, type Log } from "@joinery/kit";
import { GraphQLError, Kind, type DocumentNode, type OperationDefinitionNode } from "graphql";
import { bearerToken } from "./bearer-token.js";
import { clientOperations } from "./client-graph.js";
import type { EdgeContext } from "./context.js";
import type { Sessions } from "./sessions.js";

/** Who sends this `Authorization` header. Throws a 503 when nobody can say. */
export async function edgeContext(
  sessions: Sessions,
  log: Log,
  authorization: string | undefined,
  { requestId, address }: Pick<EdgeContext, "requestId" | "address">,
): Promise<EdgeContext> {
  const request = { requestId, address };
  if (authorization === undefined) return { actor: anonymous, ...request, sessionInvalid: false };
  const token = bearerToken(authorization);
  try {
    const actor = token === undefined ? null : await sessions.actorOf(token);
    return { actor: actor ?? anonymous, ...request, sessionInvalid: actor === null };
  } catch (error) {
    log.error("cannot resolve a session", error, { code: codeOf(error), requestId });
    throw refusal("SERVICE_UNREACHABLE", "sessions cannot be checked just now: try again", 503);
  }
}

/**
 * A token that is no living session is refused, not treated as no token, so that a client learns
 * that it must sign in again; `signIn` alone is answered, for that is how it does. Introspection is
 * for whoever has signed in. A client may push and nothing else.
 */
export function signInRules(): ApolloServerPlugin<EdgeContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ contextValue, operation, document }) => {
        const { kind } = contextValue.actor;
        if (kind === "client" && !clientOperations.has(onlyMutation(operation) ?? "")) {
          throw refusal("FORBIDDEN", "a client pushes, and may do nothing else", 403);
        }
        if (contextValue.sessionInvalid && onlyMutation(operation) !== "signIn") {
          throw refusal("SESSION_INVALID", "the session is unknown, expired or revoked", 401);
        }
        if (kind === "anonymous" && introspects(document)) {
          throw refusal("INTROSPECTION_REFUSED", "sign in to read the schema", 403);
        }
      },
    }),
  };
}

function refusal(code: string, message: string, status: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}

/** The mutation that is asked for, where it is exactly one field and no fragment. */
function onlyMutation(operation: OperationDefinitionNode | undefined): string | undefined {
  const [first, ...others] = operation?.selectionSet.selections ?? [];
  const isPlain = operation?.operation === "mutation" && others.length === 0;
  return isPlain && first?.kind === Kind.FIELD ? first.name.value : undefined;
}

const introspected = new WeakMap<DocumentNode, boolean>();

/** `__schema` and `__type` exist on the query type alone, so the name says it. */
function introspects(document: DocumentNode): boolean {
  const known = introspected.get(document);
  if (known !== undefined) return known;
  const found = document.definitions.some(
    (definition) => "selectionSet" in definition && selects(definition.selectionSet),
  );
  introspected.set(document, found);
  return found;
}

type Selections = OperationDefinitionNode["selectionSet"];

function selects(set: Selections | undefined): boolean {
  return (set?.selections ?? []).some(
    (selection) =>
      (selection.kind === Kind.FIELD &&
        (selection.name.value === "__schema" || selection.name.value === "__type")) ||
      (selection.kind !== Kind.FRAGMENT_SPREAD && selects(selection.selectionSet)),
  );
}
