import { spawn } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { markOf, type ProcessMark } from "./processes.js";
import { notRunnable } from "./run.js";
import type { ServerUser } from "./server-user.js";

export interface LaunchOptions {
  program: string;
  args: readonly string[];
  /** What it says before it has a log of its own; begun anew at each start. */
  outputFile: string;
  user?: ServerUser | undefined;
}

/** A server that outlives us on purpose: in a session of its own, without our terminal. */
export interface Launched {
  readonly mark: ProcessMark;
  /** True once it ended, for whatever reason. */
  readonly hasEnded: () => boolean;
}

/**
 * Starts a server so that neither Ctrl-C in our terminal nor our own death reaches it: it is
 * stopped by its process id, in order, or found again and adopted. It sees none of our environment.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  await rm(options.outputFile, { force: true }); // It may be another user's.
  const output = await open(options.outputFile, "wx", 0o600);
  try {
    const child = spawn(options.program, options.args, {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
    let ended = false;
    child.once("exit", () => (ended = true));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (cause) => reject(notRunnable(options.program, cause)));
    });
    child.unref();
    const pid = child.pid ?? 0;
    return { mark: markOf(pid) ?? { pid, startedAt: "ended" }, hasEnded: () => ended };
  } finally {
    await output.close();
  }
}

/** Asks until it is ready (`"ready"`), has ended (`"ended"`) or the time is over (`"late"`). */
export async function untilReady(
  isReady: () => Promise<boolean>,
  hasEnded: () => boolean,
  timeoutMs: number,
): Promise<"ready" | "ended" | "late"> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    if (hasEnded()) return "ended";
    if (await isReady()) return "ready";
    if (performance.now() > giveUpAt) return "late";
    await delay(15);
  }
}
