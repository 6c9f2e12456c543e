import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Topology } from "@joinery/gateway/launch";
import { Harm } from "./harm.js";
import type { RoundOutcome, Scene } from "./round.js";
import {
  brokerEmptied, brokerSetBack, databaseKilled, dieAt, sameAgain, storm,
} from "./rounds.js";
import { Stops, World } from "./world.js";

export interface CampaignOptions {
  /** Deaths by order, the least: at each point, then at random. One in five is at random. */
  readonly kills: number;
  /** Of the deaths at random, so many in one run. */
  readonly stormKills: number;
  readonly people: number;
  readonly seed: number;
  readonly topology: Topology;
  /** Rounds in which the database dies, the broker is emptied, and set back. */
  readonly databaseKills: number;
  readonly brokerLosses: number;
  readonly brokerCopyAgeMs: number;
  /** Only these points; all where absent. */
  readonly points?: readonly string[];
  /** Where the logs of the processes are left; nowhere where absent. */
  readonly logs?: string;
  readonly say: (line: string) => void;
}

export interface CampaignReport {
  readonly kills: number;
  readonly pointsHit: number;
  readonly pointsNamed: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly unplanned: number;
  readonly recoverySecondsP95: number;
}

/** What was found, each sentence once, whatever number of rounds saw it. */
export class Findings {
  readonly lost = new Set<string>();
  readonly duplicates = new Set<string>();
  readonly unplanned = new Set<string>();
  readonly hit = new Set<string>();
  readonly recoveries: number[] = [];
  kills = 0;

  /** Answers what is new in it. */
  add(outcome: RoundOutcome): string[] {
    this.kills += outcome.kills;
    for (const point of outcome.points) this.hit.add(point);
    if (outcome.recoverySeconds !== null) this.recoveries.push(outcome.recoverySeconds);
    return (["lost", "duplicates", "unplanned"] as const).flatMap((kind) =>
      outcome.verdict[kind].flatMap((sentence) => {
        if (this[kind].has(sentence)) return [];
        this[kind].add(sentence);
        return [`${kind}: ${sentence}`];
      }));
  }

  report(pointsNamed: number): CampaignReport {
    return {
      kills: this.kills,
      pointsHit: this.hit.size,
      pointsNamed,
      lost: this.lost.size,
      duplicates: this.duplicates.size,
      unplanned: this.unplanned.size,
      recoverySecondsP95: percentile(this.recoveries, 95),
    };
  }
}

/** Nearest rank; 0 of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return Math.round((sorted[Math.max(0, rank - 1)] ?? 0) * 10) / 10;
}

/** Starts a Joinery, harms it as ordered, and answers what that did to it. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const stops = new Stops();
  try {
    const world = await World.open(options, stops);
    const { logs } = options;
    if (logs) stops.add(() => cp(join(world.dataFolder, "logs"), logs, { recursive: true }));
    const scene = { world, harm: new Harm(world.stack, world.dataFolder) };
    const findings = new Findings();
    await harmAll(scene, options, findings);
    const points = options.points ?? (await world.armory.points());
    for (const point of points) {
      if (!findings.hit.has(point)) options.say(`nobody died at ${point}`);
    }
    return findings.report(points.length);
  } finally {
    await stops.run();
  }
}

async function harmAll(scene: Scene, options: CampaignOptions, findings: Findings): Promise<void> {
  const { world } = scene;
  const { say } = options;
  const play = async (round: Promise<RoundOutcome>) => {
    const outcome = await round;
    const found = findings.add(outcome);
    const seconds = outcome.recoverySeconds?.toFixed(1) ?? "–";
    say(`${outcome.name}: ${outcome.kills} killed, steady after ${seconds} s`);
    for (const sentence of found.slice(0, 20)) say(`  ${sentence}`);
    if (found.length > 20) say(`  … and ${found.length - 20} more`);
  };
  await world.finishedRun("hr");
  await world.untilQuiet();
  // A point that nobody came to in its round has another one.
  for (const nth of [1, 2]) {
    const points = options.points ?? (await world.armory.points());
    for (const point of points) {
      if (!findings.hit.has(point)) await play(dieAt(scene, point, nth));
    }
  }
  const random = Math.max(Math.ceil(options.kills / 5), options.kills - findings.kills);
  for (let left = random; left > 0; left -= options.stormKills) {
    await play(storm(scene, Math.min(options.stormKills, left)));
  }
  for (let n = 0; n < options.brokerLosses; n += 1) {
    await play(brokerEmptied(scene));
    await play(brokerSetBack(scene, options.brokerCopyAgeMs));
  }
  for (let n = 0; n < options.databaseKills; n += 1) await play(databaseKilled(scene));
  await play(sameAgain(scene));
}
