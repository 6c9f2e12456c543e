import {
  inboundChanged, type Envelope, type InboundChanged, type OutgoingEvent,
} from "@joinery/events";
import type { Wave } from "../persistence/waves.js";

/** Tells how a wave ended or why it waits; `cause` is the envelope of what led to it. */
export function inboundEvent(
  wave: Wave,
  state: InboundChanged["state"],
  cause: Pick<Envelope, "tenant" | "actor"> & { readonly id?: string },
  why?: Partial<Pick<InboundChanged, "code" | "reason" | "failures">>,
): OutgoingEvent<InboundChanged> {
  const { tenant, actor, id } = cause;
  return {
    event: inboundChanged,
    tenant,
    actor,
    correlation: wave.runId,
    ...(id === undefined ? {} : { cause: id }),
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
      ...(state === "held" && wave.stage.signOff === true ? signOff : {}),
      ...why,
    },
  };
}

const signOff = {
  code: "SIGN_OFF", reason: "what it would change in the vault waits for approval",
};

function prefixed(classes: Wave["classes"]): Record<string, number> {
  return Object.fromEntries(Object.entries(classes).map(([name, n]) => [`class.${name}`, n]));
}
