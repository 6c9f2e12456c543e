import { fork, type ChildProcess } from "node:child_process";
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { JoineryError, type ProcessReport } from "@joinery/kit";
import { markOf, type ProcessMark } from "@joinery/kit/services";

export interface ChildOptions {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly nodeFlags?: readonly string[];
  /** Asked at every start, for an address may have changed meanwhile. */
  readonly environment: () => NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly onEvent: (event: ChildEvent) => void;
}

export type ChildEvent =
  | { readonly kind: "started"; readonly name: string; readonly mark: ProcessMark | undefined }
  | { readonly kind: "ready"; readonly name: string; readonly port: number; readonly ms: number }
  | {
      readonly kind: "ended";
      readonly name: string;
      readonly how: string;
      readonly againInMs: number;
    };

const startPatienceMs = 120_000;
/** One that ran so long has proved itself: its next end begins with the shortest wait again. */
const provedAfterMs = 30_000;
const pauseMs = { shortest: 100, longest: 10_000 } as const;
/** Longer than a process gives itself. */
const stopPatienceMs = 20_000;

/**
 * A process of ours that is kept running: when it ends without being asked it starts again, at once
 * the first time, later and later if it keeps ending.
 */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #stopping = false;
  #pause = new AbortController();
  #kept: Promise<void> = Promise.resolve();
  #port = 0;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Where it answers; 0 before it ever did. */
  get port(): number {
    return this.#port;
  }

  /** Resolves when it is ready. Throws what it failed with, or CHILD_NOT_READY. */
  async start(): Promise<void> {
    this.#kept = this.#keep(await this.#startOnce());
  }

  /** Ends it in order, by force if it takes too long; it does not start again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#pause.abort();
    const child = this.#process;
    if (child && isRunning(child)) {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), stopPatienceMs);
      await new Promise((resolve) => child.once("exit", resolve));
      clearTimeout(force);
    }
    await this.#kept;
  }

  /** Ends it in order and lets it start again with its environment of now. */
  restart(): void {
    this.#process?.kill("SIGTERM");
  }

  /** At once, without order. */
  kill(): void {
    this.#stopping = true;
    this.#pause.abort();
    this.#process?.kill("SIGKILL");
  }

  async #keep(first: Run): Promise<void> {
    let run = first;
    let waitMs = 0;
    for (;;) {
      const how = await run.ended;
      if (this.#stopping) return;
      if (performance.now() - run.begun > provedAfterMs) waitMs = 0;
      this.#options.onEvent({ kind: "ended", name: this.name, how, againInMs: waitMs });
      await delay(waitMs, undefined, { signal: this.#pause.signal }).catch(() => undefined);
      if (this.#stopping) return;
      waitMs = Math.min(pauseMs.longest, Math.max(pauseMs.shortest, waitMs * 2));
      run = await this.#startAgain();
    }
  }

  async #startAgain(): Promise<Run> {
    const begun = performance.now();
    try {
      return await this.#startOnce();
    } catch (error) {
      const why = error instanceof Error ? error.message : "unknown";
      return { begun, ended: Promise.resolve(`could not start: ${why}`) };
    }
  }

  /** Answers once it is ready. */
  async #startOnce(): Promise<Run> {
    const { program, onEvent, logFile, environment, nodeFlags = [] } = this.#options;
    const begun = performance.now();
    const log = await open(logFile, "a", 0o600);
    if (this.#stopping) throw new JoineryError("STOPPED", "asked to stop before it was started");
    const child = fork(program, [...this.#options.arguments], {
      env: environment(),
      execArgv: [...nodeFlags],
      detached: true,
      stdio: ["ignore", log.fd, log.fd, "ipc"],
    });
    await log.close();
    this.#process = child;
    const ended = endOf(child);
    onEvent({ kind: "started", name: this.name, mark: child.pid ? markOf(child.pid) : undefined });
    this.#port = await readiness(child, ended, this.name, logFile);
    const ms = performance.now() - begun;
    onEvent({ kind: "ready", name: this.name, port: this.#port, ms });
    return { begun, ended };
  }
}

/** One life of a process; `ended` says how it ended. */
interface Run {
  readonly begun: number;
  readonly ended: Promise<string>;
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`did not run: ${error.message}`));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code ?? "unknown"}`));
  });
}

/** The port it answers on. */
async function readiness(
  child: ChildProcess,
  ended: Promise<string>,
  name: string,
  logFile: string,
): Promise<number> {
  const reported = new Promise<ProcessReport>((resolve) => {
    child.once("message", (message) => resolve(message as ProcessReport));
  });
  const late = AbortSignal.timeout(startPatienceMs);
  const outcome = await Promise.race([
    reported,
    ended.then((how) => ({ kind: "ended", how }) as const),
    new Promise<{ kind: "late" }>((resolve) => {
      late.addEventListener("abort", () => resolve({ kind: "late" }));
    }),
  ]);
  if (outcome.kind === "ready") return outcome.port;
  child.kill("SIGKILL");
  if (outcome.kind === "failed") {
    const message = `${name}: ${outcome.message} (its log is ${logFile})`;
    throw new JoineryError(outcome.code, message, { name });
  }
  const what = outcome.kind === "ended" ? `ended (${outcome.how})` : "was not ready in two minutes";
  throw new JoineryError("CHILD_NOT_READY", `${name} ${what}; its log is ${logFile}`, { name });
}
