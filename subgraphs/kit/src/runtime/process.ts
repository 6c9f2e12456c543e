import { codeOf, JoineryError } from "../errors.js";
import { silentLog, type Log } from "../log.js";
import { StopList } from "./stop.js";

/** What a process tells whoever started it with an IPC channel. */
export type ProcessReport =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

/** How long what is under way may take once the process was asked to stop. */
const stopDeadlineMs = 15_000;

/** A terminal and the program between may both deliver one Ctrl-C: at once means the same. */
const sameSignalMs = 500;

/** A start that cannot succeed by trying again: the configuration must change (sysexits.h). */
export const exitMisconfigured = 78;
const misconfigured = /^(CONFIG_INVALID|INTERNAL_KEY_INVALID|MASTER_KEY_[A-Z]+)$/;

/**
 * Runs `start` and keeps the process until it is asked to stop: SIGTERM, SIGINT, or the end of the
 * process that started it. Then what is under way is finished, in order and within 15 s; a second
 * signal ends the process at once. `start` puts what it opens on the stop list as it goes.
 */
export async function runProcess(
  start: (stops: StopList, useLog: (log: Log) => void) => Promise<{ readonly port: number }>,
): Promise<void> {
  let log = silentLog;
  const stops = new StopList({
    ...silentLog,
    error: (message, error, fields) => log.error(message, error, fields),
  });
  let askedAt = 0;
  const stop = (why: string) => {
    if (stops.isStopping) {
      if (performance.now() - askedAt < sameSignalMs) return;
      process.exit(1);
    }
    askedAt = performance.now();
    log.info("stopping", { why });
    setTimeout(() => {
      log.warn("stopped before everything was finished", { deadlineMs: stopDeadlineMs });
      process.exit(1);
    }, stopDeadlineMs).unref();
    void stops.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  if (process.send) process.on("disconnect", () => stops.isStopping || stop("launcher gone"));
  try {
    const { port } = await start(stops, (given) => (log = given));
    await report({ kind: "ready", port });
    log.info("ready", { port });
  } catch (error) {
    if (stops.isStopping) return;
    await reportFailure(error, log);
    await stops.stop();
    process.exit(misconfigured.test(codeOf(error)) ? exitMisconfigured : 1);
  }
}

async function reportFailure(error: unknown, log: Log): Promise<void> {
  const code = codeOf(error);
  log.error("could not start", error, { code });
  const known = error instanceof JoineryError;
  const message = known ? error.message : "an unexpected error; the log has its stack";
  if (!process.send) process.stderr.write(`${code}\n${message}\n`);
  await report({ kind: "failed", code, message });
}

async function report(message: ProcessReport): Promise<void> {
  if (!process.send || !process.connected) return;
  await new Promise<void>((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}
