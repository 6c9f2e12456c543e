import type { ProvidedServices } from "@joinery/kit/services";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientsMax, toClientToken } from "../domain/client.js";
import { toSessionToken } from "../domain/session-token.js";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import { addOrganisation, callerOf, type TestOrganisation } from "../testing/world.js";
import { addClient, listClients, revokeClient } from "./clients.js";

export type { ProvidedServices };

const application = "0190f6e0-0000-7000-8000-000000000001";

let crypto: TestCrypto;
let acme: TestOrganisation;
let globex: TestOrganisation;

beforeAll(async () => {
  crypto = await startCrypto();
  acme = await addOrganisation(crypto, "acme");
  globex = await addOrganisation(crypto, "globex");
  crypto.segments.pushed.add(application);
});
afterAll(async () => crypto.close());

async function made(days: number | null = null, by = acme.owner) {
  const outcome = await addClient(crypto.deps, by, {
    name: "Okta", applicationId: application, days,
  });
  if (!outcome.ok) throw new Error(outcome.error.code);
  return { ...outcome.value, plain: outcome.value.token.use((plain) => plain) };
}
const resolve = (token: string) => crypto.methods.resolveClient({ token }, platform);

test("a client's token tells its organisation and its application", async () => {
  const { client, plain } = await made();
  expect(plain).toMatch(/^jnc_[A-Za-z0-9_-]{49}$/);
  expect(client).toMatchObject({ name: "Okta", key: plain.slice(0, 12), lastUsedAt: null });
  expect(await resolve(plain)).toMatchObject({
    client: { id: client.id, name: "Okta", tenant: acme.id, applicationId: application },
  });
  expect((await crypto.deps.clients.find(acme.id, client.id))?.lastUsedAt).not.toBeNull();
});

test("the token is kept nowhere, and neither logged nor told", async () => {
  const { plain } = await made();
  const secret = plain.slice(12);
  const { rows } = await crypto.owner.query<{ row: string }>(
    "select c::text as row from joinery.push_client c");
  expect(rows.map(({ row }) => row).join("\n")).not.toContain(secret);
  expect(crypto.logged()).not.toContain(secret);
});

test("a forged, cut or foreign token opens nothing", async () => {
  const { plain } = await made();
  const swapped = plain.endsWith("A") ? "B" : "A";
  const forged = [
    "", "jnc_", toClientToken(randomBytes(32)), toSessionToken(randomBytes(32)),
    plain.slice(0, -1), `${plain} `, `${plain.slice(0, -1)}${swapped}`,
    plain.replace("jnc_", "jns_"), plain.toLowerCase(), `${plain}\0`,
  ];
  for (const token of forged) expect(await resolve(token)).toBe(null);
});

test("a token opens nothing from its end on", async () => {
  const { plain } = await made(1);
  crypto.clock.advance(86_400_000 - 1);
  expect(await resolve(plain)).not.toBe(null);
  crypto.clock.advance(1);
  expect(await resolve(plain)).toBe(null);
});

test("a revoked token opens nothing, and revoking twice is one record", async () => {
  const { client, plain } = await made();
  for (let n = 0; n < 2; n += 1) {
    const revoked = await revokeClient(crypto.deps, acme.owner, { id: client.id });
    expect(revoked).toMatchObject({ ok: true, value: { id: client.id } });
  }
  expect(await resolve(plain)).toBe(null);
});

test("another organisation neither sees nor revokes it", async () => {
  const { client, plain } = await made();
  expect(await revokeClient(crypto.deps, globex.owner, { id: client.id }))
    .toMatchObject({ ok: false, error: { code: "CLIENT_NOT_FOUND" } });
  const seen = await listClients(crypto.deps, globex.owner.actor, { limit: 100, after: null });
  expect(seen).toEqual([]);
  expect(await resolve(plain)).not.toBe(null);
});

test("only owners make and revoke clients, auditors see them", async () => {
  const { client } = await made();
  const input = { name: "x", applicationId: application, days: null };
  for (const role of ["operator", "auditor"] as const) {
    const by = callerOf(acme.id, acme.ownerId, role);
    await expect(addClient(crypto.deps, by, input)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(revokeClient(crypto.deps, by, { id: client.id }))
      .rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await listClients(crypto.deps, by.actor, { limit: 1, after: null })).toHaveLength(1);
  }
});

test.each([
  ["NAME_INVALID", { name: " " }],
  ["CLIENT_LIFE_INVALID", { days: 0 }],
  ["CLIENT_LIFE_INVALID", { days: 731 }],
  ["CLIENT_APPLICATION_NOT_FOUND", { applicationId: "nothing" }],
  ["CLIENT_APPLICATION_NOT_FOUND", { applicationId: "0190f6e0-0000-7000-8000-00000000000f" }],
])("%s for %j", async (code, wrong) => {
  const input = { name: "x", applicationId: application, days: 1, ...wrong };
  expect(await addClient(crypto.deps, acme.owner, input))
    .toMatchObject({ ok: false, error: { code } });
});

test("clients of an organisation have a bound", async () => {
  const { owner } = await addOrganisation(crypto, "many");
  const { client } = await made(null, owner);
  await crypto.owner.query(
    `insert into joinery.push_client
     select gen_random_uuid(), organisation_id, application_id, name, key,
       sha256(n::text::bytea), created_by, created_at, expires_at
     from joinery.push_client, generate_series(2, $2) n where id = $1`, [client.id, clientsMax]);
  const input = { name: "x", applicationId: application, days: 1 };
  expect(await addClient(crypto.deps, owner, input))
    .toMatchObject({ ok: false, error: { code: "CLIENTS_TOO_MANY" } });
});

test("the graph shows the token once", async () => {
  const answer = await crypto.graph(acme.owner.actor,
    `mutation ($input: AddClientInput!) {
       addClient(input: $input) { client { id key } token errors { code } }
     }`, { input: { name: "Entra", applicationId: application } });
  const { addClient: payload } = (answer as unknown as {
    data: { addClient: { client: { id: string }; token: string } };
  }).data;
  expect(await resolve(payload.token)).toMatchObject({ client: { id: payload.client.id } });
  const listed = await crypto.graph(acme.owner.actor,
    "{ clients(first: 100) { nodes { id name key lastUsedAt revokedAt } } }");
  expect(JSON.stringify(listed)).toContain(payload.client.id);
  expect(JSON.stringify(listed)).not.toContain(payload.token.slice(12));
});
