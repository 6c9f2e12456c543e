import { permit, type Actor, type TenantId } from "@joinery/kit";
import { generatedPasswordBytes, toGeneratedPassword } from "../domain/generated-password.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import type { Secret } from "../domain/secret.js";
import { isUuid } from "../domain/uuid.js";
import { cursorInvalid } from "./cursor-invalid.js";
import type { Caller, Deps, WaitingPassword } from "./ports.js";
import { requireService } from "./require-person.js";

/** Who has not been told by then gets a new one in the system itself. */
export const initialPasswordMs = 24 * 3_600_000;

/**
 * A password for each account that is about to be made; the same one for every attempt at an
 * account, as long as it lasts. For services only.
 */
export async function makeInitialPasswords(
  deps: Deps,
  actor: Actor,
  input: { readonly tenant: TenantId; readonly accountIds: readonly string[] },
): Promise<{ readonly plain: Readonly<Record<string, string>> }> {
  requireService(actor);
  const now = deps.clock();
  const wished = new Map(input.accountIds.map((id) =>
    [id, toGeneratedPassword(deps.random(generatedPasswordBytes))]));
  const expiresAt = new Date(now.getTime() + initialPasswordMs);
  const made = await deps.initialPasswords.ensure(input.tenant, wished, now, expiresAt);
  const plain = [...made].map(([id, password]) => [id, password.use((text) => text)] as const);
  return { plain: Object.fromEntries(plain) };
}

/** What became of them: only one that is really an account's waits to be taken. Services only. */
export async function settleInitialPasswords(
  deps: Deps,
  actor: Actor,
  input: {
    readonly tenant: TenantId;
    readonly set: readonly string[];
    readonly unused: readonly string[];
  },
): Promise<null> {
  requireService(actor);
  await deps.initialPasswords.settle(input.tenant, input.set, input.unused, deps.clock());
  return null;
}

/** Accounts whose password waits to be taken, in order of id. Throws CURSOR_INVALID. */
export async function listInitialPasswords(
  deps: Deps,
  actor: Actor,
  input: { readonly limit: number; readonly after: string | null },
): Promise<readonly WaitingPassword[]> {
  const { tenant } = permit(actor, "password:take");
  if (input.after !== null && !isUuid(input.after)) throw cursorInvalid();
  return deps.initialPasswords.page(tenant, deps.clock(), input.limit, input.after);
}

/** The password, once: it is forgotten here with the answer. Answers INITIAL_PASSWORD_NOT_FOUND. */
export async function takeInitialPassword(
  deps: Deps,
  by: Caller,
  input: { readonly accountId: string },
): Promise<Outcome<Secret>> {
  const { tenant } = permit(by.actor, "password:take");
  if (!isUuid(input.accountId)) return refuse("INITIAL_PASSWORD_NOT_FOUND");
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "initialPassword.take",
    target: { kind: "account", id: input.accountId },
  });
  const { accountId } = input;
  const taken = await deps.initialPasswords.take(tenant, accountId, deps.clock(), trail);
  return taken === null ? refuse("INITIAL_PASSWORD_NOT_FOUND") : accept(taken);
}
