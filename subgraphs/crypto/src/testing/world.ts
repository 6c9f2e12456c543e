import { openEvent, cryptoActionRecorded, type Envelope } from "@joinery/events";
import { permissionsOf, type Actor, type Role, type TenantId } from "@joinery/kit";
import type { Caller } from "../app/ports.js";
import { signIn } from "../app/sign-in.js";
import type { Outcome } from "../domain/refusal.js";
import { Secret } from "../domain/secret.js";
import { byNobody, platform, type TestCrypto } from "./crypto-service.js";

export const goodPassword = "seven purple bicycles";
export const otherPassword = "nine yellow submarines";

export interface TestOrganisation {
  readonly id: TenantId;
  readonly slug: string;
  readonly ownerId: string;
  readonly owner: Caller;
}

/** An organisation in service with one owner, `owner@<slug>.example`. */
export async function addOrganisation(crypto: TestCrypto, slug: string): Promise<TestOrganisation> {
  const email = `owner@${slug}.example`;
  const owner = { email, name: `Owner of ${slug}`, password: goodPassword };
  const input = { name: `The ${slug} company`, slug, owner };
  const { id } = await crypto.methods.createOrganisation(input, platform);
  const [first] = await crypto.deps.operators.active(id, ["owner"]);
  const ownerId = first?.id ?? "";
  return { id, slug, ownerId, owner: callerOf(id, ownerId, "owner") };
}

export function callerOf(tenant: TenantId, id: string, role: Role, session = "none"): Caller {
  const actor: Actor = {
    kind: "person", id, name: "Somebody", tenant, permissions: permissionsOf[role], session,
  };
  return { actor, requestId: "request" };
}

export async function tryPassword(
  crypto: TestCrypto,
  email: string,
  password: string,
  more: { organisation?: string; formerToken?: string } = {},
) {
  return signIn(crypto.deps, byNobody, {
    email,
    password: new Secret(password),
    organisation: more.organisation ?? null,
    formerToken: more.formerToken === undefined ? null : new Secret(more.formerToken),
  });
}

/** Signs in and answers the token and who it is. */
export async function signedIn(
  crypto: TestCrypto,
  email: string,
  password: string,
  more: { organisation?: string; formerToken?: string } = {},
): Promise<{ readonly token: string; readonly by: Caller }> {
  const outcome = await tryPassword(crypto, email, password, more);
  if (!outcome.ok) throw new Error(`sign-in refused: ${outcome.error.code}`);
  const { token, actor } = outcome.value;
  return { token: token.use((plain) => plain), by: { actor, requestId: "request" } };
}

export async function alive(crypto: TestCrypto, token: string): Promise<boolean> {
  return (await crypto.methods.resolveSession({ token }, platform)) !== null;
}

export function codeOfOutcome(outcome: Outcome<unknown>): string {
  return outcome.ok ? "OK" : outcome.error.code;
}

/** What was recorded of an organisation, opened, oldest first. */
export async function recordedOf(crypto: TestCrypto, tenant: TenantId) {
  const { rows } = await crypto.owner.query<{ envelope: Envelope; payload: Buffer }>(
    "select envelope, payload from joinery.outbox where tenant = $1 order by id",
    [tenant],
  );
  return Promise.all(
    rows.map(async ({ envelope, payload: sealed }) => ({
      actor: envelope.actor,
      occurredAt: envelope.occurredAt,
      ...(await openEvent(crypto.runtime.keys.events, cryptoActionRecorded, { envelope, sealed })),
    })),
  );
}
