import { channels, Consumer, maintainPartitions, Relay, Snapshots } from "@joinery/events";
import type pg from "pg";
import { survivingPool } from "../database/connections.js";
import { poolSizesFor } from "../database/pool-sizes.js";
import { asOwner } from "../database/migrate.js";
import { codeOf } from "../errors.js";
import { eventNamesOf } from "../lanes/handler.js";
import type { BrokerConnection } from "../services/nats-connection.js";
import type { Broker } from "./broker.js";
import type { Hosted, ProcessRuntime } from "./host.js";
import { Periodic } from "./periodic.js";
import type { StopList } from "./stop.js";

const partitionsEveryMs = 3_600_000;

/**
 * What each service tells and is told: its outbox to the broker, the broker to its inbox, as soon
 * as the broker is there.
 */
export async function startEvents(
  hosted: readonly Hosted[],
  process: ProcessRuntime,
  broker: Broker,
  stops: StopList,
  onReady: (hosted: Hosted) => void,
): Promise<void> {
  for (const one of hosted) await maintain(one, stops);
  const started = broker.connection.then((nats) => {
    if (stops.isStopping) return;
    for (const one of hosted) startService(one, process, nats, stops, () => onReady(one));
  });
  started.catch((error: unknown) => {
    process.log.error("events do not flow", error, { code: codeOf(error) });
  });
}

async function maintain({ config, runtime }: Hosted, stops: StopList): Promise<void> {
  const { log, clock } = runtime;
  const work = async () => {
    const { created, dropped, postponed } = await asOwner(config.ownerDatabaseUrl, (owner) =>
      maintainPartitions(owner, clock()),
    );
    const changed = created.length + dropped.length + postponed.length > 0;
    if (changed) log.info("outbox partitions maintained", { created, dropped, postponed });
  };
  const worker = new Periodic("outbox partitions", partitionsEveryMs, work, log);
  await worker.start();
  stops.add(`partitions of ${runtime.service}`, () => worker.stop());
}

function startService(
  { module, service, config, runtime }: Hosted,
  process: ProcessRuntime,
  nats: BrokerConnection,
  stops: StopList,
  onReady: () => void,
): void {
  const { log } = runtime;
  const pool = eventsPool(module.name, config.databaseUrl, process.config.poolSize);
  stops.add(`event connections of ${module.name}`, () => pool.end());
  const relay = new Relay({ pool, nats, producer: module.name, channels, log });
  relay.start();
  stops.add(`relay of ${module.name}`, () => relay.stop());
  const source = service.snapshots;
  if (source) {
    const snapshots = new Snapshots({ pool, producer: module.name, source, log });
    snapshots.start();
    stops.add(`snapshots of ${module.name}`, () => snapshots.stop());
  }
  const handled = eventNamesOf(service.handlers);
  const carried = service.handlers.flatMap(({ carries }) => carries ?? []).map(({ name }) => name);
  const producers = module.consumes.map((producer) => ({
    producer,
    channels,
    names: handled.filter((name) => name.startsWith(`${producer}.`)),
    carried,
  }));
  if (producers.length === 0) return;
  const consumer = new Consumer({ pool, nats, consumer: module.name, producers, log, onReady });
  consumer.start();
  stops.add(`consumer of ${module.name}`, () => consumer.stop());
}

/** Apart from the door's, so that a flood of events never keeps a use-case waiting. */
function eventsPool(service: string, url: string, poolSize: number): pg.Pool {
  return survivingPool({
    connectionString: url,
    max: poolSizesFor(poolSize).events,
    idleTimeoutMillis: 30_000,
    application_name: `joinery ${service} events`,
  });
}
