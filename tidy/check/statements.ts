import { readHouse } from "../house/house.ts";
import { shown } from "../house/violation.ts";
import { boundaryRules, tidyRules, violationsOf, type Rule } from "../rules/all.ts";
import { programs, type Outcome, type Statement } from "./statement.ts";

const types = "types hold";

/** What `npm run check` says of the repository. Built files are there once types were checked. */
export const statements: readonly Statement[] = [
  { name: types, run: programs(["tsc", "-b"]) },
  { name: "boundaries hold", run: rules(boundaryRules) },
  { name: "house is tidy", run: rules(tidyRules) },
  {
    name: "fresh database equals upgraded database",
    after: [types],
    run: programs(["node", "tidy/schema/main.ts", "--check"]),
  },
  {
    name: "lint passes",
    after: [types],
    run: programs(["oxlint", "--type-aware", "--deny-warnings", "-f", "unix"]),
  },
  {
    name: "every released event still parses",
    after: [types],
    run: programs(["vitest", "run", "--project", "golden", "--reporter", "dot"]),
  },
  {
    name: "generated files are current",
    after: [types],
    run: programs(["node", "tidy/generate/main.ts", "--check"]),
  },
  {
    name: "no dead code",
    after: [types],
    run: programs(["knip", "--no-progress", "--no-config-hints"]),
  },
];

function rules(wanted: readonly Rule[]): () => Promise<Outcome> {
  return async () => {
    const violations = violationsOf(readHouse(), wanted);
    return { ok: violations.length === 0, output: violations.map(shown).join("\n") };
  };
}
