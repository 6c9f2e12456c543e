import { setTimeout as delay } from "node:timers/promises";
import { placeOf, underClaim, type ImportWork } from "./import-work.js";
import type { ReadTally } from "./read-tally.js";

const lookMs = 50;
/** Nearly every answer comes within moments; one that was lost may never come. */
const patienceMs = 15_000;

/**
 * A read may see accounts that we are making while it reads, before the system has answered who
 * they are. They are nobody new: this waits for the answers to what was on its way, and takes out
 * of the stage whatever is known by then. Of that the answer is the newer word, so a report that
 * had any of it is told again. One that nobody answers is taken for what the system shows: somebody
 * new, who may join by the rules.
 */
export async function awaitCreates(work: ImportWork, tally: ReadTally): Promise<void> {
  const { deps, task, signal } = work;
  const place = placeOf(work);
  const within = <T>(ask: Parameters<typeof deps.within<T>>[1]) => deps.within(task.tenant, ask);
  if (!(await within((tx) => deps.imports.isExporting(tx, place)))) return;
  const sent = await within((tx) => deps.exports.inFlight(tx, place.applicationId));
  const giveUpAt = performance.now() + patienceMs;
  while (sent.length > 0) {
    const now = new Set(await within((tx) => deps.exports.inFlight(tx, place.applicationId)));
    if (!sent.some((id) => now.has(id)) || performance.now() > giveUpAt) break;
    await delay(lookMs, undefined, { signal });
  }
  const dropped = await underClaim(work, (tx) => deps.imports.unstageKnown(tx, place));
  if (dropped > 0) tally.isOvertaken = true;
}
