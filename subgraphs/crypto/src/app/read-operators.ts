import { permit, type Actor, type Role, type TenantId } from "@joinery/kit";
import type { Operator } from "../domain/operator.js";
import { isUuid } from "../domain/uuid.js";
import { cursorInvalid } from "./cursor-invalid.js";
import type { Deps, OperatorPosition } from "./ports.js";

/** In order of name. Throws CURSOR_INVALID. */
export async function listOperators(
  deps: Deps,
  actor: Actor,
  input: { readonly limit: number; readonly after: OperatorPosition | null },
): Promise<readonly Operator[]> {
  const { tenant } = permit(actor, "operator:read");
  const [name, id] = input.after ?? [];
  if (name?.includes("\0") || (id !== undefined && !isUuid(id))) throw cursorInvalid();
  return deps.operators.page(tenant, input.limit, input.after);
}

/** Those of the actor's organisation; what the actor may not see is left out. */
export async function findOperators(
  deps: Deps,
  actor: Actor,
  ids: readonly string[],
): Promise<readonly Operator[]> {
  if (actor.tenant === null) return [];
  const readsAll = actor.permissions.includes("operator:read");
  const seen = readsAll ? ids : ids.filter((id) => id === actor.id);
  return seen.length === 0 ? [] : deps.operators.findMany(actor.tenant, seen);
}

/** For mails: active operators of the organisation with one of the roles. */
export async function listRecipients(
  deps: Deps,
  input: { readonly tenant: TenantId; readonly roles: readonly Role[] },
): Promise<readonly { readonly name: string; readonly email: string }[]> {
  const operators = await deps.operators.active(input.tenant, input.roles);
  return operators.map(({ name, email }) => ({ name, email }));
}
