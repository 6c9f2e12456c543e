import { JoineryError, type Actor, type TenantId } from "@joinery/kit";
import type { Deps } from "./ports.js";
import { requireService } from "./require-person.js";

/** For services at the moment of use; never through the graph. Throws SECRET_NOT_FOUND. */
export async function openSecret(
  deps: Deps,
  actor: Actor,
  input: { readonly tenant: TenantId; readonly name: string },
): Promise<{ readonly plain: string }> {
  requireService(actor);
  const secret = await deps.secrets.open(input.tenant, input.name);
  if (!secret) {
    throw new JoineryError("SECRET_NOT_FOUND", "the organisation has no secret of this name");
  }
  return secret.use((plain) => ({ plain }));
}
