import {
  applicationChanged, applicationsBundleStored, bundleActivated, insertOutbox, sealEvents,
  vaultBundleStored,
} from "@joinery/events";
import { handlerOf, type LaneContext, type LaneHandler, type LaneMessage } from "@joinery/kit";
import type { RulesDeps } from "../app/ports.js";
import { saveApplicationView } from "../persistence/application-view-store.js";
import { markStored } from "../persistence/rule-set-store.js";

type Stored = LaneMessage<{ hash: string; version: number }>;

/** Everything that rules takes in, one handler per event. */
export function rulesHandlers(deps: RulesDeps): readonly LaneHandler[] {
  const stored = (service: string) => (message: Stored, lane: LaneContext) =>
    takeStored(deps, service, message, lane);
  return [
    handlerOf(applicationChanged, async ({ payload }, lane) => {
      const { applicationId: id, key, schema, state, revision } = payload;
      await lane.commit((tx) => saveApplicationView(tx, { id, key, schema, state, revision }), {
        handled: true,
      });
      return "done";
    }),
    handlerOf(vaultBundleStored, stored("vault")),
    handlerOf(applicationsBundleStored, stored("applications")),
  ];
}

/** The second of the two makes the bundle active, and everybody is told in the same transaction. */
async function takeStored(
  deps: RulesDeps,
  service: string,
  { envelope, payload }: Stored,
  lane: LaneContext,
): Promise<"done"> {
  await lane.commit(
    async (tx) => {
      const { hash, version } = payload;
      const active = await markStored(tx, service, hash, version, deps.clock());
      if (!active) return;
      const event = {
        event: bundleActivated,
        tenant: envelope.tenant,
        actor: envelope.actor,
        correlation: envelope.correlation,
        cause: envelope.id,
        payload: { hash, version },
      };
      await insertOutbox(tx.client, await sealEvents(deps.keys.events, [event]));
    },
    { handled: true },
  );
  return "done";
}
