import { parseArgs } from "node:util";
import { benchDirectory } from "./directory.js";
import { benchFreshness } from "./freshness.js";
import { benchGroups } from "./groups.js";
import { benchPipeline } from "./pipeline.js";
import { benchScim } from "./scim.js";

const help = `npm run bench -- pipeline [--people N] [--mappers N] [--seed N]
                         [--failing N] [--json]
npm run bench -- scim [--users N] [--requests N] [--json]
npm run bench -- groups [--members N] [--changes N] [--json]
npm run bench -- freshness [--users N] [--changes N] [--json]
npm run bench -- directory [--people N] [--json]

pipeline   HR file → vault → two files with every process up; rates as objects a second, and as
           ratios to bare COPY of the same rows in the same run (docs: README, "Measure").
           Of a thousand people --failing many have a value that fails (TRUST D10).
scim       Requests of a client that pushes, through the gateway on loopback, one at a time; in
           milliseconds, with so many users there, all of them in one group.
groups     One member comes or goes in a group of ten and in one of --members: seconds from the
           beginning of the import of changes to the planned export, the median of --changes.
freshness  A change in a watched Active Directory domain (Samba) of --users people until it is in
           the vault, in milliseconds.
directory  A full read of an LDAP directory (slapd) of --people entries: read and staged, imported
           to the end, and read again with nothing changed, in entries a second.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    people: { type: "string", default: "100000" },
    mappers: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    failing: { type: "string", default: "0" },
    users: { type: "string", default: "20000" },
    requests: { type: "string", default: "300" },
    members: { type: "string", default: "100000" },
    changes: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = values.json ? (line: string) => process.stderr.write(`${line}\n`) : console.log;

const benches = new Map<string, () => Promise<unknown>>([
  ["pipeline", () => benchPipeline({
    people: Number(values.people),
    mappers: Number(values.mappers),
    seed: Number(values.seed),
    failing: Number(values.failing),
    say,
  })],
  ["freshness", () => benchFreshness({
    people: Math.min(Number(values.users), 2_000), changes: Number(values.changes), say,
  })],
  ["directory", () => benchDirectory({ people: Number(values.people), say })],
  ["groups", () => benchGroups({
    small: 10, large: Number(values.members), changes: Number(values.changes), say,
  })],
  ["scim", () => benchScim({
    users: Number(values.users), requests: Number(values.requests), say,
  })],
]);
const bench = benches.get(positionals[0] ?? "");

if (values.help || bench === undefined) {
  console.log(help);
  process.exitCode = values.help ? 0 : 1;
} else {
  const report = await bench();
  console.log(values.json ? JSON.stringify(report) : report);
}
