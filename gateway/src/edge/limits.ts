import { ApolloArmor } from "@escape.tech/graphql-armor";
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type OperationDefinitionNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";

/** Bounds on the shape of one operation; no answer tells them. */
export const limits = {
  depth: 12,
  aliases: 10,
  directives: 5,
  tokens: 2_000,
  rootFieldsOfMutation: 1,
} as const;

/** Checked after parsing, before anything is planned or resolved. */
export function limitRules(): ValidationRule[] {
  const { validationRules } = new ApolloArmor({
    maxDepth: {
      n: limits.depth,
      ...reported("QUERY_TOO_DEEP", "the operation is nested too deeply"),
    },
    maxAliases: {
      n: limits.aliases,
      allowList: [],
      ...reported("TOO_MANY_ALIASES", "the operation has too many aliases"),
    },
    maxDirectives: {
      n: limits.directives,
      ...reported("TOO_MANY_DIRECTIVES", "the operation has too many directives"),
    },
    // The parser counts tokens itself; suggestions are hidden by the server; cost comes with lists.
    maxTokens: { enabled: false },
    blockFieldSuggestion: { enabled: false },
    costLimit: { enabled: false },
  }).protect();
  return [...validationRules, oneChangeAtATime];
}

/** Our own code instead of the library's text, which names the limit. */
function reported(code: string, message: string) {
  return {
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null) => {
        context?.reportError(new GraphQLError(message, { extensions: { code } }));
      },
    ],
  };
}

/** One operation may not try many passwords: a mutation has one root field, and no fragment. */
function oneChangeAtATime(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition({ operation, selectionSet: { selections } }: OperationDefinitionNode) {
      if (operation !== OperationTypeNode.MUTATION) return;
      const few = selections.length <= limits.rootFieldsOfMutation;
      if (few && selections[0]?.kind === Kind.FIELD) return;
      const message = "a mutation has exactly one field at its root";
      context.reportError(new GraphQLError(message, { extensions: { code: "MUTATION_TOO_WIDE" } }));
    },
  };
}
