import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** One process for good: ids are reused, an id with its start time is not. */
export interface ProcessMark {
  readonly pid: number;
  /** Opaque; equal for the same process only (Linux: clock ticks since boot). */
  readonly startedAt: string;
}

/** The mark of a living process; nothing for a dead one or one that only waits to be reaped. */
export function markOf(pid: number): ProcessMark | undefined {
  const found = process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  if (!found || found.state.startsWith("Z") || found.state.startsWith("X")) return undefined;
  return { pid, startedAt: found.startedAt };
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.startedAt === mark.startedAt;
}

/** Whether the id is in use at all, by a zombie or by somebody whom we may not signal too. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Living processes that work in this folder. Linux only; elsewhere none are found. */
export function processesIn(folder: string): ProcessMark[] {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const inside = pids.filter((pid) => workingFolder(pid) === folder);
  return inside.map((pid) => markOf(Number(pid))).filter((mark) => mark !== undefined);
}

/** The command line, to tell whether a living id is the server that we once started. */
export function commandOf(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    }
    return execFileSync("ps", ["-ww", "-o", "command=", "-p", String(pid)]).toString().trim();
  } catch {
    return undefined; // Gone meanwhile.
  }
}

/** True when the process ended within the time. */
export async function waitForExit(mark: ProcessMark, timeoutMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs;
  while (isAlive(mark)) {
    if (performance.now() > giveUpAt) return false;
    await delay(15);
  }
  return true;
}

export interface StopStep {
  signal: NodeJS.Signals;
  waitMs: number;
}

/** Signals one after the other, each with its patience. True when the process is gone. */
export async function stopProcess(mark: ProcessMark, steps: readonly StopStep[]): Promise<boolean> {
  for (const step of steps) {
    if (!isAlive(mark)) return true;
    try {
      process.kill(mark.pid, step.signal);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return true;
      throw error;
    }
    if (await waitForExit(mark, step.waitMs)) return true;
  }
  return !isAlive(mark);
}

function workingFolder(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // Gone, or somebody else's.
  }
}

/** proc(5): the name in brackets may hold anything, so fields are counted from the last bracket. */
function fromProc(pid: number): { state: string; startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startedAt] = [fields[0], fields[19]];
    return state && startedAt ? { state, startedAt } : undefined;
  } catch {
    return undefined; // No such process.
  }
}

function fromPs(pid: number): { state: string; startedAt: string } | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)]).toString().trim();
    const [state = "", ...started] = line.split(/\s+/);
    return state ? { state, startedAt: started.join(" ") } : undefined;
  } catch {
    return undefined; // ps exits with 1 when there is no such process.
  }
}
