import { codeOf, JoineryError } from "@joinery/kit";
import { helpText, readArguments, readLaunchConfig } from "./config.js";
import { openLauncherLog } from "./log-files.js";
import { credentialsFile } from "./owner.js";
import { humanReport, jsonReport, type Report } from "./report.js";
import { Stack } from "./stack.js";

/** `npm start`: everything behind one data folder, until Ctrl-C. */
const given = process.argv.slice(2);
const write = (text: string) => void process.stdout.write(text);
const report = given.includes("--json")
  ? jsonReport(write)
  : humanReport(write, process.stdout.isTTY);

try {
  if (readArguments(given).help) write(helpText());
  else await launch(report);
} catch (error) {
  fail(error);
}

async function launch(to: Report): Promise<void> {
  const started = performance.now();
  const config = readLaunchConfig(process.env);
  const log = await openLauncherLog(config.dataFolder);
  const onEvent = to.event.bind(to);
  const stack = new Stack({ config, environment: process.env, log, onEvent });
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

/** npm and the terminal may both deliver one Ctrl-C: what comes at once again is the same. */
const sameSignalMs = 700;

function stopOnSignals(stack: Stack, to: Report): () => boolean {
  let asked: number | undefined;
  const onSignal = () => {
    if (asked !== undefined) {
      if (performance.now() - asked < sameSignalMs) return;
      stack.kill();
      process.exit(130);
    }
    asked = performance.now();
    const begun = asked;
    to.stopping();
    void stack.stop().then(() => {
      to.stopped(performance.now() - begun);
      process.exit(0);
    });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return () => asked !== undefined;
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : "unknown";
  report.failed(codeOf(error), message);
  if (!(error instanceof JoineryError) && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ""}\n`);
  }
  process.exit(codeOf(error) === "CONFIG_INVALID" ? 78 : 1);
}
