/** Lets one piece of work go on while the next is prepared, and never more than one. */
export class OneBehind {
  #running: Promise<void> = Promise.resolve();

  /** Begins `work` when the one before is done. Throws what that one threw. */
  async push(work: () => Promise<void>): Promise<void> {
    await this.#running;
    this.#running = work();
    // Whoever settles or pushes next gets the failure; until then it has been seen.
    this.#running.catch(() => undefined);
  }

  async settle(): Promise<void> {
    await this.#running;
  }
}
