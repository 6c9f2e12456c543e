import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { State } from "./look/state.js";
import { awaitDeath, playRound, type RoundOutcome, type Scene, type Tally } from "./round.js";

const patienceMs = 90_000;

/** Somebody dies at the point for the `nth` time that it is passed, in the middle of a run. */
export function dieAt(scene: Scene, point: string, nth: number): Promise<RoundOutcome> {
  const { armory, company, applications } = scene.world;
  const isOfSnapshots = /^(relay\.)?snapshot\.|^import\.restate\./.test(point);
  return playRound(scene, `death at ${point}, time ${nth}`, async (tally, running) => {
    if (point.startsWith("relay.resend.")) await loseBeforeStored(scene, tally, running);
    const order = await armory.arm(point, nth);
    if (isOfSnapshots) await wishForSnapshots(scene);
    if (point.startsWith("notify.")) await company.startRun(applications["broken"] ?? "");
    if (point.startsWith("simulate.")) await company.simulate(applications["draft"] ?? "");
    // A wish is told with the next confirmation, which an idle consumer sends each minute.
    const until = isOfSnapshots ? new AbortController().signal : running;
    const death = await awaitDeath(scene, order, patienceMs, until);
    if (death !== undefined) tally.died(death.at, point);
  });
}

/** The broker forgets a message before anybody stored it, so it must come again. */
async function loseBeforeStored(scene: Scene, tally: Tally, running: AbortSignal): Promise<void> {
  const { world, harm } = scene;
  const order = await world.armory.arm("inbox.commit.before");
  const death = await awaitDeath(scene, order, patienceMs, running);
  if (death === undefined) return;
  tally.died(death.at, "inbox.commit.before");
  tally.died(await harm.emptyBroker());
}

/** Consumers ask for everything, as one does that came from a backup. */
async function wishForSnapshots({ world }: Scene): Promise<void> {
  const wishes = [
    ["applications", "rules"], ["vault", "rules"], ["audit", "rules"],
    ["applications", "vault"], ["vault", "applications"],
  ] as const;
  for (const [service, producer] of wishes) {
    const wish = `select joinery.wish_for_snapshot('${producer}')`;
    await world.look.patientRows(service, wish);
  }
}

/** Any processes die at any time, one soon after the other. */
export function storm(scene: Scene, kills: number): Promise<RoundOutcome> {
  const { world, harm } = scene;
  return playRound(scene, `storm of ${kills}`, async (tally) => {
    for (let kill = 0; kill < kills; kill += 1) {
      await delay(world.random.below(kill === 0 ? world.runMs : 2_500));
      const name = harm.anyProcess(world.random);
      tally.died(await harm.kill(name));
    }
  });
}

/** The broker dies in the middle of a run, and its store is deleted. */
export function brokerEmptied(scene: Scene): Promise<RoundOutcome> {
  return playRound(scene, "broker emptied", async (tally) => {
    await delay(scene.world.random.below(scene.world.runMs));
    tally.died(await scene.harm.emptyBroker());
  });
}

/** The broker comes back as it was `ageMs` ago; one run follows the other all the time. */
export function brokerSetBack(scene: Scene, ageMs: number): Promise<RoundOutcome> {
  const { world, harm } = scene;
  const name = `broker set back by ${Math.round(ageMs / 1_000)} s`;
  return playRound(scene, name, async (tally, running) => {
    await delay(world.random.below(1_000));
    const copy = await harm.copyBroker();
    const setBack = delay(ageMs).then(async () => tally.died(await harm.setBrokerBack(copy)));
    if (!running.aborted) await once(running, "abort");
    try {
      while (tally.kills === 0) {
        await world.nextDay();
        await world.finishedRun("hr");
      }
    } finally {
      await setBack;
    }
  });
}

/** The database dies in the middle of a run. */
export function databaseKilled(scene: Scene): Promise<RoundOutcome> {
  return playRound(scene, "database killed", async (tally) => {
    await delay(scene.world.random.below(scene.world.runMs));
    tally.died(await scene.harm.kill("postgres"));
  });
}

/** What HR and the targets held before is read once more, and nothing is written (TRUST D16). */
export async function sameAgain({ world }: Scene): Promise<RoundOutcome> {
  const before = imagesOf(await world.state());
  for (const key of ["hr", ...world.targets.keys()]) await world.finishedRun(key);
  await world.untilQuiet();
  const after = imagesOf(await world.state());
  const unplanned = Object.keys(before).filter((part) => before[part] !== after[part])
    .map((part) => `reading the same again changed ${part}`);
  const found = await world.verdict();
  return {
    name: "the same again", kills: 0, points: [], recoverySeconds: null,
    verdict: { ...found, unplanned: [...unplanned, ...found.unplanned] },
  };
}

/** The same texts for the same rows, in whatever order they were read. */
function imagesOf({ entries, ...state }: State): Readonly<Record<string, string>> {
  // That somebody started a run is told as well, and is no change of anything.
  const changes = entries.filter(({ objectKind }) =>
    /^(identity|account|membership)$/.test(objectKind));
  const { identities, accounts, items, targets } = state;
  const parts = { identities, accounts, items, targets: [...targets], entries: changes };
  return Object.fromEntries(Object.entries(parts).map(([name, rows]) =>
    [name, rows.map((row) => JSON.stringify(row)).sort().join("\n")]));
}
