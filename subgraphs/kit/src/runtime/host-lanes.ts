import { Door } from "../database/door.js";
import { poolSizesFor } from "../database/pool-sizes.js";
import { LaneRunner } from "../lanes/lane-runner.js";
import type { Hosted, ProcessRuntime } from "./host.js";
import type { StopList } from "./stop.js";

/**
 * The lanes of a service in this process; null when it handles nothing. Pulses have connections of
 * their own, so that batches never make them wait.
 */
export async function startLanes(
  { module, service, config, runtime }: Hosted,
  process: ProcessRuntime,
  stops: StopList,
): Promise<LaneRunner | null> {
  const { handlers } = service;
  if (handlers.length === 0) return null;
  const pulseDb = await Door.open({
    service: module.name,
    url: config.databaseUrl,
    entities: module.entities,
    poolSizeMax: poolSizesFor(process.config.poolSize).pulses,
  });
  stops.add(`pulse connections of ${module.name}`, () => pulseDb.close());
  const { door: db, keys, log } = runtime;
  const options = { db, pulseDb, service: module.name, handlers, sealer: keys.events, log };
  const runner = new LaneRunner(options);
  await runner.start();
  stops.add(`lanes of ${module.name}`, () => runner.stop());
  return runner;
}
