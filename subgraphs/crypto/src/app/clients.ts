import { assert, permit, type Actor, type PushClient } from "@joinery/kit";
import {
  clientsMax, digestOfClientToken, isAlive, keyOf, lifeDays, toClientToken, usedEveryMs,
  type Client,
} from "../domain/client.js";
import { parseName } from "../domain/names.js";
import { accept, refuse, type Outcome } from "../domain/refusal.js";
import { Secret } from "../domain/secret.js";
import { tokenRandomBytes } from "../domain/token.js";
import { isUuid } from "../domain/uuid.js";
import { cursorInvalid } from "./cursor-invalid.js";
import type { Caller, Deps } from "./ports.js";
import { requireService } from "./require-person.js";

const dayMs = 86_400_000;

/**
 * A client with its token, which nobody is shown again. Answers NAME_INVALID, CLIENT_LIFE_INVALID,
 * CLIENT_APPLICATION_NOT_FOUND, CLIENTS_TOO_MANY.
 */
export async function addClient(
  deps: Deps,
  by: Caller,
  input: {
    readonly name: string;
    readonly applicationId: string;
    readonly days: number | null;
  },
): Promise<Outcome<{ readonly client: Client; readonly token: Secret }>> {
  const { tenant, id: createdBy } = permit(by.actor, "client:write");
  const name = parseName(input.name);
  if (!name.ok) return name;
  const days = input.days ?? lifeDays.usual;
  if (days < lifeDays.min || days > lifeDays.max) return refuse("CLIENT_LIFE_INVALID");
  const { applicationId } = input;
  const takes = isUuid(applicationId) && (await deps.takesPushes(tenant, applicationId));
  if (!takes) return refuse("CLIENT_APPLICATION_NOT_FOUND");
  const now = deps.clock();
  if ((await deps.clients.countAlive(tenant, now)) >= clientsMax) return refuse("CLIENTS_TOO_MANY");
  const plain = toClientToken(deps.random(tokenRandomBytes));
  const tokenHash = digestOfClientToken(plain);
  assert(tokenHash !== null, "a token of ours is well-formed");
  const client: Client = {
    id: deps.newId(), name: name.value, applicationId, key: keyOf(plain), createdBy,
    createdAt: now, expiresAt: new Date(now.getTime() + days * dayMs), lastUsedAt: null,
    revokedAt: null,
  };
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "client.add",
    target: { kind: "client", id: client.id },
    after: { name: client.name, applicationId, key: client.key, days },
  });
  await deps.clients.add(tenant, client, tokenHash, trail);
  return accept({ client, token: new Secret(plain) });
}

/** Its token opens nothing any more, within seconds. Idempotent. Answers CLIENT_NOT_FOUND. */
export async function revokeClient(
  deps: Deps,
  by: Caller,
  input: { readonly id: string },
): Promise<Outcome<Client>> {
  const { tenant } = permit(by.actor, "client:write");
  const client = isUuid(input.id) ? await deps.clients.find(tenant, input.id) : null;
  if (client === null) return refuse("CLIENT_NOT_FOUND");
  if (client.revokedAt !== null) return accept(client);
  const trail = await deps.recorder.prepare(by, {
    tenant,
    action: "client.revoke",
    target: { kind: "client", id: client.id },
    before: { name: client.name, applicationId: client.applicationId, key: client.key },
  });
  const revokedAt = deps.clock();
  await deps.clients.revoke(tenant, client.id, revokedAt, trail);
  return accept({ ...client, revokedAt });
}

/** In the order in which they were made. Throws CURSOR_INVALID. */
export async function listClients(
  deps: Deps,
  actor: Actor,
  input: { readonly limit: number; readonly after: string | null },
): Promise<readonly Client[]> {
  const { tenant } = permit(actor, "client:read");
  if (input.after !== null && !isUuid(input.after)) throw cursorInvalid();
  return deps.clients.page(tenant, input.limit, input.after);
}

/**
 * The client behind a token; null when it is malformed, unknown, over, revoked, or its organisation
 * is not in service. For services only.
 */
export async function resolveClient(
  deps: Deps,
  actor: Actor,
  { token }: { readonly token: string },
): Promise<{ readonly client: PushClient; readonly expiresAt: string } | null> {
  requireService(actor);
  const digest = digestOfClientToken(token);
  const found = digest && (await deps.clients.findByToken(digest));
  if (!found) return null;
  const { client, tenant } = found;
  const now = deps.clock();
  if (!isAlive(client, now)) return null;
  const usedAt = client.lastUsedAt?.getTime() ?? 0;
  if (now.getTime() - usedAt >= usedEveryMs) await deps.clients.noteUse(client.id, now);
  const { id, name, applicationId, expiresAt } = client;
  return { client: { id, name, tenant, applicationId }, expiresAt: expiresAt.toISOString() };
}
