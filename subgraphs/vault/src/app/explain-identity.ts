import type { Contribution, Origin, Value } from "@joinery/engine";
import { JoineryError, permit, type Actor } from "@joinery/kit";
import { AccountMapping, resolveReferences } from "../domain/mapping.js";
import { accountsOfIdentities, identitiesById } from "../persistence/inbound-reads.js";
import { activeBundle } from "../persistence/replicas.js";
import type { VaultDeps } from "./ports.js";
import { requireUuid } from "./read-identities.js";
import { loadContext } from "./wave-context.js";

export interface Wish {
  readonly value: Value;
  readonly origin: Origin;
  readonly won: boolean;
}

/** Why an attribute is what it is: who wished what, and who won. */
export interface AttributeWhy {
  readonly attribute: string;
  readonly value: Value | null;
  readonly wishes: readonly Wish[];
}

/** No such wave: reads the vault as it is. */
const noWave = "00000000-0000-0000-0000-000000000000";

/**
 * Computes the identity's contributions anew under the active rule set and folds them, so it says
 * why a value is what it is and what each other source wished. Throws IDENTITY_NOT_FOUND.
 */
export async function explainIdentity(
  deps: VaultDeps,
  actor: Actor,
  id: string,
): Promise<AttributeWhy[]> {
  const { tenant } = permit(actor, "identity:read");
  requireUuid(id);
  return deps.door.withTenant(tenant, async (tx) => {
    const identity = (await identitiesById(tx, noWave, [id])).get(id);
    if (!identity) throw new JoineryError("IDENTITY_NOT_FOUND", "there is no such identity");
    const now = deps.clock().toISOString();
    const context = await loadContext(deps, tx, await activeBundle(tx), now);
    const accounts = (await accountsOfIdentities(tx, noWave, [id])).get(id) ?? [];
    const mapping = new AccountMapping(context.engine, now, (each) =>
      context.applications.get(each),
    );
    const contributions: Contribution[] = [...identity.kept];
    for (const account of accounts) {
      const application = context.applications.get(account.applicationId);
      if (!application || account.state === "gone") continue;
      for (const each of mapping.map(account, application.id).contributions) {
        contributions.push(resolveReferences(each, application, (_source, _by, text) => text));
      }
    }
    const folded = context.engine.fold(identity.kind, contributions);
    const names = new Set([...Object.keys(identity.attributes), ...Object.keys(folded.attributes)]);
    return [...names].toSorted().map((attribute) => ({
      attribute,
      value: identity.attributes[attribute] ?? null,
      wishes: contributions
        .filter((each) => each.attribute === attribute)
        .map(({ value, origin }) => ({
          value,
          origin,
          won: sameOrigin(origin, folded.origins[attribute]),
        })),
    }));
  });
}

function sameOrigin(a: Origin, b: Origin | undefined): boolean {
  return (
    a.kind === b?.kind && a.source === b.source && a.account === b.account && a.mapper === b.mapper
  );
}
