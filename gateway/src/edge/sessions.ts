import type { Actor } from "@joinery/kit";
import { TokenCache, type Expiring } from "./token-cache.js";

interface Session extends Expiring {
  readonly actor: Actor;
}

/** The session behind a token, or null; `crypto` knows. */
export type ResolveSession = (token: string) => Promise<Session | null>;

const tokenPattern = /^jns_[A-Za-z0-9_-]{16,256}$/;

/** Who is behind a token of a session. */
export class Sessions {
  readonly #cache: TokenCache<Session>;

  constructor(resolve: ResolveSession, now: () => number = Date.now) {
    this.#cache = new TokenCache(tokenPattern, resolve, now);
  }

  /** Null when the token is no living session. Throws SERVICE_UNREACHABLE, remembering nothing. */
  async actorOf(token: string): Promise<Actor | null> {
    return (await this.#cache.find(token))?.actor ?? null;
  }
}
