import {
  applicationDocument,
  applicationsDocument,
  eachNode,
  JoineryApiError,
  operatorsDocument,
  type ApplicationQuery,
  type JoineryClient,
} from "@joinery/sdk";

/** What people call a thing by its id; whatever has no name (any more) keeps its id. */
export type NameOf = (id: string) => string;

export interface Names {
  readonly application: NameOf;
  readonly operator: NameOf;
}

/** Keys of applications. */
export async function applicationKeys(client: JoineryClient): Promise<NameOf> {
  const all = eachNode(client, applicationsDocument, { first: 500 }, (data) => data.applications);
  return named(all, ({ key }) => key);
}

/** Keys of applications and e-mail addresses of operators. */
export async function allNames(client: JoineryClient): Promise<Names> {
  const operators = eachNode(client, operatorsDocument, { first: 500 }, (data) => data.operators);
  const [application, operator] = await Promise.all([
    applicationKeys(client),
    named(operators, ({ email }) => email),
  ]);
  return { application, operator };
}

async function named<Node extends { readonly id: string }>(
  all: AsyncIterable<Node>,
  nameOf: (node: Node) => string,
): Promise<NameOf> {
  const names = new Map<string, string>();
  for await (const node of all) names.set(node.id, nameOf(node));
  return (id) => names.get(id) ?? id;
}

/** By key or id. Throws APPLICATION_NOT_FOUND. */
export async function getApplication(
  client: JoineryClient,
  keyOrId: string,
): Promise<NonNullable<ApplicationQuery["application"]>> {
  const { application } = await client.request(applicationDocument, { id: keyOrId });
  if (application !== null) return application;
  const message = "the organisation has no application of this key or id";
  throw new JoineryApiError("APPLICATION_NOT_FOUND", message);
}
