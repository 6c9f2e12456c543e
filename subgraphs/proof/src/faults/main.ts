import { parseArgs } from "node:util";
import { topologies, type Topology } from "@joinery/gateway/launch";
import { runCampaign } from "./campaign.js";

const usage = `npm run test:faults [-- options]

  --kills N       deaths by order, the least: one at each named point, and at random under load
                  one in five or as many as are missing [60]
  --storm N       of the deaths at random, so many in one run [3]
  --people N      people in the HR file [300]
  --seed N        what chance is made of; printed when it is not given
  --topology T    compact or distributed [compact]
  --database N    times that the database is killed [20]
  --broker N      times that the broker is emptied, and set back [2]
  --age N         seconds that the copy is old which the broker is set back to [120]
  --point NAME    only this point; may be given again
  --logs FOLDER   where to leave what the processes logged
  --json          nothing but the report on stdout; how it goes on stderr

The last line is the report: {kills, pointsHit, pointsNamed, lost, duplicates, unplanned,
recoverySecondsP95}. Exit code 1 when something was lost, doubled or unplanned, or a point missed.`;

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "60" },
    storm: { type: "string", default: "3" },
    people: { type: "string", default: "300" },
    seed: { type: "string" },
    topology: { type: "string", default: "compact" },
    database: { type: "string", default: "20" },
    broker: { type: "string", default: "2" },
    age: { type: "string", default: "120" },
    point: { type: "string", multiple: true },
    logs: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  process.stdout.write(`${usage}\n`);
} else {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const began = performance.now();
  const say = (line: string) => {
    const seconds = ((performance.now() - began) / 1_000).toFixed(0).padStart(5);
    // With `--json` what is printed stays for machines; whoever watches sees the rest.
    (values.json ? process.stderr : process.stdout).write(`${seconds} s  ${line}\n`);
  };
  process.stdout.write(`seed=${seed}\n`);
  const report = await runCampaign({
    kills: Number(values.kills),
    stormKills: Number(values.storm),
    people: Number(values.people),
    seed,
    topology: topologyOf(values.topology),
    databaseKills: Number(values.database),
    brokerLosses: Number(values.broker),
    brokerCopyAgeMs: Number(values.age) * 1_000,
    ...(values.point === undefined ? {} : { points: values.point }),
    ...(values.logs === undefined ? {} : { logs: values.logs }),
    say,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
  const { lost, duplicates, unplanned, pointsHit, pointsNamed } = report;
  process.exitCode = lost + duplicates + unplanned > 0 || pointsHit < pointsNamed ? 1 : 0;
}

function topologyOf(name: string): Topology {
  const topology = topologies.find((each) => each === name);
  if (topology === undefined) throw new Error(`--topology is ${topologies.join(" or ")}`);
  return topology;
}
