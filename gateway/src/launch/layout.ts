import type { ServiceName } from "@joinery/kit";
import type { Topology } from "./config.js";

/** One process of ours: which program, which services in it, and how it is found. */
export interface ProcessPlan {
  readonly name: string;
  /** File below `dist`, with its arguments. */
  readonly program: string;
  readonly arguments: readonly string[];
  /** Flags of Node itself. */
  readonly nodeFlags: readonly string[];
  readonly services: readonly ServiceName[];
  /** `public`: the gateway's; `own`: a fixed loopback port; `none`: health checks only. */
  readonly listens: "public" | "own" | "none";
  /** Which other services it calls by HTTP. */
  readonly calls: readonly ServiceName[];
}

/**
 * Batches of thousands of short-lived objects: with the default young generation the collector
 * takes a tenth of the processor's time of a large run, with this one a twentieth. MiB.
 */
const forTasks = ["--max-semi-space-size=64"];

/** The processes of a topology, in the order in which they are told of. */
export function planProcesses(
  topology: Topology,
  services: readonly ServiceName[],
): readonly ProcessPlan[] {
  if (topology === "compact") {
    const compact = { arguments: [], services, calls: [] };
    return [
      { ...compact, name: "web", program: "main-web.js", nodeFlags: [], listens: "public" },
      { ...compact, name: "task", program: "main-task.js", nodeFlags: forTasks, listens: "none" },
    ];
  }
  return [
    {
      name: "gateway",
      program: "main-gateway.js",
      arguments: [],
      nodeFlags: [],
      services: [],
      listens: "public",
      calls: services,
    },
    ...services.flatMap((service) => [
      serviceProcess(service, "web", services),
      serviceProcess(service, "task", services),
    ]),
  ];
}

function serviceProcess(
  service: ServiceName,
  role: "web" | "task",
  services: readonly ServiceName[],
): ProcessPlan {
  return {
    name: `${service}-${role}`,
    program: "main-service.js",
    arguments: [service, role],
    nodeFlags: role === "task" ? forTasks : [],
    services: [service],
    listens: role === "web" ? "own" : "none",
    calls: services.filter((other) => other !== service),
  };
}
