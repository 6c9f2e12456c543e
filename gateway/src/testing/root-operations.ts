import {
  buildASTSchema, getNamedType, isEnumType, isInputObjectType, isLeafType, isListType,
  isNonNullType, isRequiredArgument, isRequiredInputField, parse, type GraphQLField,
  type GraphQLInputType,
} from "graphql";

export interface RootOperation {
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** One operation for each query and mutation of a subgraph, with something for what it requires. */
export function rootOperations(sdl: string): RootOperation[] {
  const schema = buildASTSchema(parse(sdl), { assumeValidSDL: true });
  const roots = [["query", schema.getQueryType()], ["mutation", schema.getMutationType()]] as const;
  return roots.flatMap(([root, type]) => Object.values(type?.getFields() ?? {})
    .filter(({ name }) => !name.startsWith("_"))
    .map((field) => toOperation(root, field)));
}

function toOperation(root: string, field: GraphQLField<unknown, unknown>): RootOperation {
  const required = field.args.filter((each) => isRequiredArgument(each));
  const head = required.map(({ name, type }) => `$${name}: ${String(type)}`).join(", ");
  const call = required.map(({ name }) => `${name}: $${name}`).join(", ");
  const body = isLeafType(getNamedType(field.type)) ? "" : "{ __typename }";
  const query = `${root}${head && ` (${head})`} { ${field.name}${call && `(${call})`} ${body} }`;
  const variables = Object.fromEntries(required.map(({ name, type }) => [name, valueOf(type)]));
  return { name: field.name, query, variables };
}

const scalars: Readonly<Record<string, unknown>> = {
  ID: "0190f6e0-0000-7000-8000-000000000001", String: "x", Int: 1, Float: 1, Boolean: true,
  DateTimeISO: "2026-11-21T08:00:00Z", DateTime: "2026-11-21T08:00:00Z", JSON: {}, JSONObject: {},
};

function valueOf(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return [valueOf(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (!isInputObjectType(type)) {
    if (type.name in scalars) return scalars[type.name];
    throw new Error(`no value is known for ${type.name}`);
  }
  const required = Object.values(type.getFields()).filter((each) => isRequiredInputField(each));
  return Object.fromEntries(required.map((each) => [each.name, valueOf(each.type)]));
}
