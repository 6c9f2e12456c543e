import { setTimeout as delay } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import {
  applicationsBundleStored, type Actor as EventActor, type SnapshotAudience,
} from "@joinery/events";
import { codeOf, JoineryError, serviceActor, toEventActor, type TenantId } from "@joinery/kit";
import type { Application } from "../../domain/application.js";
import type { Deps } from "../ports.js";
import { tell, toldApplication } from "../telling.js";
import { openRestating } from "./open-restating.js";
import { isTold } from "./told.js";

/**
 * Everything that others hold of ours, for one that is new or was set back. The vault is told of
 * accounts by a run of each application that reads nothing: a whole wave, which its guard decides
 * about, and which people see. Applications that people come from are first. One of which it cannot
 * be told is logged, and does not keep the others from it.
 */
export async function* tellApplications(
  deps: Deps,
  tenant: TenantId,
  { consumers }: SnapshotAudience,
  waits: Waits = { lookAgainMs: 250, patienceMs: 600_000, giveUpMs: 3_600_000 },
): AsyncGenerator<number> {
  yield await tellSmall(deps, tenant);
  if (!consumers.has("vault")) return;
  for (const application of await imported(deps, tenant)) {
    const { id } = application;
    try {
      yield* restate(deps, tenant, id, waits);
    } catch (error) {
      deps.log.error("an application could not be told anew", error, {
        tenant, applicationId: id, code: codeOf(error),
      });
    }
  }
}

export interface Waits {
  readonly lookAgainMs: number;
  /** A run that waits for the vault for longer waits for something that the vault has lost. */
  readonly patienceMs: number;
  /** An application that cannot be told within that time is left for the next snapshot. */
  readonly giveUpMs: number;
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
  return applications.filter(isTold).toSorted((a, b) => isSource(a) - isSource(b));
}

/** Waits for whatever run is in the way, then until all is told. Throws RESTATING_FAILED. */
async function* restate(
  deps: Deps,
  tenant: TenantId,
  applicationId: string,
  { lookAgainMs, patienceMs, giveUpMs }: Waits,
): AsyncGenerator<number> {
  const actor: EventActor = toEventActor(serviceActor("applications", tenant));
  const giveUpAt = performance.now() + giveUpMs;
  let inboundSince: number | null = null;
  for (;;) {
    const isPatient = inboundSince === null || performance.now() - inboundSince < patienceMs;
    const restating = await openRestating(deps, tenant, applicationId, { actor, isPatient });
    if (restating === "gone") return;
    inboundSince = restating === "inbound" ? (inboundSince ?? performance.now()) : null;
    if (typeof restating === "object") {
      yield* follow(deps, tenant, restating.runId, { lookAgainMs, giveUpAt });
      return;
    }
    if (performance.now() > giveUpAt) throw late("a run is in the way");
    yield 0;
    await delay(lookAgainMs);
  }
}

async function* follow(
  deps: Deps,
  tenant: TenantId,
  runId: string,
  { lookAgainMs, giveUpAt }: { readonly lookAgainMs: number; readonly giveUpAt: number },
): AsyncGenerator<number> {
  for (;;) {
    const told = await toldBy(deps, tenant, runId);
    yield told ?? 0;
    if (told !== null) return;
    if (performance.now() > giveUpAt) throw late("it takes too long");
    await delay(lookAgainMs);
  }
}

function late(reason: string): JoineryError {
  return new JoineryError("RESTATING_FAILED", reason);
}

/** Objects that the run told of; null while it tells. */
async function toldBy(deps: Deps, tenant: TenantId, runId: string): Promise<number | null> {
  const run = await deps.within(tenant, (tx) => deps.runs.find(tx, runId));
  if (run === null || run.state === "queued" || run.state === "importing") return null;
  if (run.state === "failed") throw new JoineryError("RESTATING_FAILED", run.reason ?? "");
  return run.counts["restated"] ?? 0;
}
