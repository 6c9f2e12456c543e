import { inboundChanged, type InboundChanged, type OutgoingEvent } from "@joinery/events";
import type { LaneMessage } from "@joinery/kit";
import type { Wave } from "../persistence/waves.js";

/** Tells how a wave ended or why it waits. */
export function inboundEvent(
  wave: Wave,
  state: InboundChanged["state"],
  cause: LaneMessage,
  why?: Partial<Pick<InboundChanged, "code" | "reason" | "failures">>,
): OutgoingEvent<InboundChanged> {
  const { envelope } = cause;
  return {
    event: inboundChanged,
    tenant: envelope.tenant,
    actor: envelope.actor,
    correlation: wave.runId,
    cause: envelope.id,
    payload: {
      runId: wave.runId,
      waveId: wave.id,
      applicationId: wave.applicationId,
      state,
      bundle: wave.bundle,
      batches: wave.stage.events,
      identities: wave.stage.identities,
      digest: wave.stage.digest,
      counts: { ...wave.counts, ...prefixed(wave.classes) },
      breaches: [...wave.breaches],
      ...why,
    },
  };
}

function prefixed(classes: Wave["classes"]): Record<string, number> {
  return Object.fromEntries(Object.entries(classes).map(([name, n]) => [`class.${name}`, n]));
}
