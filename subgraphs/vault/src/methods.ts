import type { MethodsOf, VaultMethods } from "@joinery/kit";
import type { VaultDeps } from "./app/ports.js";
import { applicationsDue } from "./persistence/recompute.js";

type VaultService = MethodsOf<Pick<VaultMethods, "applicationsDue">>;

/** What the vault does for other services; making an organisation's segment is kit's. */
export function vaultMethods({ door, clock }: VaultDeps): VaultService {
  return {
    applicationsDue: ({ tenant }) =>
      door.withTenant(tenant, (tx) => applicationsDue(tx, clock())),
  };
}
