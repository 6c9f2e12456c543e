import {
  accountChanged, accountCounted, accountRestated, applicationChanged, bundleActivated,
  bundlePublished, importReleased, importSimulated, inboundDecided, insertOutbox, memberChanged,
  memberRestated, sealEvents, vaultBundleStored,
} from "@joinery/events";
import { compareReplica, handlerOf, type LaneHandler } from "@joinery/kit";
import { takeExported } from "../app/take-exported.js";
import type { VaultDeps } from "../app/ports.js";
import { decideInbound } from "../app/decide-inbound.js";
import { InboundWave } from "../app/run-inbound.js";
import { SimulatedWave } from "../app/simulate-inbound.js";
import { activateBundle, saveApplication, saveBundleChunk } from "../persistence/replicas.js";
import { countAccounts } from "../persistence/snapshot-reads.js";

/** Everything that the vault takes in, one handler per event. */
export function vaultHandlers(deps: VaultDeps): readonly LaneHandler[] {
  const waves = new InboundWave(deps);
  const simulated = new SimulatedWave(deps);
  return [
    handlerOf(applicationChanged, async ({ payload }, lane) => {
      const { applicationId: id, revision, ...rest } = payload;
      const { key, name, state, phase, authoritativeFor, schema } = rest;
      const signOff = phase === "semi-automatic";
      const application = { id, key, name, state, authoritativeFor, schema, signOff };
      await lane.commit((tx) => saveApplication(tx, application, revision), { handled: true });
      return "done";
    }),
    handlerOf(bundlePublished, async (message, lane) => {
      const { hash, version } = message.payload;
      await lane.commit(
        async (tx) => {
          if (!(await saveBundleChunk(tx, message.payload))) return;
          const { tenant, actor, correlation, id } = message.envelope;
          const stored = {
            event: vaultBundleStored,
            tenant,
            actor,
            correlation,
            cause: id,
            payload: { hash, version },
          };
          await insertOutbox(tx.client, await sealEvents(deps.keys.events, [stored]));
        },
        { handled: true },
      );
      return "done";
    }),
    handlerOf(bundleActivated, async ({ payload }, lane) => {
      const { hash, version } = payload;
      await lane.commit((tx) => activateBundle(tx, hash, version), { handled: true });
      return "done";
    }),
    handlerOf(importReleased, (message, lane) => waves.run(message, lane), [
      accountChanged, accountRestated, memberChanged, memberRestated,
    ]),
    handlerOf(importSimulated, (message, lane) => simulated.run(message, lane), [accountRestated]),
    handlerOf(accountCounted, async ({ payload: { applicationId, accounts } }, lane) => {
      await lane.commit(async (tx) => {
        const own = await countAccounts(tx, applicationId);
        if (own === null) return; // A wave waits for a person: what it holds is told, not taken in.
        const compared = [{ kind: "account", told: accounts, own }];
        await compareReplica(tx, deps.log, "applications", compared);
      }, { handled: true });
      return "done";
    }),
    handlerOf(inboundDecided, (message, lane) => decideInbound(deps, message, lane)),
    handlerOf(accountChanged, (message, lane) => takeExported(deps, message, lane)),
  ];
}
