import { parseEmail } from "../domain/email.js";
import { generatedPasswordBytes, toGeneratedPassword } from "../domain/generated-password.js";
import { parseSlug } from "../domain/names.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import { addressKey, organisationKey } from "./admit-sign-in.js";
import type { Caller, Deps } from "./ports.js";
import { requireService } from "./require-person.js";

/**
 * For whoever has the machine: a new password for an active operator who is locked out. Ends their
 * sessions, forgets their failures, is recorded. Answers OPERATOR_NOT_FOUND.
 */
export async function recoverOperator(
  deps: Deps,
  by: Caller,
  input: { readonly slug: string; readonly email: string },
): Promise<Outcome<Secret>> {
  requireService(by.actor);
  const email = parseEmail(input.email);
  const slug = parseSlug(input.slug);
  if (!email.ok || !slug.ok) return refuse("OPERATOR_NOT_FOUND");
  const [credential] = await deps.credentials.find(email.value.key, slug.value, 1);
  if (!credential?.usable) return refuse("OPERATOR_NOT_FOUND");
  const { tenant, operatorId } = credential;
  const password = toGeneratedPassword(deps.random(generatedPasswordBytes));
  const hash = await deps.passwords.hash(password);
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "password.recover",
    target: { kind: "operator", id: operatorId },
  });
  const now = deps.clock();
  await deps.credentials.setPassword(tenant, operatorId, hash, null, now, trail);
  const { key } = email.value;
  await deps.attempts.succeed([addressKey(key), organisationKey(key, slug.value)]);
  return accept(password);
}
