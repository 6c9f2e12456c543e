import { permissions, uuidv7, type Actor, type TenantId } from "@joinery/kit";
import type { Caller } from "../app/ports.js";

/** Somebody of the organisation who may do everything. */
export function callerOf(tenant: TenantId): Caller {
  const actor: Actor = {
    kind: "person", id: uuidv7(), name: "Ann Owner", tenant, permissions: [...permissions],
  };
  return { actor, requestId: "request" };
}
