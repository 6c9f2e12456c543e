import { parseArgs } from "node:util";
import { runDemo } from "./run-demo.js";

const help = `npm run demo -- [--people N] [--seed N] [--json]

Starts Joinery in a temporary folder, writes an HR file, lets it flow into a directory (slapd when
it is installed, else files) and a second application, and runs once more. Exit code 0 only when
what is read back from the targets is what the HR file says and the second run wrote nothing.`;

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  const say = values.json ? (line: string) => process.stderr.write(`${line}\n`) : console.log;
  const report = await runDemo({ people: Number(values.people), seed: Number(values.seed), say });
  for (const failure of report.failures.slice(0, 20)) say(`  ✗ ${failure}`);
  console.log(values.json ? JSON.stringify(report) : report);
  const isRight = report.failures.length === 0 && report.secondRunWrites === 0;
  process.exitCode = isRight ? 0 : 1;
}
