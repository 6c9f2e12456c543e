/** Text that must not be shown: prints as `***` everywhere and is read in one way only. */
export class Secret {
  readonly #plain: string;

  constructor(plain: string) {
    this.#plain = plain;
  }

  use<T>(work: (plain: string) => T): T {
    return work(this.#plain);
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "***";
  }
}
