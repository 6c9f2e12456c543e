import { randomBytes } from "node:crypto";
import { hash, parseOptions, verify, type ParsedHashOptions } from "@node-rs/argon2";
import { JoineryError } from "@joinery/kit";
import type { Passwords } from "../app/ports.js";
import { preparedPassword } from "../domain/password.js";
import type { Secret } from "../domain/secret.js";

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
export const owaspParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
type Parameters = Readonly<Record<keyof typeof owaspParameters, number>>;

const outputLen = 32;
/** `Algorithm.Argon2id` of the library, whose const enum cannot be read with isolated modules. */
const argon2id: ParsedHashOptions["algorithm"] = 2;

/** Hashed at once: 38 MiB, and two of the four threads that the whole process has for such work. */
const runningMax = 2;
/** Waiting: at about 40 hashes a second and thread, two seconds. */
const waitingMax = 150;

/** Argon2id with bounded memory and bounded waiting. */
export class Argon2Passwords implements Passwords {
  readonly #parameters: Parameters;
  readonly #nobody: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  private constructor(parameters: Parameters, nobody: string) {
    this.#parameters = parameters;
    this.#nobody = nobody;
  }

  static async create(parameters: Parameters = owaspParameters): Promise<Argon2Passwords> {
    const nobody = await hash(randomBytes(32), { ...parameters, outputLen });
    return new Argon2Passwords(parameters, nobody);
  }

  hasRoom(): boolean {
    return this.#waiting.length < waitingMax;
  }

  async hash(password: Secret): Promise<string> {
    const options = { ...this.#parameters, outputLen };
    return this.#inTurn(() => password.use((plain) => hash(preparedPassword(plain), options)));
  }

  async verify(stored: string, password: Secret): Promise<boolean> {
    return this.#inTurn(() => password.use((plain) => verify(stored, preparedPassword(plain))));
  }

  async verifyNone(password: Secret): Promise<false> {
    await this.verify(this.#nobody, password);
    return false;
  }

  isOutdated(stored: string): boolean {
    const found = parseOptions(stored);
    const { memoryCost, timeCost, parallelism } = this.#parameters;
    return (
      found.algorithm !== argon2id || found.outputLen !== outputLen ||
      found.memoryCost !== memoryCost || found.timeCost !== timeCost ||
      found.parallelism !== parallelism
    );
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= runningMax) {
      if (!this.hasRoom()) {
        throw new JoineryError("TOO_MANY_ATTEMPTS", "too many sign-ins at once: try again", {
          retryAfterSeconds: 1,
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      // The turn is handed over, so nobody can come in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
