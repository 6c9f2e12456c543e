/** Connections that one service holds at most, by what for. */
export interface PoolSizes {
  /** Requests in a web process, work in a task process. */
  readonly door: number;
  /** Lanes of pulses, so that batches never make them wait. */
  readonly pulses: number;
  /** Events out and in: the relay keeps one, so there are two more at least. */
  readonly events: number;
}

export function poolSizesFor(poolSize: number): PoolSizes {
  return {
    door: poolSize,
    pulses: Math.min(3, poolSize),
    events: Math.max(3, Math.min(5, poolSize)),
  };
}

/**
 * How many connections `services` services need at most, each with a web and a task part, in one
 * process or in many. Short ones of the owner (migrations, partitions) come when pools are small.
 *
 * | part | connections |
 * | ---- | ----------- |
 * | web  | door        |
 * | task | door, pulses, events, one that listens for the inbox |
 */
export function connectionsNeeded(services: number, poolSize: number): number {
  const { door, pulses, events } = poolSizesFor(poolSize);
  return services * (door + door + pulses + events + 1);
}
