import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { meetingIn, type Life, type Meeting, type Order } from "./inside/orders.js";

/** A process that died where it was ordered to. */
export interface Death extends Order {
  readonly process: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The campaign's side of the meeting: gives orders, reads what the processes said. */
export class Armory {
  readonly #folder: string;
  readonly #meeting: Meeting;
  #orders = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#meeting = meetingIn(folder);
  }

  static async open(folder: string): Promise<Armory> {
    const armory = new Armory(folder);
    const { armed, fired, lives } = armory.#meeting;
    for (const each of [armed, fired, lives]) await mkdir(each, { recursive: true });
    return armory;
  }

  /** What makes a process of ours come to the meeting, whatever program it runs. */
  get environment(): Readonly<Record<string, string>> {
    const inside = fileURLToPath(new URL("inside/main-inside.js", import.meta.url));
    const built = inside.replace(/\/src\/faults\//, "/dist/faults/");
    return { JOINERY_FAULTS: this.#folder, NODE_OPTIONS: `--import=${resolve(built)}` };
  }

  /** Whoever comes to `point` for the `nth` time from now on dies there. */
  async arm(point: string, nth = 1): Promise<string> {
    this.#orders += 1;
    const id = `order-${this.#orders}`;
    const order: Order = { id, point, nth };
    const file = join(this.#folder, id);
    await writeFile(file, JSON.stringify(order));
    await rename(file, join(this.#meeting.armed, point));
    return id;
  }

  async disarm(): Promise<void> {
    const { armed } = this.#meeting;
    for (const name of await readdir(armed)) await rm(join(armed, name), { force: true });
  }

  /** Who died of an order; undefined as long as nobody did. */
  async deathOf(id: string): Promise<Death | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#meeting.fired, `${id}.json`), "utf8")) as Death;
    } catch (error) {
      // Not there yet, or being written at this moment.
      if (error instanceof SyntaxError || isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Everything that every life of every process has said. */
  async lives(): Promise<readonly Life[]> {
    const { lives } = this.#meeting;
    const names = (await readdir(lives)).filter((name) => name.endsWith(".json"));
    const texts = await Promise.all(names.map((name) => readFile(join(lives, name), "utf8")));
    return texts.map((text) => JSON.parse(text) as Life);
  }

  /** All points of all processes, sorted. */
  async points(): Promise<readonly string[]> {
    const lives = await this.lives();
    return [...new Set(lives.flatMap(({ points }) => points))].sort();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
