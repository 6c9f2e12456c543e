import { isRecord, type Problem } from "./validate.js";

/**
 * A way to a system that several applications use: where it is and who we are there. Each of them
 * says the rest: what it reads, and what it calls things.
 */
export interface Connection {
  readonly id: string;
  /** Unique in the organisation. */
  readonly key: string;
  readonly name: string;
  /** Name of the connector's kind; its applications have the same. */
  readonly connector: string;
  /** Settings of the connector that its applications have in common; secrets by name only. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What the connector gets: every setting is said by one of the two. */
export function wholeConfiguration(
  shared: Readonly<Record<string, unknown>> | null,
  own: unknown,
): unknown {
  return shared === null || !isRecord(own) ? own : { ...own, ...shared };
}

/** Settings that both say: nobody could tell which holds. */
export function sharedProblems(
  shared: Readonly<Record<string, unknown>> | null,
  own: unknown,
): Problem[] {
  if (shared === null || !isRecord(own)) return [];
  return Object.keys(own).filter((setting) => Object.hasOwn(shared, setting))
    .map((setting) => ({
      setting: `configuration.${setting}`, message: "is said by the connection already",
    }));
}
