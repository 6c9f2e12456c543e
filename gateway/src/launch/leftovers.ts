import { join } from "node:path";
import {
  isAlive,
  readIfThere,
  stopProcess,
  waitForExit,
  writePrivate,
  type ProcessMark,
} from "@joinery/kit/services";

/**
 * Which processes of ours run, kept in the data folder: when the launcher is killed they stop by
 * themselves, and the next launcher makes sure of it before it starts others on the same data.
 */
export class RunningList {
  readonly #file: string;
  readonly #marks = new Map<string, ProcessMark>();
  #writing: Promise<void> = Promise.resolve();

  constructor(dataFolder: string) {
    this.#file = join(dataFolder, "running.json");
  }

  /** Ends what an earlier launcher left. Answers how many were still there. */
  async endLeftovers(): Promise<number> {
    const marks = parseMarks(await readIfThere(this.#file));
    const alive = marks.filter((mark) => isAlive(mark));
    await Promise.all(alive.map(async (mark) => {
      // They began to stop when their launcher died.
      if (!(await waitForExit(mark, 3_000))) await stopProcess(mark, endSteps);
    }));
    return alive.length;
  }

  /** Written in the order of the calls; a crash between leaves at worst a dead mark. */
  note(name: string, mark: ProcessMark | undefined): Promise<void> {
    if (mark) this.#marks.set(name, mark);
    else this.#marks.delete(name);
    const text = JSON.stringify([...this.#marks.values()]);
    const written = this.#writing.then(() => writePrivate(this.#file, `${text}\n`));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

/** A mark is only ever its own process, for it carries the start time. */
const endSteps = [
  { signal: "SIGTERM", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 10_000 },
] as const;

/** A damaged list is an empty one: its processes end by themselves all the same. */
function parseMarks(text: string | undefined): readonly ProcessMark[] {
  try {
    const marks: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(marks)) return [];
    return marks.filter(
      (mark: Partial<ProcessMark> | null) =>
        typeof mark?.pid === "number" && typeof mark.startedAt === "string",
    ) as ProcessMark[];
  } catch {
    return []; // Written whole or not at all, so this is somebody else's doing.
  }
}
