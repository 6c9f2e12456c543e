import { canonicalJson } from "@joinery/engine";
import { bundlePublished, type OutgoingEvent } from "@joinery/events";
import { cutIntoChunks, type RuleSetVersion } from "../domain/rule-set-version.js";

/** A version as others take it in: its chunks, in order. */
export function publishedEvents(
  about: Pick<OutgoingEvent, "tenant" | "actor" | "correlation">,
  { hash, version, body }: RuleSetVersion,
): OutgoingEvent[] {
  const parts = cutIntoChunks(canonicalJson(body));
  return parts.map((data, chunk) => ({
    ...about,
    event: bundlePublished,
    payload: { hash, version, chunk, chunks: parts.length, data },
  }));
}
