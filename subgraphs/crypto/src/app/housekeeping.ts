import { serviceActor } from "@joinery/kit";
import { forgetAfterMs } from "../domain/throttle.js";
import type { Caller, Deps } from "./ports.js";
import { claimMs, provisionClaimed } from "./provision-organisation.js";

/** Addresses that nobody here has and whose failures are remembered. */
const unknownAttemptsMax = 100_000;
/** An ended session tells for this long that its device is known. */
export const endedSessionsKeptMs = 30 * 24 * 3_600_000;

/** Completes what a crash or an unreachable service left in provisioning. Answers how many. */
export async function resumeProvisioning(deps: Deps): Promise<number> {
  let completed = 0;
  for (const organisation of await deps.organisations.list("provisioning")) {
    const now = deps.clock();
    const until = new Date(now.getTime() + claimMs);
    if (!(await deps.organisations.claim(organisation.id, now, until))) continue;
    const by: Caller = { actor: serviceActor("crypto", organisation.id), requestId: deps.newId() };
    try {
      await provisionClaimed(deps, by, organisation);
      completed += 1;
    } catch (error) {
      deps.log.error("organisation stays in provisioning", error, { tenant: organisation.id });
    }
  }
  return completed;
}

/** Deletes what no longer says anything: old failures, long-ended sessions, passwords not taken. */
export async function forgetOld(deps: Deps): Promise<void> {
  const now = deps.clock().getTime();
  await deps.attempts.prune(new Date(now - forgetAfterMs), unknownAttemptsMax);
  await deps.sessions.prune(new Date(now - endedSessionsKeptMs));
  for (const { id } of await deps.organisations.list("active")) {
    await deps.initialPasswords.prune(id, deps.clock());
  }
}
