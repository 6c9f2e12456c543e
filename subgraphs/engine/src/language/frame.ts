import { ValueFailure } from "../failure.js";
import type { Attributes } from "../model.js";
import { instantText, type Millis } from "../dates.js";
import type { Runtime } from "./types.js";

/** Steps of one evaluation: function calls and list elements visited. */
export const stepsMax = 20_000;

/**
 * What one evaluation reads, and what it leaves behind. An engine has one and uses it again for
 * every object: evaluation never pauses, so nothing is shared by two at a time.
 */
export class Frame {
  attributes: Attributes = {};
  /** `$anchor`, `$name`, `$enabled`, `$id`, `$classification`: undefined where there is none. */
  anchor: string | undefined;
  objectName: string | undefined;
  enabled: boolean | undefined;
  identity: string | undefined;
  classification: string | undefined;
  /** Key of a wanted group. */
  key: string | undefined;
  /** Which of the names an object could have is meant, from 1 on, and whether anybody asked. */
  number = 1;
  isNumberRead = false;
  now: Millis = 0;
  steps = 0;
  readonly locals: Runtime[] = [];
  #dueAt: Millis = Infinity;
  #nowText = "";

  /** Forgets what evaluations of the object before this one noted. Throws RangeError. */
  begin(now: string): void {
    this.#dueAt = Infinity;
    if (now === this.#nowText) return;
    const at = Date.parse(now);
    if (Number.isNaN(at)) throw new RangeError("`now` is an RFC 3339 instant");
    this.now = at;
    this.#nowText = now;
  }

  /** Notes that what was just read may read differently from `at` on. */
  dueAt(at: Millis): void {
    if (at > this.now && at < this.#dueAt) this.#dueAt = at;
  }

  /** The earliest noted instant; null when time alone changes nothing. */
  get nextDueAt(): string | null {
    return this.#dueAt === Infinity ? null : instantText(this.#dueAt);
  }

  spend(steps: number): void {
    this.steps += steps;
    if (this.steps > stepsMax) {
      throw new ValueFailure("EXPRESSION_LIMIT", `more than ${stepsMax} steps`);
    }
  }
}
