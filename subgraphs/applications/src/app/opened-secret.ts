import type { Secret } from "@joinery/connectors";

/** Has one way to be read, prints as stars, does not serialise. */
export class OpenedSecret implements Secret {
  readonly #plain: string;

  constructor(plain: string) {
    this.#plain = plain;
  }

  use<T>(read: (plain: string) => T): T {
    return read(this.#plain);
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
