import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readHouse, repositoryRoot } from "../house/house.ts";
import { configurationTable } from "./configuration.ts";
import { errorsDocument } from "./errors.ts";
import { sdkFiles } from "./sdk.ts";

/*
 * npm run generate               writes what is made from the sources, after npm run build
 * npm run generate -- --check    writes nothing, exit code 1 when something differs
 */

const check = process.argv.includes("--check");

/** Writes a file that differs, or with `--check` only says so. */
function settle(path: string, text: string): boolean {
  const file = join(repositoryRoot, path);
  const current = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (current === text) return true;
  if (!check) writeFileSync(file, text);
  console.log(check ? `${path} is not current: npm run generate` : `${path} written`);
  return !check;
}

/** The schemas of the subgraphs and the supergraph, composed by the gateway's own program. */
function composition(): boolean {
  const program = join(repositoryRoot, "gateway/dist/composition/main.js");
  const ended = spawnSync(process.execPath, [program, ...(check ? ["--check"] : [])], {
    cwd: repositoryRoot,
    stdio: "inherit",
  });
  return ended.status === 0;
}

const house = readHouse();
const composed = composition();
const documents = [
  errorsDocument(house),
  await configurationTable(house),
  ...(await sdkFiles(house)),
];
const verdicts = documents.map(({ path, text, problems }) => {
  for (const problem of problems) console.log(problem);
  return (text === undefined || settle(path, text)) && problems.length === 0;
});
if (!composed || verdicts.includes(false)) process.exitCode = 1;
