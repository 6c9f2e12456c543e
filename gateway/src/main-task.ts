import { hostServices, openProcess, readHostConfig, runProcess, startTask } from "@joinery/kit";
import { loadModules } from "./compact.js";
import { environment } from "./config.js";

/** The compact task process: the work of every service. */
await runProcess(async (stops, useLog) => {
  const modules = await loadModules();
  const read = readHostConfig(modules.map(({ name }) => name), environment());
  const process = await openProcess("joinery", "task", read, environment());
  useLog(process.log);
  const hosted = await hostServices(modules, process);
  for (const one of hosted) stops.add(one.module.name, () => one.close());
  return startTask(hosted, process, stops);
});
