import { codeOf, JoineryError, type ServiceName } from "@joinery/kit";
import { helpText, readArguments } from "./arguments.js";
import { runCommand, type Command } from "./commands.js";
import { readLaunchConfig } from "./config.js";
import { openLauncherLog } from "./log-files.js";
import { credentialsFile } from "./owner.js";
import { humanReport, jsonReport, type Report } from "./report.js";
import { abortOnSignals, stopOnSignals } from "./signals.js";
import { Stack } from "./stack.js";

/** `npm start`: everything behind one data folder, until Ctrl-C; or one command on it. */
const given = process.argv.slice(2);
const write = (text: string) => void process.stdout.write(text);
const report = given.includes("--json")
  ? jsonReport(write)
  : humanReport(write, process.stdout.isTTY);

try {
  const task = readArguments(given);
  if (task.kind === "help") write(helpText());
  else if (task.kind === "run") await launch(report, task.restored);
  else await command(task, report);
} catch (error) {
  fail(error);
}

async function launch(to: Report, restored: readonly ServiceName[]): Promise<void> {
  const started = performance.now();
  const config = readLaunchConfig(process.env);
  const log = await openLauncherLog(config.dataFolder);
  const onEvent = to.event.bind(to);
  const stack = new Stack({ config, environment: process.env, log, onEvent, restored });
  const isAsked = stopOnSignals(stack, to);
  const credentials = await stack.start().catch((error: unknown) => {
    if (!isAsked()) throw error;
    return undefined; // The process ends when everything has stopped.
  });
  if (credentials === undefined || isAsked()) return;
  const ms = performance.now() - started;
  const { url, pids } = stack;
  const { topology, dataFolder } = config;
  const file = credentialsFile(dataFolder);
  to.ready({ url, topology, ms, pids, credentials, credentialsFile: file });
}

async function command(asked: Command, to: Report): Promise<void> {
  const config = readLaunchConfig(process.env);
  const options = { config, environment: process.env, onEvent: to.event.bind(to) };
  to.handed(await runCommand(asked, { ...options, signal: abortOnSignals() }));
  process.exit(0);
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : "unknown";
  report.failed(codeOf(error), message);
  if (!(error instanceof JoineryError) && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
  process.exit(codeOf(error) === "CONFIG_INVALID" ? 78 : 1);
}
