import { Periodic, type Worker } from "@joinery/kit";
import { forgetOld, resumeProvisioning } from "./app/housekeeping.js";
import type { Deps } from "./app/ports.js";

const resumeEveryMs = 15_000;
const forgetEveryMs = 10 * 60_000;

export function cryptoWorkers(deps: Deps): readonly Worker[] {
  return [
    new Periodic("provisioning", resumeEveryMs, () => resumeProvisioning(deps), deps.log),
    new Periodic("forgetting", forgetEveryMs, () => forgetOld(deps), deps.log),
  ];
}
