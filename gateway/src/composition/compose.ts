import { composeServices } from "@apollo/composition";
import { buildServiceSchema, JoineryError, type ServiceModule } from "@joinery/kit";
import { parse } from "graphql";

export interface Composed {
  /** SDL of each subgraph by name. */
  readonly subgraphs: ReadonlyMap<string, string>;
  readonly supergraph: string;
}

/**
 * The subgraphs' schemas as their code has them, and the supergraph of them. Throws
 * COMPOSITION_FAILED with every contradiction between them.
 */
export function composeModules(modules: readonly ServiceModule[]): Composed {
  const subgraphs = new Map(
    modules.map(({ name, graph }) => [name as string, buildServiceSchema(graph).sdl]),
  );
  // The library warns of a subgraph without address; ours are found by name.
  const services = [...subgraphs].map(([name, sdl]) => {
    return { name, typeDefs: parse(sdl), url: `joinery:${name}` };
  });
  const { errors, supergraphSdl } = composeServices(services);
  if (errors) {
    const problems = errors.map(({ message, extensions }) => {
      const code = typeof extensions["code"] === "string" ? `${extensions["code"]}: ` : "";
      return `${code}${message}`;
    });
    throw new JoineryError("COMPOSITION_FAILED", problems.join("\n"));
  }
  return { subgraphs, supergraph: `${supergraphSdl.trim()}\n` };
}
