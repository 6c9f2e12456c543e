import { parseArgs } from "node:util";
import { benchPipeline } from "./pipeline.js";

const help = `npm run bench -- pipeline [--people N] [--mappers N] [--seed N]
                         [--failing N] [--json]

pipeline   HR file → vault → two files with every process up; rates as objects a second, and as
           ratios to bare COPY of the same rows in the same run (docs: README, "Measure").
           Of a thousand people --failing many have a value that fails (TRUST D10).`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    people: { type: "string", default: "100000" },
    mappers: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    failing: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help || positionals[0] !== "pipeline") {
  console.log(help);
  process.exitCode = values.help ? 0 : 1;
} else {
  const say = values.json ? (line: string) => process.stderr.write(`${line}\n`) : console.log;
  const report = await benchPipeline({
    people: Number(values.people),
    mappers: Number(values.mappers),
    seed: Number(values.seed),
    failing: Number(values.failing),
    say,
  });
  console.log(values.json ? JSON.stringify(report) : report);
}
