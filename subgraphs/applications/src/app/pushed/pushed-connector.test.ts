import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Application } from "../../domain/application.js";
import { ScimClient, userUrn } from "../../testing/scim-client.js";
import { World } from "../../testing/world.js";
import { withConnector } from "../connect.js";
import { runImports } from "../imports/run-import.js";
import { queueLook } from "../watching/queue-look.js";

export type { ProvidedServices };

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

let world: World;
let scim: ScimClient;
let application: Application;
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(async () => world.close());
beforeEach(async () => {
  nth += 1;
  scim = await ScimClient.open(world, `p${nth}`, true);
  const found = await world.tx((tx) =>
    world.deps.applications.find(tx, scim.client.applicationId));
  application = found as Application;
});

/** Imports what is there, or what changed when that is enough; the newest run. */
async function imported(): Promise<{ reads: string; state: string; code: string | null }> {
  const task = { tenant: world.tenant, kind: "watch" as const, subject: application.id,
    fence: 0, wishes: 0 };
  await queueLook(world.deps, task, application.id);
  await world.work("import", runImports);
  await world.rows("update run set state = 'finished' where state in ('inbound', 'outbound')");
  const [run] = await world.rows<{ reads: string; state: string; code: string | null }>(
    `select reads, state, code from run where application_id = $1 order by created_at desc limit 1`,
    [application.id]);
  if (run === undefined) throw new Error("no run");
  return run;
}

const accounts = (state = "present") => world.rows<{
  anchor: string; name: string; enabled: boolean | null; attributes: Record<string, unknown>;
}>(`select anchor, name, enabled, attributes from account
    where application_id = $1 and state = $2 order by kind, name`, [application.id, state]);
const memberships = () => world.rows<{ g: string; m: string | null }>(
  `select g.name as g, a.name as m from member join account g on g.id = group_account
   left join account a on a.id = member_account
   where g.application_id = $1 order by 1, 2`, [application.id]);

describe("an application that others push into", () => {
  test("has its people and groups imported like any other", async () => {
    const boss = await scim.user("boss");
    await scim.user("Anna", {
      externalId: "7", active: false, title: "Guide", name: { givenName: "Anna" },
      emails: [{ value: "a@w", type: "work", primary: true }, { value: "a@h", type: "home" }],
      phoneNumbers: [{ value: "+41", type: "mobile" }],
      addresses: [{ type: "work", locality: "Bern" }],
      [enterprise]: { department: "Tours", manager: { value: boss } },
    });
    await scim.group("Guides", [boss]);
    expect(await imported()).toMatchObject({ reads: "everything", state: "finished", code: null });
    const [guides, anna, other] = await accounts();
    expect(guides).toMatchObject({ name: "Guides", enabled: null });
    expect(other).toMatchObject({ name: "boss", enabled: true });
    expect(anna).toMatchObject({
      name: "Anna", enabled: false,
      attributes: {
        userName: "Anna", externalId: "7", title: "Guide", "name.givenName": "Anna",
        emails: ["a@h", "a@w"], 'emails[type eq "work"].value': "a@w",
        'emails[type eq "home"].value': "a@h", "emails[primary eq true].value": "a@w",
        phoneNumbers: ["+41"], 'phoneNumbers[type eq "mobile"].value': "+41",
        addresses: ['{"locality":"Bern","type":"work"}'],
        'addresses[type eq "work"].locality': "Bern",
        [`${enterprise}:department`]: "Tours", [`${enterprise}:manager.value`]: boss,
      },
    });
    expect(await memberships()).toEqual([{ g: "Guides", m: "boss" }]);
  });

  test("reports who came, changed and went, and who came into groups or left", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((name) => scim.user(name)));
    const others = await Promise.all(
      Array.from({ length: 28 }, (_, n) => scim.user(`u${n}`)));
    const group = await scim.group("G", [String(a), String(b), ...others]);
    await imported();
    await scim.user("c");
    await scim.patch(`/Users/${a}`, { op: "replace", path: "title", value: "T" });
    await scim.patch(`/Groups/${group}`, { op: "remove", path: `members[value eq "${a}"]` });
    expect(await imported()).toMatchObject({ reads: "changes", code: null });
    const names = (await accounts()).map(({ name }) => name);
    expect(names).toContain("c");
    expect((await accounts()).find(({ name }) => name === "a")?.attributes["title"]).toBe("T");
    const held = await memberships();
    expect(held.map(({ m }) => m).slice(0, 2)).toEqual(["b", "u0"]);
    await scim.ask("DELETE", `/Users/${b}`);
    expect(await imported()).toMatchObject({ reads: "changes", code: null });
    expect((await accounts("gone")).map(({ name }) => name)).toEqual(["b"]);
    expect(await memberships()).toEqual(held.slice(1));
  });

  test("tells of the only object again when it changes again", async () => {
    const id = await scim.user("a");
    await imported();
    for (const title of ["T1", "T2", "T3"]) {
      await scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: title });
      expect(await imported()).toMatchObject({ reads: "changes", code: null });
      expect((await accounts())[0]?.attributes["title"]).toBe(title);
    }
  });

  test("forgets who was deleted a month ago, and nobody else", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((name) => scim.user(name)));
    const group = await scim.group("G", [String(a), String(b)]);
    await scim.ask("DELETE", `/Users/${a}`);
    await imported();
    const left = () => world.rows<{ n: number; m: number }>(
      `select (select count(*)::int from pushed_object where application_id = $1) as n,
         (select count(*)::int from pushed_member where group_id = $2) as m`,
      [application.id, group]);
    expect(await left()).toEqual([{ n: 3, m: 2 }]);
    await world.rows("update pushed_object set modified_at = '2026-09-01' where id = $1", [a]);
    await world.rows("update pushed_member set modified_at = '2026-09-01' where not present");
    const signal = new AbortController().signal;
    await withConnector(world.deps, world.tenant, application, async ({ changes }) =>
      changes?.begin(signal));
    expect(await left()).toEqual([{ n: 2, m: 1 }]);
  });

  test("loses nothing that is pushed while reports are made", async () => {
    await scim.user("first");
    await imported();
    const pushing = Promise.all(Array.from({ length: 60 }, async (_, n) => scim.user(`p${n}`)));
    for (let n = 0; n < 4; n += 1) await imported();
    await pushing;
    await imported();
    expect(await accounts()).toHaveLength(61);
    const runs = await world.rows<{ reads: string }>(
      "select reads from run where application_id = $1 order by created_at", [application.id]);
    expect(runs.map(({ reads }) => reads).slice(1)).not.toContain("everything");
  });

  test("is held when too many are deleted at once, as every source is", async () => {
    for (let n = 0; n < 20; n += 1) await scim.user(`u${n}`);
    await imported();
    for (let n = 0; n < 15; n += 1) {
      const { body } = await scim.get("/Users", { count: "1" });
      const [first] = body["Resources"] as unknown as { id: string }[];
      await scim.ask("DELETE", `/Users/${first?.id}`);
    }
    expect(await imported()).toMatchObject({ state: "held", code: "GUARD_HELD" });
    expect(await accounts()).toHaveLength(20);
  });

  test("is no empty source before anybody pushed", async () => {
    expect(await imported()).toMatchObject({ state: "failed", code: "SOURCE_EMPTY" });
  });

  test("refuses a position of another application, or an old one", async () => {
    await scim.user("a");
    const signal = new AbortController().signal;
    const tried = (token: string) => withConnector(world.deps, world.tenant, application,
      async ({ changes }) => {
        const read = [];
        for await (const batch of changes?.changes(token, { signal, batchSizeMax: 10 }) ?? []) {
          read.push(batch);
        }
        return read;
      });
    const { token } = await withConnector(world.deps, world.tenant, application,
      async ({ changes }) => (await changes?.begin(signal)) ?? { token: "" });
    expect(await tried(token)).toEqual([{ type: "token", token: expect.any(String) as string }]);
    const other = JSON.stringify({ ...JSON.parse(token) as object, application: "x" });
    const old = JSON.stringify({ ...JSON.parse(token) as object, at: "2026-01-01T00:00:00Z" });
    for (const bad of [other, old, "", "{}", "[]"]) {
      await expect(tried(bad)).rejects.toMatchObject({ code: "DELTA_TOKEN_REJECTED" });
    }
  });

  test("speaks up when something was pushed", async () => {
    const over = new AbortController();
    const hints: number[] = [];
    const listening = withConnector(world.deps, world.tenant, application, async ({ listens }) => {
      for await (const _ of listens?.listen(over.signal) ?? []) {
        hints.push(hints.length);
        if (hints.length === 1) await scim.user("a");
        if (hints.length === 2) over.abort();
      }
    });
    await expect(listening).rejects.toThrow("aborted");
    expect(hints).toHaveLength(2);
  });

  test("costs the same for one member in a group of 10 and of 20,000", async () => {
    const { tenant, applicationId } = scim.client;
    const large = await scim.group("large");
    const small = await scim.group("small");
    const one = await scim.user("one");
    await world.database.door.withTenant(tenant, async (tx) => {
      await tx.execute(
        `insert into pushed_object (id, application_id, kind, name_key, resource, search)
         select gen_random_uuid(), $1, 'user', 'bulk' || n,
           json_build_object('userName', 'bulk' || n), jsonb_build_object('userName', 'bulk' || n)
         from generate_series(1, 20000) n`, [applicationId]);
      await tx.execute(
        `insert into pushed_member (group_id, member_id, application_id)
         select g.id, o.id, $1 from pushed_object o
         cross join lateral (values ($2::uuid, 20000), ($3::uuid, 10)) as g(id, most)
         where o.application_id = $1 and o.name_key like 'bulk%'
           and substr(o.name_key, 5)::int <= g.most`, [applicationId, large, small]);
      await tx.execute("analyze pushed_member");
    });
    const median = async (group: string) => {
      const times: number[] = [];
      for (let n = 0; n < 15; n += 1) {
        const start = performance.now();
        const at = `/Groups/${group}`;
        await scim.patch(at, { op: "add", path: "members", value: [{ value: one }] });
        await scim.patch(at, { op: "remove", path: `members[value eq "${one}"]` });
        times.push(performance.now() - start);
      }
      return times.toSorted((a, b) => a - b)[7] as number;
    };
    await median(small);
    const [ofSmall, ofLarge] = [await median(small), await median(large)];
    expect(ofLarge).toBeLessThan(ofSmall * 3 + 5);
  });
});

test("a user name is a name: renaming is no other account", async () => {
  const id = await scim.user("old");
  for (let n = 0; n < 10; n += 1) await scim.user(`u${n}`);
  await imported();
  await scim.ask("PUT", `/Users/${id}`, { schemas: [userUrn], userName: "new" });
  await imported();
  expect((await accounts()).find(({ anchor }) => anchor === id)?.name).toBe("new");
  expect(await accounts("gone")).toEqual([]);
});
