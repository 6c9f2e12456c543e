import { hash } from "node:crypto";
import type { Actor } from "@joinery/kit";

interface Session {
  readonly actor: Actor;
  readonly expiresAt: string;
}

/** The session behind a token, or null; `crypto` knows. */
export type ResolveSession = (token: string) => Promise<Session | null>;

interface Held {
  readonly until: number;
  readonly session: Promise<Session | null>;
}

/** A session that was revoked is dead within this time; half of what TRUST A3–A5 allows. */
export const sessionCacheMs = 2_500;
const heldMax = 20_000;

/** Tokens of sessions look like this; anything else is refused without asking. */
const tokenPattern = /^jns_[A-Za-z0-9_-]{16,256}$/;

/** Who is behind a token, remembered for a moment, so that a busy client costs one look-up. */
export class Sessions {
  readonly #resolve: ResolveSession;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();

  constructor(resolve: ResolveSession, now: () => number = Date.now) {
    this.#resolve = resolve;
    this.#now = now;
  }

  /** Null when the token is no living session. Throws SERVICE_UNREACHABLE, remembering nothing. */
  async actorOf(token: string): Promise<Actor | null> {
    if (!tokenPattern.test(token)) return null;
    const session = await this.#sessionOf(token);
    const isLiving = session !== null && Date.parse(session.expiresAt) > this.#now();
    return isLiving ? session.actor : null;
  }

  #sessionOf(token: string): Promise<Session | null> {
    const key = hash("sha256", token, "base64");
    const held = this.#held.get(key);
    if (held && held.until > this.#now()) return held.session;
    const session = this.#resolve(token);
    this.#remember(key, { until: this.#now() + sessionCacheMs, session });
    session.catch(() => this.#held.delete(key));
    return session;
  }

  /** The oldest go first; a Map keeps the order of insertion. */
  #remember(key: string, held: Held): void {
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const [oldest, { until }] of this.#held) {
      if (until > this.#now() && this.#held.size <= heldMax) break;
      this.#held.delete(oldest);
    }
  }
}
