import { insertOutbox, sealEvents, type inboundDecided } from "@joinery/events";
import type { LaneContext, LaneMessage, LaneOutcome } from "@joinery/kit";
import { clearWave } from "../persistence/staging.js";
import { approvedStage, endWave, findWave, madeAnew, saveWave } from "../persistence/waves.js";
import { inboundEvent } from "./inbound-event.js";
import type { VaultDeps } from "./ports.js";

type Decided = LaneMessage<ReturnType<typeof inboundDecided.parse>>;

/**
 * What a person decided about a held wave: it goes on, or the vault stays as it is. While it waited
 * other waves may have changed what it was computed from, so one that goes on is made again from
 * its messages; the guard lets through what comes to the same as the person saw, and asks again
 * about anything else.
 */
export async function decideInbound(
  deps: VaultDeps,
  message: Decided,
  lane: LaneContext,
): Promise<LaneOutcome> {
  const { waveId, decision } = message.payload;
  await lane.commit(
    async (tx) => {
      const wave = await findWave(tx, waveId);
      if (!wave || wave.state !== "held") return;
      if (decision === "released") {
        await clearWave(tx, waveId);
        await saveWave(tx, { ...madeAnew(wave), stage: approvedStage(wave) });
        await lane.reactivate(tx, waveId);
        return;
      }
      const why = { code: "DISCARDED", reason: "a person discarded the held wave" };
      // Its messages stay: what the application holds now is decided about with its next import.
      await endWave(tx, waveId, "set-aside", null, why);
      await clearWave(tx, waveId);
      const event = inboundEvent(wave, "discarded", message.envelope, why);
      await insertOutbox(tx.client, await sealEvents(deps.keys.events, [event]));
    },
    { handled: true },
  );
  return "done";
}
