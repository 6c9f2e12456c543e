import { setTimeout as delay } from "node:timers/promises";
import type { Death } from "./armory.js";
import type { Harm } from "./harm.js";
import type { World } from "./world.js";
import type { Verdict } from "./verdict.js";

/** What one round did, and what was found after it. */
export interface RoundOutcome {
  readonly name: string;
  readonly kills: number;
  /** Points at which somebody died. */
  readonly points: readonly string[];
  /** From the last death until nothing moved any more; null where nobody died. */
  readonly recoverySeconds: number | null;
  readonly verdict: Verdict;
}

export interface Scene {
  readonly world: World;
  readonly harm: Harm;
}

/** What a round has done so far. */
export class Tally {
  readonly points: string[] = [];
  kills = 0;
  lastDeathAt: number | null = null;

  died(at: number, point?: string): void {
    this.kills += 1;
    this.lastDeathAt = Math.max(at, this.lastDeathAt ?? 0);
    if (point !== undefined) this.points.push(point);
  }
}

/**
 * A day at HR and a run, while `happen` does its harm; then Joinery is left alone until nothing
 * moves, and judged. A run that fails, or something that moves for ever, is a loss.
 */
export async function playRound(
  { world }: Scene,
  name: string,
  happen: (tally: Tally, running: AbortSignal) => Promise<void>,
): Promise<RoundOutcome> {
  const tally = new Tally();
  const ended = new AbortController();
  const failures: string[] = [];
  const note = (what: string) => (error: unknown) => {
    failures.push(`${name}: ${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
  await world.nextDay();
  const harm = happen(tally, ended.signal).catch(note("the harm was not done"));
  await world.finishedRun("hr").catch(note("the run"));
  ended.abort();
  await harm;
  await world.armory.disarm();
  await quietWithoutHeld(world).catch(note("afterwards"));
  const quietAt = Date.now();
  const found = await world.verdict();
  return {
    name,
    kills: tally.kills,
    points: tally.points,
    recoverySeconds: tally.lastDeathAt === null ? null : (quietAt - tally.lastDeathAt) / 1_000,
    verdict: { ...found, lost: [...failures, ...found.lost] },
  };
}

/** A snapshot comes as runs of its own, which the guard may hold as any other. */
async function quietWithoutHeld(world: World): Promise<void> {
  do await world.untilQuiet();
  while ((await world.company.releaseHeld()) > 0);
}

/** Waits for the death that was ordered; undefined when it did not come within the time. */
export async function awaitDeath(
  { world }: Scene,
  order: string,
  withinMs: number,
  running: AbortSignal,
): Promise<Death | undefined> {
  let end = performance.now() + withinMs;
  let extended = false;
  for (;;) {
    const death = await world.armory.deathOf(order);
    if (death !== undefined) return death;
    if (running.aborted && !extended) {
      // What a run leaves to do is done soon after it, or never.
      end = Math.min(end, performance.now() + afterRunMs);
      extended = true;
    }
    if (performance.now() > end) return undefined;
    await delay(25);
  }
}

const afterRunMs = 15_000;
