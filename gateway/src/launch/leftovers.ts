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
 * Which processes of ours run and where `crypto` answers, kept in the data folder: when the
 * launcher is killed they stop by themselves, and the next launcher makes sure of it before it
 * starts others on the same data.
 */
export class RunningList {
  readonly #file: string;
  readonly #marks = new Map<string, ProcessMark>();
  #crypto: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataFolder: string) {
    this.#file = join(dataFolder, "running.json");
  }

  /**
   * Ends what an earlier launcher left, and forgets where its `crypto` was. Answers how many were
   * still there.
   */
  async endLeftovers(): Promise<number> {
    const { marks } = await this.#read();
    const alive = marks.filter((mark) => isAlive(mark));
    await Promise.all(alive.map(async (mark) => {
      // They began to stop when their launcher died.
      if (!(await waitForExit(mark, 3_000))) await stopProcess(mark, endSteps);
    }));
    await this.#write();
    return alive.length;
  }

  /** Where the `crypto` of the launcher that has the folder answers; undefined before it runs. */
  async findCrypto(): Promise<string | undefined> {
    return (await this.#read()).crypto;
  }

  noteCrypto(address: string): Promise<void> {
    this.#crypto = address;
    return this.#write();
  }

  async #read(): Promise<Listed> {
    return parseList(await readIfThere(this.#file));
  }

  /** Written in the order of the calls; a crash between leaves at worst a dead mark. */
  note(name: string, mark: ProcessMark | undefined): Promise<void> {
    if (mark) this.#marks.set(name, mark);
    else this.#marks.delete(name);
    return this.#write();
  }

  #write(): Promise<void> {
    const text = JSON.stringify({ marks: [...this.#marks.values()], crypto: this.#crypto });
    const written = this.#writing.then(() => writePrivate(this.#file, `${text}\n`));
    this.#writing = written.catch(() => undefined);
    return written;
  }
}

interface Listed {
  readonly marks: readonly ProcessMark[];
  readonly crypto: string | undefined;
}

/** A mark is only ever its own process, for it carries the start time. */
const endSteps = [
  { signal: "SIGTERM", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 10_000 },
] as const;

/** A damaged list is an empty one: its processes end by themselves all the same. */
function parseList(text: string | undefined): Listed {
  try {
    const { marks, crypto } = JSON.parse(text ?? "{}") as { marks?: unknown; crypto?: unknown };
    const list = (Array.isArray(marks) ? marks : []) as (Partial<ProcessMark> | null)[];
    return {
      marks: list.filter(isMark),
      crypto: typeof crypto === "string" ? crypto : undefined,
    };
  } catch {
    return { marks: [], crypto: undefined }; // Written whole or not at all: somebody else's doing.
  }
}

function isMark(mark: Partial<ProcessMark> | null): mark is ProcessMark {
  return typeof mark?.pid === "number" && typeof mark.startedAt === "string";
}
