import { openProcess, hostServices, readHostConfig } from "./host.js";
import { startTask } from "./host-task.js";
import { startWeb } from "./host-web.js";
import { processEnvironment, type ProcessRole } from "./config.js";
import type { ServiceModule } from "./module.js";
import { runProcess } from "./process.js";

/** A process of one service in one role: what each subgraph's own entry calls. */
export function runService(module: ServiceModule, role: ProcessRole): Promise<void> {
  return runProcess(async (stops, useLog) => {
    const environment = processEnvironment();
    const read = readHostConfig([module.name], environment);
    const runtime = await openProcess(module.name, role, read, environment);
    useLog(runtime.log);
    const hosted = await hostServices([module], runtime);
    for (const one of hosted) stops.add(one.module.name, () => one.close());
    return role === "web"
      ? startWeb(hosted, runtime, stops)
      : startTask(hosted, runtime, stops);
  });
}
