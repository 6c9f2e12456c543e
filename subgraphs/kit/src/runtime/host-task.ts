import type { LaneRunner } from "../lanes/lane-runner.js";
import { openBroker } from "./broker.js";
import { healthRoutes } from "./health.js";
import { startEvents } from "./host-events.js";
import { startLanes } from "./host-lanes.js";
import { databasesOf } from "./host-web.js";
import type { Hosted, ProcessRuntime } from "./host.js";
import { bareApp, listen, type Listener } from "./http.js";
import type { StopList } from "./stop.js";

/**
 * A process that does the work behind the requests: events out and in, lanes, workers. It listens
 * for health checks only.
 */
export async function startTask(
  hosted: readonly Hosted[],
  process: ProcessRuntime,
  stops: StopList,
): Promise<Listener> {
  const lanes = new Map<Hosted, LaneRunner | null>();
  for (const one of hosted) lanes.set(one, await startLanes(one, process, stops));
  const broker = openBroker(process, stops);
  await startEvents(hosted, process, broker, stops, (one) => lanes.get(one)?.wake());
  for (const { service } of hosted) {
    for (const worker of service.workers) {
      await worker.start();
      stops.add(`worker ${worker.name}`, () => worker.stop());
    }
  }
  const app = bareApp();
  app.use(healthRoutes([...databasesOf(hosted), broker.readiness], () => stops.isStopping));
  const listener = await listen(app, process.config.host, process.config.port);
  stops.add("listener", () => listener.close());
  return listener;
}
