import { runStatements, type Verdict } from "./run-statements.ts";
import { statements } from "./statements.ts";

/*
 * npm run check                 every statement
 * npm run check -- lint dead    those whose name holds one of the words
 */

const atOnce = 2;
const words = process.argv.slice(2);
const wanted = words.length === 0
  ? statements
  : statements.filter(({ name }) => words.some((word) => name.includes(word)));

const width = Math.max(...wanted.map(({ name }) => name.length));

function tell({ ok, name, seconds, output }: Verdict): void {
  console.log(`${ok ? "ok    " : "FAILED"}  ${name.padEnd(width)}  ${seconds.toFixed(1)} s`);
  if (!ok) console.log(output.trimEnd().replaceAll(/^/gm, "        "));
}

const started = performance.now();
const verdicts = await runStatements(wanted, atOnce, tell);
const failed = verdicts.filter(({ ok }) => !ok);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const held = verdicts.length - failed.length;
console.log(`${held} of ${verdicts.length} statements hold, ${seconds} s`);
if (failed.length > 0) process.exitCode = 1;
