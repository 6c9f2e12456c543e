import {
  buildClientSchema, getIntrospectionQuery, getNamedType, isInputObjectType, isLeafType, isEnumType,
  isObjectType, isRequiredArgument, isRequiredInputField, type GraphQLArgument,
  type GraphQLField, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema,
  type IntrospectionQuery,
} from "graphql";
import type { Graph } from "./graph.js";

/** One operation that is sent, and what it is called in a finding. */
export interface Operation {
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Everything that a signed-in person may ask, as the graph itself tells it. */
export async function loadSchema(graph: Graph): Promise<GraphQLSchema> {
  return buildClientSchema(await graph.ask<IntrospectionQuery>(getIntrospectionQuery()));
}

type Field = GraphQLField<unknown, unknown>;

/** Values of required arguments that are no ids: every one, so that every list is seen. */
export type Choices = Readonly<Record<string, readonly unknown[]>>;

/** Each query field with each choice of what it requires; those that need another id are none. */
export function lists(schema: GraphQLSchema, choices: Choices): Operation[] {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
  return fields
    .filter((field) => !field.args.some((each) =>
      isRequiredArgument(each) && isId(each) && !(`${field.name}.${each.name}` in choices)))
    .flatMap((field) => toOperations("query", field, choices, {}));
}

/** Each field of a root type with each of its id arguments set to `id`. */
export function byId(
  schema: GraphQLSchema,
  root: "query" | "mutation",
  id: string,
  choices: Choices,
): Operation[] {
  const type = root === "query" ? schema.getQueryType() : schema.getMutationType();
  return Object.values(type?.getFields() ?? {}).flatMap((field) =>
    field.args.flatMap((argument) => {
      if (isId(argument)) return toOperations(root, field, choices, { [argument.name]: id });
      const type_ = getNamedType(argument.type);
      if (!isInputObjectType(type_)) return [];
      const ids = Object.values(type_.getFields()).filter((each) => isId(each));
      if (ids.length === 0) return [];
      const input: Record<string, unknown> = {};
      for (const each of Object.values(type_.getFields())) {
        if (isId(each)) input[each.name] = id;
        else if (isRequiredInputField(each)) input[each.name] = anyOf(each.type);
      }
      return toOperations(root, field, choices, { [argument.name]: input });
    }));
}

function isId(argument: { readonly type: GraphQLInputType }): boolean {
  return getNamedType(argument.type).name === "ID";
}

function anyOf(type: GraphQLInputType): unknown {
  const named = getNamedType(type);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  const values: Readonly<Record<string, unknown>> = { String: "x", Int: 1, Boolean: true };
  if (!(named.name in values)) throw new Error(`no value is known for ${named.name}`);
  return values[named.name];
}

function toOperations(
  root: "query" | "mutation",
  field: Field,
  choices: Choices,
  given: Readonly<Record<string, unknown>>,
): Operation[] {
  const missing = field.args.filter((each) => isRequiredArgument(each) && !(each.name in given));
  return spread(field.name, missing, choices).map((chosen) => {
    const variables = { ...given, ...chosen };
    const used = field.args.filter(({ name }) => name in variables);
    const head = used.map(({ name, type }) => `$${name}: ${String(type)}`).join(", ");
    const call = used.map(({ name }) => `${name}: $${name}`).join(", ");
    const body = selection(field, 3);
    const query = `${root}${head && ` (${head})`} { ${field.name}${call && `(${call})`} ${body} }`;
    const shown = Object.entries(variables).map(([name, value]) => `${name}=${String(value)}`);
    return { name: [field.name, ...shown].join(" "), query, variables };
  });
}

/** Every combination of the choices. Throws for an argument that nobody thought of. */
function spread(
  field: string,
  missing: readonly GraphQLArgument[],
  choices: Choices,
): Readonly<Record<string, unknown>>[] {
  return missing.reduce<Readonly<Record<string, unknown>>[]>((all, { name }) => {
    const values = choices[`${field}.${name}`];
    if (values === undefined) throw new Error(`${field} requires ${name}: say what to choose`);
    return all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }, [{}]);
}

/** All fields that need no argument, objects as deep as `depth`. */
function selection(field: Pick<Field, "type">, depth: number): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return "";
  if (!isObjectType(type)) return "{ __typename }";
  const parts = Object.values(type.getFields()).flatMap((each) => partOf(type, each, depth));
  return `{ ${parts.length === 0 ? "__typename" : parts.join(" ")} }`;
}

function partOf(_type: GraphQLObjectType, field: Field, depth: number): string[] {
  if (field.args.some((each) => isRequiredArgument(each))) return [];
  if (isLeafType(getNamedType(field.type))) return [field.name];
  if (depth === 0) return [];
  return [`${field.name} ${selection(field, depth - 1)}`];
}

/** Codes of refusals anywhere in an answer, its own errors and those of payloads. */
export function codesIn(answer: unknown): string[] {
  if (Array.isArray(answer)) return answer.flatMap(codesIn);
  if (typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer).flatMap(([name, value]) =>
    name === "code" && typeof value === "string" ? [value] : codesIn(value));
}
