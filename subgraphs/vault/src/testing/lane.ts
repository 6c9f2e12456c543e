import { randomUUID } from "node:crypto";
import type { Envelope } from "@joinery/events";
import type { Door, LaneContext, LaneMessage } from "@joinery/kit";

/** Messages of waves that wait for their manifests. */
export type KeptMessages = Map<string, LaneMessage[]>;

/** A lane of one tenant over messages held in memory; every effect is a real transaction. */
export function testLane(
  door: Door,
  tenant: string,
  messages: readonly LaneMessage[],
  waves: KeptMessages = new Map(),
): LaneContext {
  for (const message of messages) {
    const id = message.envelope.wave?.id;
    if (id) waves.set(id, [...(waves.get(id) ?? []), message]);
  }
  const lane: LaneContext = {
    tenant,
    commit: (work) => door.withTenant(tenant, work),
    async *waveMessages(waveId, from = 0) {
      yield* (waves.get(waveId) ?? []).slice(from);
    },
    waveCount: (waveId) => Promise.resolve(waves.get(waveId)?.length ?? 0),
    finishWave: (_tx, waveId) => {
      waves.delete(waveId);
      return Promise.resolve();
    },
    adoptWave: (_tx, from, into) => {
      waves.set(into, [...(waves.get(into) ?? []), ...(waves.get(from) ?? [])]);
      waves.delete(from);
      return Promise.resolve();
    },
    reactivate: () => Promise.resolve(),
    park: () => Promise.reject(new Error("nothing is parked here")),
    replaceParked: () => Promise.resolve(),
  };
  return lane;
}

export function envelopeFor(tenant: string, name: string, wave?: Envelope["wave"]): Envelope {
  return {
    id: randomUUID(),
    name,
    version: 1,
    tenant,
    channel: "batch",
    occurredAt: new Date().toISOString(),
    actor: { kind: "system", id: "test" },
    correlation: "test",
    ...(wave ? { wave } : {}),
  };
}
