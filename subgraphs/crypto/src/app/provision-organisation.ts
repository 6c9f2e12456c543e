import { JoineryError, serviceNames, type TenantId } from "@joinery/kit";
import type { Caller, Deps, Organisation } from "./ports.js";

/** How long one provisioner has the organisation for itself; after a crash another takes over. */
export const claimMs = 2 * 60_000;

/**
 * Makes the missing segments of an organisation that the caller has claimed, in every service at
 * once, then puts it into service. Throws PROVISIONING_INCOMPLETE: it stays in provisioning, its
 * claim is given back, and whatever was made is kept.
 */
export async function provisionClaimed(
  deps: Deps,
  by: Caller,
  organisation: Pick<Organisation, "id" | "name" | "slug">,
): Promise<void> {
  const { id, name, slug } = organisation;
  try {
    await provisionEverywhere(deps, id);
    const trail = await deps.recorder.prepare(by, {
      tenant: id,
      action: "organisation.create",
      target: { kind: "organisation", id },
      after: { name, slug },
    });
    await deps.organisations.activate(id, deps.clock(), trail);
    deps.log.info("organisation is in service", { tenant: id });
  } catch (error) {
    await deps.organisations.releaseClaim(id).catch((cause: unknown) => {
      deps.log.error("claim runs out by itself", cause, { tenant: id });
    });
    throw error;
  }
}

async function provisionEverywhere(deps: Deps, tenant: TenantId): Promise<void> {
  const outcomes = await Promise.allSettled(
    serviceNames.map((service) => deps.segments.provision(service, tenant)),
  );
  const failed = serviceNames.filter((_, index) => outcomes[index]?.status === "rejected");
  if (failed.length === 0) return;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === "fulfilled") continue;
    deps.log.error("segment not provisioned", outcome.reason, {
      tenant,
      segment: serviceNames[index],
    });
  }
  const services = failed.join(", ");
  const message = `the organisation has no segment yet in: ${services}; the same call completes it`;
  throw new JoineryError("PROVISIONING_INCOMPLETE", message, { services });
}
