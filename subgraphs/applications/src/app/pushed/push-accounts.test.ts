import { clientActor } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SentAccount } from "../../domain/push-sent.js";
import { ScimClient } from "../../testing/scim-client.js";
import { World } from "../../testing/world.js";
import type { Caller } from "../ports.js";
import { removeApplication } from "../remove-application.js";
import { pushAccounts, type PushResult } from "./push-accounts.js";
import { pushDeletions } from "./push-deletions.js";

export type { ProvidedServices };

let world: World;
let scim: ScimClient;
let by: Caller;
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(async () => world.close());
beforeEach(async () => {
  nth += 1;
  scim = await ScimClient.open(world, `p${nth}`);
  by = { actor: clientActor(scim.client), requestId: "r" };
});

function user(externalId: string, more: Partial<SentAccount> = {}): SentAccount {
  return {
    kind: "user", externalId, attributes: { userName: externalId }, members: null,
    addMembers: null, removeMembers: null, version: null, ...more,
  };
}
const users = (...ids: readonly string[]) =>
  ids.map((externalId) => ({ kind: "user", externalId }));
const group = (externalId: string, more: Partial<SentAccount> = {}) =>
  user(externalId, { kind: "group", attributes: { displayName: externalId }, ...more });

async function push(...accounts: readonly SentAccount[]): Promise<readonly PushResult[]> {
  const outcome = await pushAccounts(world.deps, by, { accounts });
  if (!outcome.ok) throw new Error(outcome.error.code);
  return outcome.value;
}
async function remove(...accounts: readonly { externalId: string; kind?: string }[]) {
  const outcome = await pushDeletions(world.deps, by, {
    accounts: accounts.map((each) => ({ kind: "user", version: null, ...each })),
  });
  if (!outcome.ok) throw new Error(outcome.error.code);
  return outcome.value;
}
const outcomes = (results: readonly PushResult[]) =>
  results.map(({ outcome, error }) => error?.code ?? outcome);
const membersOf = async (id: string | null | undefined) => {
  const { body } = await scim.get(`/Groups/${String(id)}`);
  const members = (body["members"] ?? []) as unknown as { display: string }[];
  return members.map(({ display }) => display).toSorted();
};
/** Versions of all rows, so that a write of any is seen. */
const rows = () => world.rows<{ row: string }>(
  `select o.xmin || ' ' || o.id as row from pushed_object o where application_id = $1
   union all select m.xmin || ' ' || m.member_id from pushed_member m where application_id = $1
   order by row`, [scim.client.applicationId]);

describe("accounts that are pushed through the graph", () => {
  test("are what SCIM shows, with members, in one batch of any order", async () => {
    const results = await push(group("G", { members: users("a", "b") }), user("a"),
      user("b", { attributes: { userName: "b", "name.givenName": "Bo" } }));
    expect(outcomes(results)).toEqual(["created", "created", "created"]);
    expect((await scim.get(`/Users/${String(results[2]?.id)}`)).body)
      .toMatchObject({ externalId: "b", userName: "b", name: { givenName: "Bo" } });
    expect(await membersOf(results[0]?.id)).toEqual(["a", "b"]);
  });

  test("sent again write nothing, and tell nobody", async () => {
    const batch = [user("a"), user("b"), group("G", { members: users("a", "b") })];
    const first = await push(...batch);
    const before = await rows();
    const told = (await world.told("applications.action.recorded")).length;
    const again = await push(...batch);
    expect(outcomes(again)).toEqual(["unchanged", "unchanged", "unchanged"]);
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(await rows()).toEqual(before);
    expect((await world.told("applications.action.recorded")).length).toBe(told);
  });

  test("change by what differs, with a version, and clear what is left out", async () => {
    const [made] = await push(user("a", { attributes: { userName: "a", title: "T" } }));
    const [changed] = await push(user("a", { version: 1 }));
    expect(changed).toEqual({ outcome: "updated", id: made?.id, version: 2, error: null });
    expect((await scim.get(`/Users/${String(made?.id)}`)).body).not.toHaveProperty("title");
    expect(outcomes(await push(user("a", { version: 1, attributes: { userName: "z" } }))))
      .toEqual(["PUSH_VERSION_CONFLICT"]);
    expect(outcomes(await push(user("a", { version: 0 })))).toEqual(["PUSH_VERSION_CONFLICT"]);
  });

  test("refused alone: the others of the batch are there", async () => {
    await scim.user("taken");
    const results = await push(user("t", { attributes: { userName: "TAKEN" } }),
      group("G", { members: users("nobody") }), user("ok"));
    expect(outcomes(results)).toEqual(["PUSH_NAME_TAKEN", "PUSH_MEMBER_UNKNOWN", "created"]);
    expect(await scim.named("userName pr")).toEqual(["ok", "taken"]);
  });

  test("members come and go, alone or whole, and only a move is a new version", async () => {
    const [made] = await push(group("G", { members: users("a") }), user("a"), user("b"));
    const change = (more: Partial<SentAccount>) => push(group("G", { attributes: null, ...more }));
    expect(await change({ addMembers: users("a", "b") }))
      .toMatchObject([{ outcome: "updated", version: 2 }]);
    expect(await membersOf(made?.id)).toEqual(["a", "b"]);
    expect(outcomes(await change({ addMembers: users("b") }))).toEqual(["unchanged"]);
    expect(outcomes(await change({ removeMembers: users("a", "nobody") }))).toEqual(["updated"]);
    expect(await membersOf(made?.id)).toEqual(["b"]);
    expect(outcomes(await change({ members: users("a") }))).toEqual(["updated"]);
    expect(await membersOf(made?.id)).toEqual(["a"]);
    expect(outcomes(await change({ members: [] }))).toEqual(["updated"]);
    expect(await membersOf(made?.id)).toEqual([]);
  });

  test("are deleted once; who was in a group is in it no more", async () => {
    const [made] = await push(group("G", { members: users("a", "b") }), user("a"), user("b"));
    expect(outcomes(await remove({ externalId: "a" }, { externalId: "a" }, { externalId: "x" })))
      .toEqual(["deleted", "PUSH_REPEATED", "absent"]);
    expect(outcomes(await remove({ externalId: "a" }))).toEqual(["absent"]);
    expect(await membersOf(made?.id)).toEqual(["b"]);
    expect(outcomes(await remove({ externalId: "G", kind: "group" }))).toEqual(["deleted"]);
    expect((await scim.get(`/Groups/${String(made?.id)}`)).status).toBe(404);
  });

  test("pushed by twenty at once are one account each", async () => {
    const batches = Array.from({ length: 20 }, () => push(user("a"), user("b")));
    const all = (await Promise.all(batches)).flat();
    expect(all.filter(({ outcome }) => outcome === "created")).toHaveLength(2);
    expect(all.filter(({ outcome }) => outcome === "unchanged")).toHaveLength(38);
  });

  test("of another application or organisation are not seen", async () => {
    await push(user("a"));
    const other = await ScimClient.open(world, `q${nth}`);
    by = { actor: clientActor(other.client), requestId: "r" };
    expect(outcomes(await remove({ externalId: "a" }))).toEqual(["absent"]);
    expect(outcomes(await push(group("G", { members: users("a") }))))
      .toEqual(["PUSH_MEMBER_UNKNOWN"]);
    const tenant = await world.database.newTenant();
    by = { actor: clientActor({ ...scim.client, tenant }), requestId: "r" };
    expect(await pushAccounts(world.deps, by, { accounts: [user("a")] }))
      .toMatchObject({ ok: false, error: { code: "PUSH_CLOSED" } });
    expect(await scim.named("userName pr")).toEqual(["a"]);
  });

  test("are bounded, and refused where the application is gone", async () => {
    const code = "PUSH_TOO_LARGE";
    for (const accounts of [[], Array.from({ length: 1_001 }, (_, n) => user(`u${n}`)),
      [group("G", { members: users(...Array.from({ length: 10_001 }, (_, n) => `u${n}`)) })]]) {
      expect(await pushAccounts(world.deps, by, { accounts }))
        .toMatchObject({ ok: false, error: { code } });
    }
    await removeApplication(world.deps, world.by, { id: scim.client.applicationId });
    expect(await pushAccounts(world.deps, by, { accounts: [user("a")] }))
      .toMatchObject({ ok: false, error: { code: "PUSH_CLOSED" } });
  });

  test("are nobody's to push but a client's, whatever a person may do", async () => {
    await expect(pushAccounts(world.deps, world.by, { accounts: [user("a")] }))
      .rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(pushDeletions(world.deps, world.by, { accounts: [] }))
      .rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  test("a full batch is one action in the audit, of the client, without a value", async () => {
    const before = (await world.told("applications.action.recorded")).length;
    const results = await push(...Array.from({ length: 1_000 }, (_, n) => user(`canary${n}`)));
    expect(new Set(outcomes(results))).toEqual(new Set(["created"]));
    const told = (await world.told("applications.action.recorded")).slice(before);
    expect(told.map(({ payload, envelope }) => [payload["action"], envelope.actor.id]))
      .toEqual([["pushed.batch", scim.client.id]]);
    expect(JSON.stringify(told)).not.toContain("canary");
  });
});
