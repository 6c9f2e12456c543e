import { permit, type Actor } from "@joinery/kit";
import { parseSecretName } from "../domain/names.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import { assessSecret, secretsMax } from "../domain/secret-value.js";
import { cursorInvalid } from "./cursor-invalid.js";
import type { Caller, Deps, StoredSecret } from "./ports.js";

/**
 * Write only. Answers SECRET_NAME_INVALID, SECRET_EMPTY, SECRET_TOO_LONG, SECRET_MALFORMED,
 * SECRETS_TOO_MANY.
 */
export async function setSecret(
  deps: Deps,
  by: Caller,
  input: { readonly name: string; readonly value: Secret },
): Promise<Outcome<StoredSecret>> {
  const { tenant } = permit(by.actor, "secret:write");
  const name = parseSecretName(input.name);
  if (!name.ok) return name;
  const assessed = assessSecret(input.value);
  if (!assessed.ok) return assessed;
  if (!(await deps.secrets.find(tenant, name.value))) {
    if ((await deps.secrets.count(tenant)) >= secretsMax) return refuse("SECRETS_TOO_MANY");
  }
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "secret.set",
    target: { kind: "secret", id: name.value },
  });
  return accept(await deps.secrets.set(tenant, name.value, input.value, deps.clock(), trail));
}

/** Answers SECRET_NOT_FOUND. */
export async function deleteSecret(
  deps: Deps,
  by: Caller,
  input: { readonly name: string },
): Promise<Outcome<null>> {
  const { tenant } = permit(by.actor, "secret:write");
  const name = parseSecretName(input.name);
  if (!name.ok) return refuse("SECRET_NOT_FOUND");
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "secret.delete",
    target: { kind: "secret", id: name.value },
  });
  const deleted = await deps.secrets.delete(tenant, name.value, trail);
  return deleted ? accept(null) : refuse("SECRET_NOT_FOUND");
}

/** Names and dates, in order of name. Throws CURSOR_INVALID. */
export async function listSecrets(
  deps: Deps,
  actor: Actor,
  input: { readonly limit: number; readonly after: string | null },
): Promise<readonly StoredSecret[]> {
  const { tenant } = permit(actor, "secret:write");
  if (input.after !== null && !parseSecretName(input.after).ok) throw cursorInvalid();
  return deps.secrets.page(tenant, input.limit, input.after);
}
