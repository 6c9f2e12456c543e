import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Application } from "../../domain/application.js";
import type { Run } from "../../domain/run.js";
import { FakeSystem } from "../../testing/fake-system.js";
import { World, type Told } from "../../testing/world.js";
import { runImports } from "../imports/run-import.js";
import { tellApplications } from "./tell-everything.js";

export type { ProvidedServices };

/** What the vault is told anew of an application, without the application being read. */
describe("a snapshot for the vault", () => {
  let world: World;
  let hr: Application;
  let system: FakeSystem;
  let nth = 0;

  beforeAll(async () => {
    world = await World.open();
  });
  afterAll(async () => world.close());

  beforeEach(async () => {
    await world.rows("update application set state = 'deleted'");
    nth += 1;
    system = new FakeSystem(["name"], ["cn"]);
    for (let at = 1; at <= 1_300; at += 1) {
      system.put({ anchor: `e${at}`, attributes: { name: `Person ${at}` } });
    }
    system.put({ kind: "group", anchor: "g", attributes: { cn: "g" } });
    system.members.push({ group: "g", member: "e1" }, { group: "g", member: "e2" });
    hr = await world.application(`hr${nth}`, system, { authoritativeFor: ["user"] });
    await startedRun();
    system.remove("e1300");
    await startedRun();
  });

  async function startedRun(): Promise<void> {
    const { id } = await world.startRun(hr);
    await world.work("import", runImports);
    await world.rows("update run set state = 'finished' where id = $1", [id]);
  }

  /** Tells everything to `consumers`; whatever is due is done between any two steps. */
  async function tellAll(...consumers: string[]): Promise<void> {
    for await (const _ of telling(consumers)) await world.work("import", runImports);
  }

  function telling(consumers: readonly string[], patienceMs = 60_000, giveUpMs = 60_000) {
    const waits = { lookAgainMs: 1, patienceMs, giveUpMs };
    return tellApplications(world.deps, world.tenant, { consumers: new Set(consumers) }, waits);
  }

  const restating = () => world.rows<{ id: string; state: string }>(
    "select id, state from run where application_id = $1 and reads = 'nothing' order by created_at",
    [hr.id]);
  const toldOf = async (runId: string) =>
    (await world.told()).filter(({ envelope }) => envelope.correlation === runId);

  function listOf(told: readonly Told[], name: string, field: string): Record<string, unknown>[] {
    return told.filter(({ envelope }) => envelope.name === `applications.${name}`)
      .flatMap(({ payload }) => payload[field] as unknown as Record<string, unknown>[]);
  }

  test("is a whole wave with every account and member, those that are gone too", async () => {
    await world.rows(
      "update account set identity_id = $1 where anchor = 'e7'", [hr.id]);
    const before = await world.census();
    await tellAll("vault");
    const [run] = await restating();
    expect(run).toMatchObject({ state: "inbound" });
    const told = await toldOf(run?.id ?? "");
    const accounts = listOf(told, "account.restated", "accounts");
    expect(accounts).toHaveLength(1_301);
    const ranges = told.filter(({ envelope }) => envelope.name === "applications.account.restated")
      .map(({ payload }) => [payload["after"], payload["through"]]);
    expect(ranges.map(([after]) => after)).toEqual(
      [null, ...ranges.slice(0, -1).map(([, through]) => through)]);
    expect(ranges.at(-1)?.[1]).toBe(null);
    expect(new Set(accounts.map(({ id }) => id)).size).toBe(1_301);
    const held = new Map(accounts.map((account) => [account["anchor"], account]));
    expect(held.get("e7")).toMatchObject({ identityId: hr.id, state: "present", revision: 1 });
    expect(held.get("e1300")).toMatchObject({ state: "gone", revision: 2, attributes: {} });
    expect(listOf(told, "member.restated", "members").map(({ member }) => member))
      .toEqual(["e1", "e2"]);
    const places = told.flatMap(({ envelope }) => (envelope.wave ? [envelope.wave] : []));
    expect(places.map(({ batch }) => batch)).toEqual(places.map((_, at) => at));
    expect(places.at(-1)).toMatchObject({ manifest: true });
    expect(told.at(-1)?.payload).toMatchObject({ batches: places.length - 1, objects: 1_303 });
    expect(await world.census()).toEqual(before);
  });

  test("does not touch the system: it may be away", async () => {
    system.onRead = () => {
      throw new Error("nobody may read");
    };
    await tellAll("vault");
    expect((await restating()).map(({ state }) => state)).toEqual(["inbound"]);
  });

  test("for somebody else tells which applications there are, and of no account", async () => {
    const before = (await world.told()).length;
    await tellAll("rules");
    expect(await restating()).toEqual([]);
    const names = (await world.told()).slice(before).map(({ envelope }) => envelope.name);
    expect(new Set(names)).toEqual(new Set(["applications.application.changed"]));
  });

  test("waits for a run that is under way, and goes on with one that it began", async () => {
    const open = await world.startRun(hr);
    const steps = telling(["vault"]);
    for (let step = 0; step < 3; step += 1) await steps.next();
    expect(await restating()).toEqual([]);
    await world.work("import", runImports);
    await world.rows("update run set state = 'finished' where id = $1", [open.id]);
    await steps.next();
    await steps.return(undefined);
    expect(await restating()).toMatchObject([{ state: "queued" }]);
    const again = telling(["vault"]);
    for (let step = 0; step < 2; step += 1) await again.next();
    await world.work("import", runImports);
    expect(await again.next()).toEqual({ done: false, value: 1_303 });
    expect(await again.next()).toMatchObject({ done: true });
    expect(await restating()).toMatchObject([{ state: "inbound" }]);
  });

  test("ends a run that waits for the vault for longer than the vault takes", async () => {
    const lost = await world.startRun(hr);
    await world.rows("update run set state = 'inbound' where id = $1", [lost.id]);
    const steps = telling(["vault"], 50);
    for (let step = 0; step < 3; step += 1) await steps.next();
    expect(await world.run(lost.id)).toMatchObject({ state: "inbound" });
    for await (const _ of steps) await world.work("import", runImports);
    expect(await world.run(lost.id)).toMatchObject({ state: "failed", code: "RESTATED" });
    expect(await restating()).toMatchObject([{ state: "inbound" }]);
  });

  test("leaves out an application that is busy for too long, and tells the others", async () => {
    const other = await world.application(`other${nth}`, new FakeSystem(["name"]));
    const open = await world.startRun(hr);
    await world.rows("update run set state = 'outbound' where id = $1", [open.id]);
    await world.rows("update application set first_import_at = now() where id = $1", [other.id]);
    for await (const _ of telling(["vault"], 60_000, 300)) await world.work("import", runImports);
    expect(await restating()).toEqual([]);
    expect(await world.rows("select state from run where application_id = $1", [other.id]))
      .toEqual([{ state: "inbound" }]);
  });

  test("ends what the vault held, for it is decided anew", async () => {
    const held = await world.startRun(hr);
    await world.rows("update run set state = 'held' where id = $1", [held.id]);
    await world.rows(
      `insert into wave (id, run_id, process, application_id, state)
       values (gen_random_uuid(), $1, 'inbound', $2, 'held')`, [held.id, hr.id]);
    await tellAll("vault");
    expect(await world.run(held.id)).toMatchObject<Partial<Run>>({
      state: "failed", code: "RESTATED",
    });
    expect(await restating()).toMatchObject([{ state: "inbound" }]);
  });
});
