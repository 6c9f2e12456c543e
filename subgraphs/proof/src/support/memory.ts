import { readdirSync, readFileSync } from "node:fs";

/** Largest memory seen of the processes of a stack, MiB. */
export interface PeakMemory {
  readonly web: number;
  readonly task: number;
  /** Of all processes at one moment, PostgreSQL's shared pages counted once. */
  readonly all: number;
}

const everyMs = 500;

/** Samples the memory of processes and all their children until it is stopped. Linux only. */
export class MemoryWatch {
  #peak = { web: 0, task: 0, all: 0 };
  readonly #timer: NodeJS.Timeout;

  constructor(pids: () => Readonly<Record<string, number>>) {
    this.#timer = setInterval(() => this.#sample(pids()), everyMs);
  }

  stop(): PeakMemory {
    clearInterval(this.#timer);
    return this.#peak;
  }

  #sample(pids: Readonly<Record<string, number>>): void {
    const children = childrenByParent();
    let all = mebibytesOf(process.pid, "Pss");
    for (const [name, pid] of Object.entries(pids)) {
      for (const each of withChildren(pid, children)) all += mebibytesOf(each, "Pss");
      const own = mebibytesOf(pid, "Rss");
      if (name === "web" || name === "gateway") this.#peak.web = Math.max(this.#peak.web, own);
      if (name === "task") this.#peak.task = Math.max(this.#peak.task, own);
    }
    this.#peak.all = Math.max(this.#peak.all, Math.round(all));
  }
}

function mebibytesOf(pid: number, field: "Pss" | "Rss"): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1];
    return Math.round(Number(kibibytes ?? 0) / 1024);
  } catch {
    // It ended between two looks.
    return 0;
  }
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/stat`, "utf8");
      const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended between two looks.
    }
  }
  return children;
}

function withChildren(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => withChildren(child, children))];
}
