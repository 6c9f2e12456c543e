import { toSource } from "./source.ts";
import type { House, Package } from "./house.ts";

const packages: readonly (readonly [folder: string, needs: readonly string[]])[] = [
  ["events", []],
  ["subgraphs/engine", []],
  ["clients/connectors", []],
  ["subgraphs/kit", ["events"]],
  ["subgraphs/vault", ["kit", "events", "engine"]],
  ["subgraphs/rules", ["kit", "events", "engine"]],
  ["subgraphs/proof", ["vault", "kit"]],
  ["gateway", ["kit", "events", "vault", "rules"]],
];

/** A small house that keeps the package graph, with the given files, for tests of rules. */
export function sampleHouse(files: Readonly<Record<string, string>>): House {
  const paths = Object.keys(files);
  const ofPath = (path: string) => files[path] ?? "";
  return {
    packages: packages.map(([folder, needs]) => toPackage(folder, needs)),
    sources: paths
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => toSource(path, ofPath(path))),
    texts: paths
      .filter((path) => !/\.tsx?$/.test(path))
      .map((path) => ({ path, text: ofPath(path) })),
  };
}

function toPackage(folder: string, needs: readonly string[]): Package {
  const name = nameOf(folder);
  const folderOf = (need: string) => packages.find(([each]) => nameOf(each) === need)?.[0] ?? need;
  const dependencies = Object.fromEntries(needs.map((need) => [`@joinery/${need}`, "0.1.0"]));
  const exports = { ".": "./dist/index.js", "./module": "./dist/module.js" };
  return {
    name,
    folder,
    manifest: { name: `@joinery/${name}`, version: "0.1.0", exports, dependencies },
    references: needs.map(folderOf),
  };
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf("/") + 1);
}
