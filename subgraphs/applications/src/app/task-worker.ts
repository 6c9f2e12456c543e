import { setTimeout as delay } from "node:timers/promises";
import { codeOf, type Worker } from "@joinery/kit";
import { isPassing } from "./passing.js";
import type { Deps, Task, TaskKind } from "./ports.js";

/** Does one piece of work. Answers in how many milliseconds it is due again; null: when wished. */
export type TaskHandler = (deps: Deps, task: Task, signal: AbortSignal) => Promise<number | null>;

export interface TaskWorkerOptions {
  readonly kind: TaskKind;
  readonly handler: TaskHandler;
  /** Pieces of work at once; a slow system holds one of them and no connection to the database. */
  readonly atOnce: number;
  /** A look costs a transaction, each of these workers takes four a second at rest. */
  readonly pollMs?: number;
  /** How long the work of a worker that died waits for another one. */
  readonly leaseMs?: number;
}

const retryMs = { first: 500, last: 30_000 };

/**
 * Claims tasks of one kind and does them under a lease that it renews. A claim that is lost stops
 * the work; what it still tries to commit is refused. `stop` waits for what is under way.
 */
export class TaskWorker implements Worker {
  readonly name: string;
  readonly #deps: Deps;
  readonly #options: Required<TaskWorkerOptions>;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: Deps, options: TaskWorkerOptions) {
    this.name = `applications ${options.kind}`;
    this.#deps = deps;
    this.#options = { pollMs: 250, leaseMs: 10_000, ...options };
  }

  start(): Promise<void> {
    this.#loop = this.#poll();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.allSettled(this.#running);
  }

  async #poll(): Promise<void> {
    const { kind, atOnce, pollMs, leaseMs } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const free = atOnce - this.#running.size;
      const tasks = free > 0 ? await this.#claim(kind, free, leaseMs) : [];
      for (const task of tasks) this.#take(task);
      if (tasks.length > 0) continue;
      await delay(pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #claim(kind: TaskKind, free: number, leaseMs: number): Promise<readonly Task[]> {
    try {
      return await this.#deps.tasks.claim(kind, free, leaseMs);
    } catch (error) {
      this.#deps.log.warn("tasks cannot be claimed", { kind, code: codeOf(error) });
      await delay(1_000, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      return [];
    }
  }

  #take(task: Task): void {
    const work = this.#do(task).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #do(task: Task): Promise<void> {
    const lost = new AbortController();
    const beat = setInterval(() => {
      void this.#renew(task, lost);
    }, this.#options.leaseMs / 3);
    const key = `${task.tenant} ${task.subject}`;
    try {
      const signal = AbortSignal.any([this.#stopping.signal, lost.signal]);
      const dueInMs = await this.#options.handler(this.#deps, task, signal);
      this.#failures.delete(key);
      await this.#deps.tasks.finish(task, dueInMs);
    } catch (error) {
      await this.#failed(task, key, error);
    } finally {
      clearInterval(beat);
    }
  }

  async #renew(task: Task, lost: AbortController): Promise<void> {
    try {
      if (!(await this.#deps.tasks.renew(task, this.#options.leaseMs))) lost.abort();
    } catch (error) {
      this.#deps.log.warn("a claim could not be renewed", { code: codeOf(error) });
    }
  }

  /** What only passes comes again soon; what does not comes again later and later, and is told. */
  async #failed(task: Task, key: string, error: unknown): Promise<void> {
    const fields = { kind: task.kind, subject: task.subject, code: codeOf(error) };
    const isStopping = this.#stopping.signal.aborted;
    const times = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, times);
    if (isStopping || isPassing(error)) this.#deps.log.warn("work was put down", fields);
    else this.#deps.log.error("work failed", error, fields);
    const wait = Math.min(retryMs.last, retryMs.first * 2 ** Math.min(times - 1, 10));
    try {
      await this.#deps.tasks.finish(task, isStopping ? 0 : wait);
    } catch (failure) {
      // Its lease ends by itself, and somebody takes it up then.
      this.#deps.log.warn("a claim could not be given back", { code: codeOf(failure) });
    }
  }
}
