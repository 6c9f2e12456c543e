import { join, normalize, dirname } from "node:path/posix";
import { packageOf, scope, type House, type Package } from "../house/house.ts";
import type { Import, Source } from "../house/source.ts";
import type { Violation } from "../house/violation.ts";

const rule = "package graph";

/** Which packages of ours a package may import: acyclic, and subgraphs never meet each other. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  events: [],
  connectors: [],
  scim: [],
  engine: [],
  kit: ["events"],
  crypto: ["kit", "events"],
  vault: ["kit", "events", "engine"],
  applications: ["kit", "events", "engine", "connectors", "scim"],
  rules: ["kit", "events", "engine"],
  notify: ["kit", "events"],
  audit: ["kit", "events"],
  gateway: ["kit", "events", "scim"],
  sdk: [],
  cli: ["sdk"],
  portal: ["sdk"],
  agent: ["connectors"],
};

const subgraphs = ["crypto", "applications", "vault", "rules", "notify", "audit"];

/** The one file that may import the `./module` of every subgraph. */
const composition = "gateway/src/compact.ts";

/** Tests and benches only: it may look inside everything, and nothing may import it. */
const proof = "proof";

/**
 * Imports between packages follow the graph, name an entry of the other's `exports` and never reach
 * into its folder; manifests and project references say the same as the graph.
 */
export function packageGraph(house: House): readonly Violation[] {
  const inSources = house.sources.flatMap((source) =>
    source.imports.flatMap((one) => {
      const message = objection(house, source, one);
      return message ? [{ rule, path: source.path, line: one.line, message }] : [];
    }),
  );
  return [...inSources, ...house.packages.flatMap((one) => inManifest(house, one))];
}

function objection(house: House, source: Source, one: Import): string | undefined {
  const from = packageOf(house, source.path);
  if (one.specifier.startsWith(".")) return leaving(house, source, one, from);
  if (!one.specifier.startsWith(scope)) return undefined;
  const [name = "", ...deeper] = one.specifier.slice(scope.length).split("/");
  const entry = deeper.length > 0 ? `./${deeper.join("/")}` : ".";
  const to = house.packages.find((each) => each.name === name);
  if (!to) return `no package of ours is called ${name}`;
  if (!(entry in (to.manifest.exports ?? {}))) return `${name} does not export ${entry}`;
  if (!from || from.name === proof) return undefined;
  if (from.name === to.name) return "a package imports its own files by path";
  if (subgraphs.includes(name) && source.path === composition) {
    return entry === "./module" ? undefined : `composition takes ./module of ${name} and no more`;
  }
  if (mayImport[from.name]?.includes(name)) return undefined;
  return `${from.name} may not import ${name}`;
}

/** A path out of the package's own folder; `proof` and `tidy/` may read the repository. */
function leaving(house: House, source: Source, one: Import, from: Package | undefined) {
  if (!from || from.name === proof) return undefined;
  const target = normalize(join(dirname(source.path), one.specifier));
  if (target.startsWith(`${from.folder}/`)) return undefined;
  return `leaves its package for ${packageOf(house, target)?.name ?? target}`;
}

function inManifest(house: House, one: Package): readonly Violation[] {
  const path = `${one.folder}/package.json`;
  const allowed = mayImport[one.name];
  const named = Object.keys({ ...one.manifest.dependencies, ...one.manifest.devDependencies })
    .filter((name) => name.startsWith(scope))
    .map((name) => name.slice(scope.length));
  const at = (message: string) => ({ rule, path, line: 0, message });
  if (one.name !== proof && !allowed) return [at("is not in the package graph of tidy/rules")];
  const composed = one.name === "gateway" ? subgraphs : [];
  const forbidden = named.filter((name) => ![...(allowed ?? named), ...composed].includes(name));
  const referenced = one.references.map(
    (folder) => house.packages.find((each) => each.folder === folder)?.name ?? folder,
  );
  return [
    ...forbidden.map((name) => at(`may not depend on ${name}`)),
    ...named.filter((name) => !referenced.includes(name))
      .map((name) => at(`depends on ${name}, but tsconfig.json does not reference it`)),
    ...referenced.filter((name) => !named.includes(name))
      .map((name) => at(`tsconfig.json references ${name}, but package.json does not name it`)),
  ];
}
