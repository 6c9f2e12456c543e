import {
  applicationDocument,
  applicationsDocument,
  eachNode,
  JoineryApiError,
  operatorsDocument,
  runDocument,
  runsDocument,
  type ApplicationQuery,
  type JoineryClient,
  type RunDetailsFragment,
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

export type Application = NonNullable<ApplicationQuery["application"]>;

/** By key or id. Throws APPLICATION_NOT_FOUND. */
export async function getApplication(
  client: JoineryClient,
  keyOrId: string,
): Promise<Application> {
  const application = await findApplication(client, keyOrId);
  if (application === null) throw applicationNotFound();
  return application;
}

/** By key or id; null where there is none. */
export async function findApplication(
  client: JoineryClient,
  keyOrId: string,
): Promise<Application | null> {
  return (await client.request(applicationDocument, { id: keyOrId })).application;
}

export function applicationNotFound(): JoineryApiError {
  const message = "the organisation has no application of this key or id";
  return new JoineryApiError("APPLICATION_NOT_FOUND", message);
}

/** `latest` is the newest run of all. Throws RUN_NOT_FOUND. */
export async function getRun(client: JoineryClient, given: string): Promise<RunDetailsFragment> {
  const id =
    given === "latest"
      ? (await client.request(runsDocument, { first: 1 })).runs.nodes[0]?.id
      : given;
  const { run } = id === undefined ? { run: null } : await client.request(runDocument, { id });
  if (run === null) {
    throw new JoineryApiError("RUN_NOT_FOUND", "the organisation has no such run");
  }
  return run;
}
