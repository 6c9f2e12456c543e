/** A client of the graph for stories and benches: plain documents, errors as exceptions. */
export class Graph {
  readonly #url: string;
  #token: string | null = null;

  constructor(url: string) {
    this.#url = `${url}/graphql`;
  }

  async signIn(email: string, password: string): Promise<void> {
    const document = `mutation ($input: SignInInput!) {
      signIn(input: $input) { token errors { code } }
    }`;
    const { signIn } = await this.ask<{
      signIn: { token: string | null; errors: { code: string }[] };
    }>(document, { input: { email, password } });
    if (signIn.token === null) throw new GraphFailure(signIn.errors.map(({ code }) => code));
    this.#token = signIn.token;
  }

  /** Throws GraphFailure with the codes of whatever the graph refused. */
  async ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.answer(query, variables);
    if (errors && errors.length > 0) {
      const said = errors.map(({ message, extensions }) => `${extensions?.code}: ${message}`);
      throw new GraphFailure(said);
    }
    return data as Data;
  }

  /** The whole answer, refusals too. */
  async answer(query: string, variables: Record<string, unknown> = {}): Promise<GraphAnswer> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as GraphAnswer;
  }
}

export interface GraphAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
}

export class GraphFailure extends Error {
  /** Codes, or what was said where there is none. */
  readonly said: readonly string[];

  constructor(said: readonly string[]) {
    super(said.join("; "));
    this.said = said;
    this.name = "GraphFailure";
  }
}
