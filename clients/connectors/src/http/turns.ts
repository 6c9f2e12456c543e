import { setTimeout as sleep } from "node:timers/promises";
import { ConnectorError } from "../connector.js";

/** What a system can bear. */
export interface TurnLimits {
  readonly requestsPerSecond?: number | undefined;
  readonly requestsAtOnceMax?: number | undefined;
  readonly waitMsMax: number;
}

/**
 * When the next request may be sent to a system, by what it can bear and what it asked for. All who
 * share it keep to the limits together, in the order in which they came.
 */
export class Turns {
  /** The server wants no request before. */
  #notBeforeMs = 0;
  #nextTurnMs = 0;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Waits for a turn; whoever has one gives it back. Throws `CONNECTOR_RATE_LIMITED` where the
   * server asked for a longer wait than the limits allow, after an abort the signal's reason.
   */
  async take(limits: TurnLimits, signal: AbortSignal): Promise<() => void> {
    const release = await this.#enter(limits.requestsAtOnceMax ?? Infinity, signal);
    try {
      await this.#keepRate(limits.requestsPerSecond, signal);
      await this.#beAllowed(limits.waitMsMax, signal);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** That the server wants no request before. */
  noteWait(untilMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs);
  }

  async #enter(most: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#underWay < most) this.#underWay += 1;
    else await this.#wake(signal);
    return () => {
      // Whoever waits takes this place over: nobody who comes later is before them.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay -= 1;
      else next();
    };
  }

  async #wake(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        const at = this.#waiting.indexOf(wake);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      const wake = (): void => {
        signal.removeEventListener("abort", stop);
        resolve();
      };
      this.#waiting.push(wake);
      signal.addEventListener("abort", stop, { once: true });
    });
  }

  async #keepRate(rate: number | undefined, signal: AbortSignal): Promise<void> {
    if (rate === undefined) return;
    const now = Date.now();
    const turn = Math.max(now, this.#nextTurnMs);
    this.#nextTurnMs = turn + 1_000 / rate;
    if (turn > now) await pause(turn - now, signal);
  }

  async #beAllowed(waitMsMax: number, signal: AbortSignal): Promise<void> {
    const left = this.#notBeforeMs - Date.now();
    if (left <= 0) return;
    if (left > waitMsMax) {
      const why = "the server asked for a longer wait than the settings allow";
      throw new ConnectorError("retry", "CONNECTOR_RATE_LIMITED", why, { retryAfterMs: left });
    }
    await pause(left, signal);
  }
}

/** Throws the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
