import { builtinModules } from "node:module";
import type { House } from "../house/house.ts";
import type { Violation } from "../house/violation.ts";

const rule = "libraries";

/** A library, and the only places that know it. */
interface Owned {
  readonly library: RegExp;
  readonly places: RegExp;
  readonly why: string;
}

const owned: readonly Owned[] = [
  {
    library: /^(@mikro-orm\/|kysely$)/,
    places: /^subgraphs\/(kit\/src\/(database|runtime)\/|[a-z]+\/src\/persistence\/)/,
    why: "only persistence knows the ORM",
  },
  {
    library: /^(pg|pg-copy-streams)$/,
    places: new RegExp(
      "^(events/|subgraphs/(kit|proof)/|tidy/|subgraphs/[a-z]+/src/persistence/"
        + "|clients/connectors/src/sql/)",
    ),
    why: "only persistence, kit, events and the SQL connector speak SQL",
  },
  {
    library: /^@nats-io\//,
    places: /^(events|subgraphs\/kit\/src\/services|subgraphs\/proof)\//,
    why: "only events speaks to the broker",
  },
  {
    library: /^(type-graphql|graphql|graphql-scalars|@apollo\/.*|@as-integrations\/.*)$/,
    places:
      /^(gateway|tidy|clients\/(sdk|portal)|subgraphs\/(kit|proof|[a-z]+\/src\/graphql))\//,
    why: "only graphql, kit and gateway know GraphQL",
  },
];

/** What a pure file may take from Node: digests, bytes and names, the same for the same input. */
const pureBuiltins = new Set(["node:crypto", "node:buffer", "node:url", "node:zlib", "node:util"]);
const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

/** A library has an owner; others meet it through the owner's words. Tests may import any. */
export function ownedLibraries(house: House): readonly Violation[] {
  return house.sources.filter((source) => !source.isTest).flatMap((source) =>
    source.imports.flatMap((one) => {
      const at = (message: string) => [{ rule, path: source.path, line: one.line, message }];
      const owner = owned.find(({ library }) => library.test(one.specifier));
      if (owner && !owner.places.test(source.path)) return at(`${one.specifier}: ${owner.why}`);
      if (builtins.has(one.specifier) && !one.specifier.startsWith("node:")) {
        return at(`write node:${one.specifier}`);
      }
      if (isPure(source.path) && builtins.has(one.specifier) && !pureBuiltins.has(one.specifier)) {
        return at(`a pure file may not import ${one.specifier}`);
      }
      return [];
    }),
  );
}

/** Files that see no clock, no random value, no promise and no outside. */
export function isPure(path: string): boolean {
  return /^(clients\/scim\/src|subgraphs\/(engine\/src|[a-z]+\/src\/domain))\//.test(path);
}
