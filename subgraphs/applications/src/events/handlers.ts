import {
  bundleActivated, bundlePublished, identityChanged, identityCounted, identityRestated,
  identitySimulated, inboundChanged, inboundSimulated, membershipChanged, membershipRestated,
  membershipSimulated,
} from "@joinery/events";
import { compareReplica, handlerOf, type LaneHandler } from "@joinery/kit";
import type { Deps } from "../app/ports.js";
import { takeBundleChunk } from "../app/replicas/take-bundle.js";
import { takeInbound } from "../app/replicas/take-inbound.js";
import {
  takeSimulatedIdentities, takeSimulatedInbound, takeSimulatedMemberships,
} from "../app/simulating/take-simulated.js";

/** Everything that applications take in, one handler per event; each one transaction. */
export function applicationsHandlers(deps: Deps): readonly LaneHandler[] {
  return [...ofTheVault(deps), ...ofSimulations(deps), ...ofRules(deps)];
}

function ofTheVault(deps: Deps): LaneHandler[] {
  return [
    handlerOf(identityChanged, async ({ payload }, lane) => {
      await lane.commit(async (tx) => {
        await deps.replicas.takeIdentities(tx, payload.identities);
        await deps.runs.change(tx, payload.runId, { counts: { identityBatches: 1 } });
      }, { handled: true });
      return "done";
    }),
    handlerOf(identityRestated, async ({ payload: { identities } }, lane) => {
      await lane.commit(
        (tx) => deps.replicas.takeIdentities(tx, identities, true), { handled: true });
      return "done";
    }),
    handlerOf(membershipRestated, async ({ payload }, lane) => {
      await lane.commit((tx) => deps.replicas.replaceMemberships(tx, payload), { handled: true });
      return "done";
    }),
    handlerOf(identityCounted, async ({ payload: told }, lane) => {
      await lane.commit(async (tx) => {
        const own = await deps.replicas.count(tx);
        await compareReplica(tx, deps.log, "vault", [
          { kind: "identity", told: told.identities, own: own.identities },
          { kind: "membership", told: told.memberships, own: own.memberships },
        ]);
      }, { handled: true });
      return "done";
    }),
    handlerOf(membershipChanged, async ({ payload }, lane) => {
      await lane.commit(
        (tx) => deps.replicas.takeMemberships(tx, payload.memberships), { handled: true });
      return "done";
    }),
    handlerOf(inboundChanged, async ({ payload }, lane) => {
      await lane.commit((tx) => takeInbound(deps, tx, payload), { handled: true });
      return "done";
    }),
  ];
}

/** What the vault would be, for a simulation that waits for it. */
function ofSimulations(deps: Deps): LaneHandler[] {
  return [
    handlerOf(identitySimulated, async ({ payload: { runId, identities } }, lane) => {
      await lane.commit(
        (tx) => takeSimulatedIdentities(deps, tx, runId, identities), { handled: true });
      return "done";
    }),
    handlerOf(membershipSimulated, async ({ payload: { runId, memberships } }, lane) => {
      await lane.commit(
        (tx) => takeSimulatedMemberships(deps, tx, runId, memberships), { handled: true });
      return "done";
    }),
    handlerOf(inboundSimulated, async ({ payload }, lane) => {
      await lane.commit((tx) => takeSimulatedInbound(deps, tx, payload), { handled: true });
      return "done";
    }),
  ];
}

function ofRules(deps: Deps): LaneHandler[] {
  return [
    handlerOf(bundlePublished, async ({ envelope, payload }, lane) => {
      await lane.commit(
        (tx) => takeBundleChunk(deps, tx, envelope, payload), { handled: true });
      return "done";
    }),
    handlerOf(bundleActivated, async ({ payload: { hash, version } }, lane) => {
      await lane.commit((tx) => deps.replicas.activate(tx, hash, version), { handled: true });
      return "done";
    }),
  ];
}
