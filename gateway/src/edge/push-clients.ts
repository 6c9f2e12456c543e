import type { PushClient } from "@joinery/kit";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { TokenCache, type Expiring } from "./token-cache.js";

interface Resolved extends Expiring {
  readonly client: PushClient;
}

/** The client behind a token, or null; `crypto` knows. */
export type ResolveClient = (token: string) => Promise<Resolved | null>;

/** What one client, or one address without a token that holds, may ask of one process. */
export const pushLimits = {
  requestsPerMinute: 6_000,
  requestsAtOnce: 32,
  refusalsPerMinute: 120,
} as const;

const tokenPattern = /^jnc_[A-Za-z0-9_-]{49}$/;

/** Why a request has to wait. */
export interface Wait {
  readonly retryAfterSeconds: number;
}

/** Clients that push, by their tokens, each within its bounds. */
export class PushClients {
  readonly #cache: TokenCache<Resolved>;
  readonly #requests = new RateLimiterMemory({
    points: pushLimits.requestsPerMinute, duration: 60,
  });
  readonly #refusals = new RateLimiterMemory({
    points: pushLimits.refusalsPerMinute, duration: 60,
  });
  readonly #underWay = new Map<string, number>();

  constructor(resolve: ResolveClient) {
    this.#cache = new TokenCache(tokenPattern, resolve);
  }

  /** Null for a token that does not hold. Throws SERVICE_UNREACHABLE. */
  async find(token: string): Promise<PushClient | null> {
    return (await this.#cache.find(token))?.client ?? null;
  }

  /** Counts a request without a token that holds. */
  refused(address: string): Promise<Wait | null> {
    return counted(this.#refusals, address);
  }

  /** Counts a request of a client; to be ended by `leave` unless it has to wait. */
  async enter({ id }: PushClient): Promise<Wait | null> {
    const underWay = this.#underWay.get(id) ?? 0;
    if (underWay >= pushLimits.requestsAtOnce) return { retryAfterSeconds: 1 };
    this.#underWay.set(id, underWay + 1);
    const wait = await counted(this.#requests, id);
    if (wait !== null) this.leave(id);
    return wait;
  }

  leave(id: string): void {
    const underWay = (this.#underWay.get(id) ?? 1) - 1;
    if (underWay > 0) this.#underWay.set(id, underWay);
    else this.#underWay.delete(id);
  }
}

async function counted(limiter: RateLimiterMemory, key: string): Promise<Wait | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    return { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) };
  }
}
