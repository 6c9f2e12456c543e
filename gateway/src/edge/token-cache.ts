import { hash } from "node:crypto";

/** What a token stands for, until when. */
export interface Expiring {
  readonly expiresAt: string;
}

interface Held<T> {
  readonly until: number;
  readonly found: Promise<T | null>;
}

/** What was revoked is dead within this time; half of what TRUST A3–A5 and X5 allow. */
export const tokenCacheMs = 2_500;
const heldMax = 20_000;

/** What a token stands for, remembered for a moment, so that a busy caller costs one look-up. */
export class TokenCache<T extends Expiring> {
  readonly #pattern: RegExp;
  readonly #resolve: (token: string) => Promise<T | null>;
  readonly #now: () => number;
  readonly #held = new Map<string, Held<T>>();

  /** `pattern`: what such tokens look like; anything else is refused without asking. */
  constructor(
    pattern: RegExp,
    resolve: (token: string) => Promise<T | null>,
    now: () => number = Date.now,
  ) {
    this.#pattern = pattern;
    this.#resolve = resolve;
    this.#now = now;
  }

  /** Null when the token is of nothing that lives. Throws SERVICE_UNREACHABLE, forgetting it. */
  async find(token: string): Promise<T | null> {
    if (!this.#pattern.test(token)) return null;
    const found = await this.#lookUp(token);
    return found !== null && Date.parse(found.expiresAt) > this.#now() ? found : null;
  }

  #lookUp(token: string): Promise<T | null> {
    const key = hash("sha256", token, "base64");
    const held = this.#held.get(key);
    if (held && held.until > this.#now()) return held.found;
    const found = this.#resolve(token);
    this.#remember(key, { until: this.#now() + tokenCacheMs, found });
    found.catch(() => this.#held.delete(key));
    return found;
  }

  /** The oldest go first; a Map keeps the order of insertion. */
  #remember(key: string, held: Held<T>): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const [oldest, { until }] of this.#held) {
      if (until > this.#now() && this.#held.size <= heldMax) break;
      this.#held.delete(oldest);
    }
  }
}
