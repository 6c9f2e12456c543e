import { Buffer } from "node:buffer";

/** `pulse` overtakes `batch`: each is a stream, a lane and a pool of its own. */
export const channels = ["batch", "pulse"] as const;
export type Channel = (typeof channels)[number];

/** Who caused it. `name` is for people to read and may be personal: it is never logged. */
export interface Actor {
  readonly kind: "person" | "key" | "scim" | "agent" | "system";
  readonly id: string;
  readonly name?: string;
}

/** Places an event in a wave. The manifest closes the wave and counts `batch` others. */
export interface WavePlace {
  readonly id: string;
  /** From 0; in the manifest, the number of batches before it. */
  readonly batch: number;
  readonly manifest?: boolean;
}

/** What travels in clear beside the sealed payload. */
export interface Envelope {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly tenant: string;
  readonly channel: Channel;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  readonly actor: Actor;
  /** Id of the event that led to this one. */
  readonly cause?: string;
  /** Id of the run or of the request. */
  readonly correlation: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  readonly wave?: WavePlace;
}

/**
 * Additional authenticated data of a payload: a sealed payload opens only under the tenant, event,
 * name, version, channel and place in a wave that it was sealed for. Each part carries its length,
 * so no two lists of parts give the same bytes.
 */
export function aadOf(envelope: Envelope): Uint8Array {
  const { wave } = envelope;
  const parts = [
    "joinery.event.1",
    envelope.tenant,
    envelope.id,
    envelope.name,
    String(envelope.version),
    envelope.channel,
    envelope.occurredAt,
    wave === undefined ? "" : `${wave.id} ${wave.batch} ${wave.manifest === true}`,
  ];
  return Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(""));
}
