import { spawn } from "node:child_process";
import { JoineryError } from "../errors.js";
import type { ServerUser } from "./server-user.js";

export interface RunOptions {
  cwd?: string;
  env: Readonly<Record<string, string>>;
  user?: ServerUser | undefined;
  timeoutMs: number;
}

export interface RunResult {
  /** Exit code; -1 when a signal (also our time-out) ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** More than any of our programs prints; the rest is dropped, not kept in memory. */
const outputLimit = 256 * 1024;

/**
 * Runs a program to its end and keeps what it said. A failing program is a result, not an error.
 * `PROGRAM_NOT_RUNNABLE`: it does not exist, or may not be run (as that user).
 */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? "/",
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs,
      killSignal: "SIGKILL",
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        if (output[name].length < outputLimit) output[name] += text;
      });
    }
    child.once("error", (cause) => reject(notRunnable(program, cause)));
    child.once("close", (code) => resolve({ code: code ?? -1, ...output }));
  });
}

export function notRunnable(program: string, cause: unknown): JoineryError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  return new JoineryError(
    "PROGRAM_NOT_RUNNABLE",
    `cannot run ${program} (${reason})`,
    { program, reason },
    { cause },
  );
}
