import { rm } from "node:fs/promises";
import { join } from "node:path";
import { JoineryError } from "../errors.js";
import type { Log } from "../log.js";
import { launch, untilReady } from "./launch.js";
import { readIfThere } from "./private-file.js";
import {
  commandOf,
  exists,
  markOf,
  processesIn,
  stopProcess,
  waitForExit,
  type ProcessMark,
} from "./processes.js";
import type { ServerUser } from "./server-user.js";

/**
 * The living postmaster of this cluster, from `postmaster.pid`: first line the process id, eighth
 * the state. A living process under that id which is not ours (ids are reused, in a container
 * almost surely) makes the file stale.
 */
export async function findPostmaster(
  cluster: string,
): Promise<{ mark: ProcessMark; ready: boolean } | undefined> {
  const lines = (await readIfThere(join(cluster, "postmaster.pid")))?.split("\n");
  const pid = Number.parseInt(lines?.[0] ?? "", 10);
  const mark = pid > 0 ? markOf(pid) : undefined;
  if (!mark || !isPostmasterOf(cluster, pid)) return undefined;
  return { mark, ready: lines?.[7]?.trim() === "ready" };
}

/**
 * Clears what a killed postmaster left in the way of the next one. Both are no danger to the data:
 * the new server also finds live users of the old shared memory by the folder's inode, pid file
 * or not, and then refuses to start.
 *
 * - Backends that have not noticed yet: they get a moment, then are ended.
 * - A pid file whose id is a stranger's now (ids are reused, in a container almost surely), or a
 *   zombie's that nobody reaps: PostgreSQL would take either for a running postmaster. A file
 *   with a dead id it removes itself.
 */
export async function clearAfterCrash(cluster: string, log: Log): Promise<void> {
  const file = join(cluster, "postmaster.pid");
  const pid = Number.parseInt((await readIfThere(file)) ?? "", 10);
  if (!(pid > 0)) return;
  await Promise.all(processesIn(cluster).map((orphan) => endOrphan(orphan, log)));
  if (!exists(pid) || (markOf(pid) && isPostmasterOf(cluster, pid))) return;
  log.info("removed a stale pid file of PostgreSQL", { pid });
  await rm(file, { force: true });
}

/** The logger ignores SIGQUIT but ends with the last process that writes to it. */
async function endOrphan(orphan: ProcessMark, log: Log): Promise<void> {
  if (await waitForExit(orphan, 1_000)) return;
  await stopProcess(orphan, [
    { signal: "SIGQUIT", waitMs: 2_000 },
    { signal: "SIGKILL", waitMs: 2_000 },
  ]);
  log.warn("ended a process that outlived its PostgreSQL", { pid: orphan.pid });
}

export interface StartOptions {
  program: string;
  args: readonly string[];
  cluster: string;
  outputFile: string;
  user: ServerUser | undefined;
  timeoutMs: number;
}

/**
 * Starts the server and waits until it accepts connections, however long its recovery takes
 * within the time. `POSTGRES_START_FAILED` with the server's last words; nothing runs then.
 */
export async function startPostmaster(options: StartOptions): Promise<ProcessMark> {
  const server = await launch(options);
  const isReady = async () => {
    const found = await findPostmaster(options.cluster);
    return found?.ready === true && found.mark.pid === server.mark.pid;
  };
  try {
    const outcome = await untilReady(isReady, server.hasEnded, options.timeoutMs);
    if (outcome !== "ready") throw await startFailed(outcome, options.outputFile);
    return server.mark;
  } catch (error) {
    await stopPostmaster(server.mark, 10_000);
    throw error;
  }
}

async function startFailed(outcome: "ended" | "late", outputFile: string): Promise<JoineryError> {
  const said = (await readIfThere(outputFile))?.trim().slice(-600) ?? "";
  const what = outcome === "late" ? "was not ready in time" : "ended at once";
  const message = `PostgreSQL ${what}; it said: ${said}`;
  return new JoineryError("POSTGRES_START_FAILED", message, { outcome });
}

/** Fast shutdown: open transactions are rolled back, all is written out; then ever ruder. */
export async function stopPostmaster(mark: ProcessMark, patienceMs: number): Promise<void> {
  const stopped = await stopProcess(mark, [
    { signal: "SIGINT", waitMs: patienceMs },
    { signal: "SIGQUIT", waitMs: 10_000 },
  ]);
  if (stopped) return;
  const message = `PostgreSQL (process ${mark.pid}) does not end`;
  throw new JoineryError("POSTGRES_STOP_FAILED", message, { pid: mark.pid });
}

/** Its command line names its cluster; children of a postmaster have titles instead. */
function isPostmasterOf(cluster: string, pid: number): boolean {
  const command = commandOf(pid);
  return command !== undefined && `${command} `.includes(`-D ${cluster} `);
}
