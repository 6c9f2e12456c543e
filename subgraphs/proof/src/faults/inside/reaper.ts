import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { allPoints, setPointHandler } from "@joinery/events";
import { meetingIn, type Life, type Meeting, type Order } from "./orders.js";

const sayEveryMs = 300;

/**
 * Kills this process where the campaign orders it, and tells the campaign which points there are.
 * Files only, read and written at once: a process that dies has no time for anything else.
 */
export class Reaper {
  readonly #meeting: Meeting;
  readonly #name: string;
  readonly #passed = new Map<string, number>();
  /** Times the point of an order was passed since the order was seen first. */
  readonly #counted = new Map<string, number>();
  #said = "";

  constructor(folder: string, name: string) {
    this.#meeting = meetingIn(folder);
    this.#name = name;
  }

  start(): void {
    setPointHandler((point) => this.#pass(point));
    setInterval(() => this.#say(), sayEveryMs).unref();
  }

  #pass(point: string): void {
    this.#passed.set(point, (this.#passed.get(point) ?? 0) + 1);
    const file = join(this.#meeting.armed, point);
    const order = readOrder(file);
    if (order === undefined) return;
    const times = (this.#counted.get(order.id) ?? 0) + 1;
    this.#counted.set(order.id, times);
    if (times < order.nth || !this.#claim(file, order)) return;
    this.#say();
    process.kill(process.pid, "SIGKILL");
  }

  /** Two processes may come to the point at once; the order is for one of them. */
  #claim(file: string, order: Order): boolean {
    const fired = join(this.#meeting.fired, order.id);
    try {
      renameSync(file, fired);
    } catch {
      return false; // Somebody else was first.
    }
    const death = { ...order, process: this.#name, pid: process.pid, at: Date.now() };
    writeFileSync(`${fired}.json`, JSON.stringify(death));
    return true;
  }

  #say(): void {
    const life: Life = {
      process: this.#name,
      pid: process.pid,
      points: allPoints(),
      passed: Object.fromEntries(this.#passed),
    };
    const text = JSON.stringify(life);
    if (text === this.#said) return;
    this.#said = text;
    const file = join(this.#meeting.lives, `${this.#name}-${process.pid}`);
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, `${file}.json`);
  }
}

function readOrder(file: string): Order | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Order;
  } catch {
    return undefined; // Nobody is to die here, which is what nearly always holds.
  }
}

/** As the launcher calls it: `web`, `task`, `gateway`, `vault-task`. */
export function processName(argv: readonly string[]): string {
  const program = basename(argv[1] ?? "").replace(/^main-|\.js$/g, "");
  return program === "service" ? `${argv[2]}-${argv[3]}` : program;
}
