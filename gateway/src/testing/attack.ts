/** One way of asking a subgraph directly, as somebody inside the network would. */
interface Approach {
  readonly name: string;
  readonly path: string;
  readonly init: RequestInit;
}

const operations: Readonly<Record<string, string>> = {
  "the schema": "{ _service { sdl } }",
  entities: '{ _entities(representations: [{ __typename: "X", id: "1" }]) { __typename } }',
  "a field": "{ __typename }",
  introspection: "{ __schema { types { name } } }",
};

function approaches(token: string | undefined): readonly Approach[] {
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const json = { "content-type": "application/json" };
  const post = { method: "POST", headers: { ...json, ...authorization } };
  const graph = Object.entries(operations).map(([name, query]) => ({
    name,
    path: "/graphql",
    init: { ...post, body: bodyOf(query) },
  }));
  const asked = encodeURIComponent("{ _service { sdl } }");
  const preflight = { "apollo-require-preflight": "1", ...json };
  return [
    ...graph,
    {
      name: "the schema by GET",
      path: `/graphql?query=${asked}`,
      init: { headers: { ...preflight, ...authorization } },
    },
    {
      name: "the schema, another path",
      path: "/graphql/?x=1",
      init: { ...post, body: bodyOf("{ __typename }") },
    },
    ...elsewhere(token, json),
    {
      name: "an internal method",
      path: "/internal/provision",
      init: { ...post, body: '{"tenant":"x"}' },
    },
    {
      name: "a method that is none of ours",
      path: "/internal/__proto__",
      init: { ...post, body: "{}" },
    },
  ];
}

/** A token in places where a careless server might also look. */
function elsewhere(token: string | undefined, json: Record<string, string>): readonly Approach[] {
  if (!token) return [];
  const ask = { method: "POST", body: bodyOf("{ _service { sdl } }") };
  return [
    {
      name: "in a cookie",
      path: "/graphql",
      init: { ...ask, headers: { ...json, cookie: `token=${token}` } },
    },
    { name: "in the address", path: `/graphql?token=${token}`, init: { ...ask, headers: json } },
    {
      name: "without its scheme",
      path: "/graphql",
      init: { ...ask, headers: { ...json, authorization: token } },
    },
  ];
}

function bodyOf(query: string): string {
  return JSON.stringify({ query });
}

export interface Outcome {
  readonly what: string;
  readonly refused: boolean;
  readonly status: number;
  readonly text: string;
}

/**
 * Tries every token in every way at `<base>`. Refused means 401 and an error, without data, without
 * the schema and without a word about the server.
 */
export async function attack(
  base: string,
  tokens: Readonly<Record<string, string | undefined>>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [with_, token] of Object.entries(tokens)) {
    for (const { name, path, init } of approaches(token)) {
      const response = await fetch(`${base}${path}`, init);
      const text = await response.text();
      const { status } = response;
      outcomes.push({ what: `${name}, ${with_}`, refused: isRefusal(status, text), status, text });
    }
  }
  return outcomes;
}

function isRefusal(status: number, text: string): boolean {
  return status === 401 && !/"data"|type Query|__schema|at .*\.js|node_modules/.test(text);
}
