import { parseEmail } from "../domain/email.js";
import { generatedPasswordBytes, toGeneratedPassword } from "../domain/generated-password.js";
import { parseSlug } from "../domain/names.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import { addressKey, credentialsMax, organisationKey } from "./admit-sign-in.js";
import type { Caller, Deps } from "./ports.js";
import { requireService } from "./require-person.js";

export interface Recovered {
  readonly slug: string;
  readonly password: Secret;
}

/**
 * For whoever has the machine: a new password for an active operator who is locked out. Ends their
 * sessions, forgets their failures, is recorded. Without a slug: where they are an operator, if
 * that is one organisation. Answers OPERATOR_NOT_FOUND, ORGANISATION_REQUIRED.
 */
export async function recoverOperator(
  deps: Deps,
  by: Caller,
  input: { readonly slug: string | null; readonly email: string },
): Promise<Outcome<Recovered>> {
  requireService(by.actor);
  const email = parseEmail(input.email);
  if (!email.ok || (input.slug !== null && !parseSlug(input.slug).ok)) {
    return refuse("OPERATOR_NOT_FOUND");
  }
  const { key } = email.value;
  const found = await deps.credentials.find(key, input.slug, credentialsMax);
  const usable = found.filter((credential) => credential.usable);
  if (usable.length > 1) {
    return refuse("ORGANISATION_REQUIRED", { organisations: usable.map(({ slug }) => slug) });
  }
  const [credential] = usable;
  if (!credential) return refuse("OPERATOR_NOT_FOUND");
  const { tenant, operatorId, slug } = credential;
  const password = toGeneratedPassword(deps.random(generatedPasswordBytes));
  const hash = await deps.passwords.hash(password);
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "password.recover",
    target: { kind: "operator", id: operatorId },
  });
  const now = deps.clock();
  await deps.credentials.setPassword(tenant, operatorId, hash, null, now, trail);
  await deps.attempts.succeed([addressKey(key), organisationKey(key, slug)]);
  return accept({ slug, password });
}
