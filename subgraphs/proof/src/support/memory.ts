import { readFileSync } from "node:fs";
import { childrenByParent, withChildren } from "./processes.js";

/** Largest memory seen of the processes of a stack, MiB. */
export interface PeakMemory {
  readonly web: number;
  readonly task: number;
  /** Of all processes at one moment, PostgreSQL's shared pages counted once. */
  readonly all: number;
}

const ownEveryMs = 500;
/** The shares of shared pages are dear: the kernel walks the pages of every process. */
const allEveryMs = 15_000;

/** Samples the memory of processes and all their children until it is stopped. Linux only. */
export class MemoryWatch {
  readonly #pids: () => Readonly<Record<string, number>>;
  readonly #peak = { web: 0, task: 0, all: 0 };
  readonly #timers: readonly NodeJS.Timeout[];

  constructor(pids: () => Readonly<Record<string, number>>) {
    this.#pids = pids;
    this.#timers = [
      setInterval(() => this.#sampleOwn(), ownEveryMs),
      setInterval(() => this.#sampleAll(), allEveryMs),
    ];
  }

  stop(): PeakMemory {
    for (const timer of this.#timers) clearInterval(timer);
    this.#sampleAll();
    return this.#peak;
  }

  #sampleOwn(): void {
    for (const [name, pid] of Object.entries(this.#pids())) {
      const own = mebibytesIn(`/proc/${pid}/status`, "VmRSS");
      if (name === "web" || name === "gateway") this.#peak.web = Math.max(this.#peak.web, own);
      if (name === "task") this.#peak.task = Math.max(this.#peak.task, own);
    }
  }

  #sampleAll(): void {
    const children = childrenByParent();
    const all = [process.pid, ...Object.values(this.#pids())]
      .flatMap((pid) => (pid === process.pid ? [pid] : withChildren(pid, children)))
      .reduce((sum, pid) => sum + mebibytesIn(`/proc/${pid}/smaps_rollup`, "Pss"), 0);
    this.#peak.all = Math.max(this.#peak.all, Math.round(all));
  }
}

function mebibytesIn(file: string, field: "Pss" | "VmRSS"): number {
  try {
    const text = readFileSync(file, "utf8");
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
    return Math.round(Number(kibibytes ?? 0) / 1024);
  } catch {
    // It ended between two looks.
    return 0;
  }
}
