import type { JoineryClient, RequestOptions } from "./client.js";
import type { TypedDocument } from "./document.js";
import { JoineryApiError } from "./error.js";

/** A page of a list. */
export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

export interface PageVariables {
  readonly first?: number;
  readonly after?: string | null | undefined;
}

/**
 * Every node of a list, page by page, as it is asked for; `first` is the size of a page. Throws
 * ANSWER_UNREADABLE when the list does not move on.
 *
 *     for await (const identity of eachNode(client, identitiesDocument, { first: 500 },
 *       (data) => data.identities)) …
 */
export async function* eachNode<Result, Variables extends PageVariables, Node>(
  client: JoineryClient,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  connectionOf: (result: Result) => Connection<Node> | null | undefined,
  options: RequestOptions = {},
): AsyncGenerator<Node, void, undefined> {
  let after = variables.after ?? null;
  for (;;) {
    const page = { ...variables, after };
    const result = await request(client, document, page, options);
    const connection = connectionOf(result);
    if (!connection) return;
    yield* connection.nodes;
    const { hasNextPage, endCursor } = connection.pageInfo;
    if (!hasNextPage) return;
    if (endCursor === null || endCursor === after) {
      throw new JoineryApiError("ANSWER_UNREADABLE", "the list has more and does not say where");
    }
    after = endCursor;
  }
}

/** The rest parameter of `request` cannot be resolved for a type parameter. */
function request<Result, Variables>(
  client: JoineryClient,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  options: RequestOptions,
): Promise<Result> {
  const send = client.request.bind(client) as (
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    options: RequestOptions,
  ) => Promise<Result>;
  return send(document, variables, options);
}
