import {
  eachNode,
  type Connection,
  type JoineryClient,
  type PageVariables,
  type TypedDocument,
} from "@joinery/sdk";

/** Up to so many of a list, and whether there are more. */
export interface Listed<Node> {
  readonly nodes: readonly Node[];
  readonly hasMore: boolean;
}

const pageSizeMax = 500;

/** Reads `limit` nodes in as few pages as it takes, and looks for one more. */
export async function listed<Result, Variables extends PageVariables, Node>(
  client: JoineryClient,
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  connectionOf: (result: Result) => Connection<Node> | null | undefined,
  limit: number,
): Promise<Listed<Node>> {
  const nodes: Node[] = [];
  const first = Math.min(limit + 1, pageSizeMax);
  for await (const node of eachNode(client, document, { ...variables, first }, connectionOf)) {
    if (nodes.length === limit) return { nodes, hasMore: true };
    nodes.push(node);
  }
  return { nodes, hasMore: false };
}

/** What is said below a list that was cut. */
export function moreLine(hasMore: boolean): readonly string[] {
  return hasMore ? ["… and more: say --limit"] : [];
}
