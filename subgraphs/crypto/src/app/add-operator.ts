import { permit, type Role } from "@joinery/kit";
import { parseEmail } from "../domain/email.js";
import { parseName } from "../domain/names.js";
import type { Operator } from "../domain/operator.js";
import { assessPassword } from "../domain/password.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import type { Caller, Deps } from "./ports.js";

/**
 * Adds a person, or brings a disabled one back, with a role and a password for this organisation.
 * Whether the address is known elsewhere makes no difference and cannot be seen. Answers
 * EMAIL_INVALID, NAME_INVALID, OPERATOR_EXISTS and what `assessPassword` answers.
 */
export async function addOperator(
  deps: Deps,
  by: Caller,
  input: {
    readonly email: string;
    readonly name: string;
    readonly role: Role;
    readonly password: Secret;
  },
): Promise<Outcome<Operator>> {
  const { tenant } = permit(by.actor, "operator:write");
  const email = parseEmail(input.email);
  if (!email.ok) return email;
  const name = parseName(input.name);
  if (!name.ok) return name;
  const organisation = await deps.organisations.find(tenant);
  const { name: house, slug } = organisation ?? { name: "", slug: "" };
  const known = [email.value.address, name.value, house, slug];
  const assessed = assessPassword(input.password, known);
  if (!assessed.ok) return assessed;
  const now = deps.clock();
  const passwordHash = await deps.passwords.hash(input.password);
  const id = await deps.operators.personOf(email.value, now);
  const { role } = input;
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "operator.add",
    target: { kind: "operator", id },
    after: { email: email.value.address, name: name.value, role, state: "active" },
  });
  const added = await deps.operators.add(
    tenant,
    { id, email: email.value, name: name.value, role, passwordHash },
    now,
    trail,
  );
  return added ? accept(added) : refuse("OPERATOR_EXISTS");
}
