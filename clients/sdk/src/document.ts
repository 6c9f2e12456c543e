/**
 * One operation of the graph. `Result` and `Variables` exist for the compiler alone; a document is
 * plain data, so that nothing of a GraphQL library is needed at run time.
 */
export interface TypedDocument<Result, Variables> {
  /** Its operation name, which the server sees too. */
  readonly name: string;
  readonly kind: "query" | "mutation";
  /** A query, or a mutation that is promised to be idempotent: it may be sent again. */
  readonly isRepeatable: boolean;
  readonly text: string;
  /** Never there: carries the types. */
  readonly types?: (variables: Variables) => Result;
}
