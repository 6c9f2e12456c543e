import { attemptKeyOf } from "../domain/attempt-key.js";
import { assessPassword, isPlausiblePassword } from "../domain/password.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import { admitAttempt } from "../domain/throttle.js";
import type { Caller, Deps } from "./ports.js";
import { requirePerson } from "./require-person.js";

/**
 * Every other session of the operator in this organisation ends with the old password. Failures are
 * counted, so that a stolen session does not become a way to guess. Answers PASSWORD_WRONG,
 * PASSWORD_UNCHANGED, TOO_MANY_ATTEMPTS and what `assessPassword` answers.
 */
export async function changePassword(
  deps: Deps,
  by: Caller,
  input: { readonly current: Secret; readonly next: Secret },
): Promise<Outcome<null>> {
  const { tenant, id, session } = requirePerson(by.actor);
  const credential = await deps.credentials.findOf(tenant, id);
  if (!credential) return refuse("OPERATOR_NOT_FOUND");
  const known = [credential.email, credential.name, credential.organisationName, credential.slug];
  const assessed = assessPassword(input.next, known);
  if (!assessed.ok) return assessed;
  const now = deps.clock();
  const key = attemptKeyOf("password", `${tenant}:${id}`);
  const admission = await deps.attempts.begin(key, true, (before) => admitAttempt(before, now));
  if (!admission.admitted) {
    return refuse("TOO_MANY_ATTEMPTS", { retryAfterSeconds: admission.retryAfterSeconds });
  }
  const target = { kind: "operator", id } as const;
  const action = { tenant, action: "password.change", target };
  const right =
    isPlausiblePassword(input.current) &&
    (await deps.passwords.verify(credential.passwordHash, input.current));
  if (!right) {
    const wrong = refuse("PASSWORD_WRONG");
    const refusal = wrong.error.code;
    await deps.recorder.write(await deps.recorder.prepare(by, { ...action, refusal }));
    return wrong;
  }
  await deps.attempts.succeed([key]);
  if (await deps.passwords.verify(credential.passwordHash, input.next)) {
    return refuse("PASSWORD_UNCHANGED");
  }
  const hash = await deps.passwords.hash(input.next);
  const trail = await deps.recorder.prepare(by, action);
  const done = await deps.credentials.setPassword(tenant, id, hash, session, now, trail);
  return done ? accept(null) : refuse("OPERATOR_NOT_FOUND");
}
