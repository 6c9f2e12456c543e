import { readdirSync, readFileSync } from "node:fs";

/** Processes that are there now, by their parent. Linux only. */
export function childrenByParent(): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [, parent] = fieldsOf(Number(name));
    if (parent === undefined) continue;
    const siblings = children.get(Number(parent)) ?? [];
    siblings.push(Number(name));
    children.set(Number(parent), siblings);
  }
  return children;
}

/** A process and all below it. */
export function withChildren(
  pid: number,
  children: ReadonlyMap<number, readonly number[]>,
): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => withChildren(child, children))];
}

/** Of a second; Linux has had 100 of them for user programs since ever (`sysconf(_SC_CLK_TCK)`). */
const tickMs = 10;

/**
 * Milliseconds of processor time, user and system, of processes and all below them, those that
 * ended and were waited for included.
 */
export function processorMs(pids: readonly number[]): number {
  const children = childrenByParent();
  const all = new Set(pids.flatMap((pid) => withChildren(pid, children)));
  const ticks = [...all].reduce((sum, pid) => {
    // utime, stime, cutime, cstime: proc_pid_stat(5) counts them from 14, state is its third.
    const times = fieldsOf(pid).slice(11, 15);
    return sum + times.reduce((own, each) => own + Number(each), 0);
  }, 0);
  return ticks * tickMs;
}

/** From the state on; none for a process that ended between two looks. */
function fieldsOf(pid: number): readonly string[] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return line.slice(line.lastIndexOf(")") + 2).split(" ");
  } catch {
    return []; // It ended between two looks.
  }
}
