import { setTimeout as delay } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import {
  applicationsBundleStored, type Actor as EventActor, type SnapshotSource,
} from "@joinery/events";
import { JoineryError, serviceActor, toEventActor, type TenantId } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import type { Deps } from "../ports.js";
import { tell, toldApplication } from "../telling.js";
import { openRestating, type Restating } from "./open-restating.js";

const lookAgainMs = 250;
/** A run that waits longer for the vault waits for something that it has lost. */
const patienceMs = 600_000;

/**
 * Everything that others hold of ours, for one that is new or was set back. The vault is told of
 * accounts by a run of each application that reads nothing: a whole wave, which its guard decides
 * about, and which people see. Applications that people come from are first.
 */
export function applicationSnapshots(
  deps: Deps,
  listTenants: () => Promise<readonly TenantId[]>,
): SnapshotSource {
  return {
    async *tell({ consumers }) {
      for (const tenant of await listTenants()) {
        yield await tellSmall(deps, tenant);
        if (!consumers.has("vault")) continue;
        for (const application of await imported(deps, tenant)) {
          yield* restate(deps, tenant, application);
        }
      }
    },
  };
}

/** Applications, deleted ones too, and which rule sets are here. */
function tellSmall(deps: Deps, tenant: TenantId): Promise<number> {
  const by = { actor: serviceActor("applications", tenant), requestId: randomUUID() };
  return deps.within(tenant, async (tx) => {
    const applications = await deps.applications.listAll(tx);
    const bundles = await deps.replicas.storedBundles(tx);
    const about = { tenant, actor: toEventActor(by.actor), correlation: by.requestId };
    const events = [
      ...applications.map((application) => toldApplication(tx, by, application)),
      ...bundles.map(({ hash, version }) => ({
        ...about, event: applicationsBundleStored, payload: { hash, version },
      })),
    ];
    await tell(deps, tx, events);
    return events.length;
  });
}

/** Those of which the vault was ever told accounts. */
async function imported(deps: Deps, tenant: TenantId): Promise<readonly Application[]> {
  const applications = await deps.within(tenant, (tx) => deps.applications.list(tx));
  const isSource = ({ authoritativeFor }: Application) => (authoritativeFor.length > 0 ? 0 : 1);
  return applications
    .filter(({ firstImportAt, phase }) => firstImportAt !== null && phase === "live")
    .toSorted((a, b) => isSource(a) - isSource(b));
}

/** Waits for whatever run is in the way, then until all is told. Throws RESTATING_FAILED. */
async function* restate(
  deps: Deps,
  tenant: TenantId,
  application: Application,
): AsyncGenerator<number> {
  const actor: EventActor = toEventActor(serviceActor("applications", tenant));
  const began = performance.now();
  let restating: Restating = "wait";
  for (;;) {
    if (restating === "wait") {
      const isPatient = performance.now() - began < patienceMs;
      restating = await openRestating(deps, tenant, application.id, { actor, isPatient });
    }
    if (restating === "gone") return;
    const told = restating === "wait" ? null : await toldBy(deps, tenant, restating.runId);
    yield told ?? 0;
    if (told !== null) return;
    await delay(lookAgainMs);
  }
}

/** Objects that the run told of; null while it tells. */
async function toldBy(deps: Deps, tenant: TenantId, runId: string): Promise<number | null> {
  const run = await deps.within(tenant, (tx) => deps.runs.find(tx, runId));
  if (run === null || run.state === "queued" || run.state === "importing") return null;
  if (run.state === "failed") throw new JoineryError("RESTATING_FAILED", run.reason ?? "");
  return run.counts["restated"] ?? 0;
}
