import { randomUUID } from "node:crypto";
import {
  bundleActivated, insertOutbox, sealEvents, type OutgoingEvent,
} from "@joinery/events";
import { serviceActor, toEventActor, type TenantId } from "@joinery/kit";
import type { RuleSetVersion } from "../domain/rule-set-version.js";
import { findActive, findVersion, pageVersions } from "../persistence/rule-set-store.js";
import type { RulesDeps } from "./ports.js";
import { publishedEvents } from "./published-events.js";

/** Runs under way may be pinned to one of so many last versions, beside the active one. */
const versionsTold = 6;

/**
 * For a service that is new or was set back: of each organisation the versions that a run may be
 * pinned to, oldest first, then which one is active. One version at a time in memory.
 */
export async function* tellRuleSets(deps: RulesDeps, tenant: TenantId): AsyncGenerator<number> {
  const correlation = randomUUID();
  for (const version of await versionsOf(deps, tenant)) {
    yield await deps.door.withTenant(tenant, async (tx) => {
      const found = await findVersion(tx, version);
      if (found === null) return 0;
      const events = eventsOf({ tenant, correlation }, found);
      await insertOutbox(tx.client, await sealEvents(deps.keys.events, events));
      return events.length;
    });
  }
}

async function versionsOf(deps: RulesDeps, tenant: TenantId): Promise<number[]> {
  return deps.door.withTenant(tenant, async (tx) => {
    const active = await findActive(tx);
    const last = await pageVersions(tx, versionsTold, null);
    const told = last.filter(({ state }) => state !== "draft").map(({ version }) => version);
    return [...new Set([...told, ...(active ? [active.version] : [])])].toSorted((a, b) => a - b);
  });
}

function eventsOf(
  { tenant, correlation }: { readonly tenant: TenantId; readonly correlation: string },
  found: RuleSetVersion,
): OutgoingEvent[] {
  const about = { tenant, actor: toEventActor(serviceActor("rules", tenant)), correlation };
  const { hash, version, state } = found;
  const published = publishedEvents(about, found);
  if (state !== "active") return published;
  return [...published, { ...about, event: bundleActivated, payload: { hash, version } }];
}
