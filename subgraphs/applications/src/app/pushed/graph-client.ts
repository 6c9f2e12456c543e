import { JoineryError, permit, type PushClient } from "@joinery/kit";
import type { Caller } from "../ports.js";

/** The client that asks through the graph. Throws UNAUTHENTICATED, FORBIDDEN: not people. */
export function requireClient({ actor }: Caller): PushClient {
  const { tenant, id, name, kind, application } = permit(actor, "account:push");
  if (kind !== "client" || application === undefined) {
    throw new JoineryError("FORBIDDEN", "clients only", { permission: "account:push" });
  }
  return { id, name, tenant, applicationId: application };
}
