import { readFile, writeFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { JoineryError } from "@joinery/kit";
import { loadModules } from "../compact.js";
import { packageFolder, supergraphFile } from "../config.js";
import { composeModules } from "./compose.js";

const repository = resolve(packageFolder, "..");

/** Every generated file of the graph, as it should be: path → text. */
async function wanted(): Promise<ReadonlyMap<string, string>> {
  const { subgraphs, supergraph } = composeModules(await loadModules());
  const files = new Map([[supergraphFile, supergraph]]);
  for (const [name, sdl] of subgraphs) {
    files.set(resolve(repository, "subgraphs", name, "schema.graphql"), sdl);
  }
  return files;
}

/** Writes what differs, or with `check` only names it. Answers the paths that differed. */
export async function generate(check: boolean): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const [file, text] of await wanted()) {
    const found = await readFile(file, "utf8").catch(() => undefined); // Not there yet.
    if (found === text) continue;
    if (!check) await writeFile(file, text);
    stale.push(relative(repository, file));
  }
  return stale;
}

/** `node main.js [--check]`: exit code 1 when something is not current or does not compose. */
export async function generateMain(arguments_: readonly string[]): Promise<number> {
  const check = arguments_.includes("--check");
  try {
    const stale = await generate(check);
    const verb = check ? "is not current" : "written";
    for (const file of stale) process.stdout.write(`${file} ${verb}\n`);
    if (check && stale.length > 0) process.stderr.write("run npm run generate and commit\n");
    return check && stale.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof JoineryError)) throw error;
    process.stderr.write(`${error.code}\n${error.message}\n`);
    return 1;
  }
}
