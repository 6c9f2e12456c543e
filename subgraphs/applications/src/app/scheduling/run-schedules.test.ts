import { Door, serviceActor, toEventActor, type TenantId } from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Application } from "../../domain/application.js";
import type { Direction, Schedule } from "../../domain/schedule.js";
import { callerOf } from "../../testing/caller.js";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";
import { addApplication } from "../add-application.js";
import type { Deps } from "../ports.js";
import { resumeApplication, stopApplication } from "../stop-application.js";
import { TaskWorker } from "../task-worker.js";
import { updateApplication } from "../update-application.js";
import { taskStore } from "../../persistence/task-store.js";
import { pauseSchedule, resumeSchedule, setSchedule } from "./change-schedule.js";
import { runSchedules } from "./run-schedules.js";

export type { ProvidedServices };

const minuteMs = 60_000;
let world: World;
let hr: Application;
/** The database's clock, as the schedules see it. */
let clock: Date;
let nth = 0;

beforeAll(async () => {
  world = await World.open();
  const schedules = { ...world.deps.schedules, now: () => Promise.resolve(clock) };
  Object.assign(world.deps, { schedules });
});
afterAll(() => world.close());

beforeEach(async () => {
  nth += 1;
  clock = new Date("2026-11-21T08:00:00Z");
  // What another test left has no part in this one.
  await world.rows("update run set state = 'finished'");
  await world.database.door.pool.query("delete from joinery.application_task");
  hr = await world.application(`hr${nth}`, new FakeSystem(["login"]));
  await world.rows("update application set first_import_at = now()");
});

const schedulesOf = (application: Application) =>
  world.tx((tx) => world.deps.schedules.ofApplications(tx, [application.id]));
async function scheduleOf(direction: Direction, application = hr): Promise<Schedule> {
  const found = (await schedulesOf(application)).find((each) => each.direction === direction);
  if (found === undefined) throw new Error("no schedule");
  return found;
}
const runsOf = (application = hr) => world.rows<{ reads: string; state: string; id: string }>(
  `select id, reads, state from run where application_id = $1 order by created_at`,
  [application.id]);

/** So many minutes later by the database's clock somebody looks at the application's schedules. */
async function later(minutes: number, application = hr): Promise<void> {
  clock = new Date(clock.getTime() + minutes * minuteMs);
  await world.tx((tx) => world.deps.tasks.wish(tx, "schedule", application.id));
  await world.work("schedule", runSchedules);
}

describe("a new application", () => {
  test("is imported an hour later, and not before", async () => {
    expect(await schedulesOf(hr)).toMatchObject([
      { direction: "import", settings: { everyMinutes: 60 }, nextAt: new Date(clock.getTime()
        + 60 * minuteMs) },
      { direction: "outbound", settings: { everyMinutes: 15 }, nextAt: new Date(clock.getTime()
        + 15 * minuteMs) },
    ]);
    await later(59);
    expect(await runsOf()).toEqual([]);
    await later(1);
    expect(await runsOf()).toMatchObject([{ reads: "everything", state: "queued" }]);
    expect(await scheduleOf("import")).toMatchObject({
      lastOutcome: "STARTED", lastAt: clock, nextAt: new Date("2026-11-21T10:00:00Z"),
    });
    await later(0);
    expect(await runsOf()).toHaveLength(1);
  });
});

describe("a schedule that is due", () => {
  test("begins one run, however long nobody looked", async () => {
    await later(3 * 24 * 60 + 7);
    expect(await runsOf()).toHaveLength(1);
    expect((await scheduleOf("import")).nextAt?.toISOString()).toBe("2026-11-24T09:00:00.000Z");
  });

  test("begins none while a run is under way or held, and says which", async () => {
    const run = await world.startRun(hr);
    await later(60);
    expect(await scheduleOf("import")).toMatchObject({
      lastOutcome: "RUN_OPEN", lastRunId: run.id,
    });
    await world.rows("update run set state = 'held' where id = $1", [run.id]);
    await world.rows(`insert into wave (id, run_id, process, application_id, state)
      values (gen_random_uuid(), $1, 'import', $2, 'held')`, [run.id, hr.id]);
    await later(60);
    expect(await scheduleOf("import")).toMatchObject({
      lastOutcome: "RUN_HELD", lastRunId: run.id,
    });
    expect(await runsOf()).toHaveLength(1);
  });

  test("waits for a look that is over in a moment", async () => {
    await world.tx((tx) => world.deps.runs.add(tx, {
      id: world.deps.newId(), applicationId: hr.id, reads: "changes",
      actor: toEventActor(serviceActor("applications")),
    }));
    await later(60);
    expect(await scheduleOf("import")).toMatchObject({ lastOutcome: null });
    await world.rows("update run set state = 'finished'");
    await later(0);
    expect(await scheduleOf("import")).toMatchObject({ lastOutcome: "STARTED" });
  });

  test("begins none where it is stopped, and in the sandbox reads alone", async () => {
    await stopApplication(world.deps, world.by, { id: hr.id });
    await later(60);
    expect(await scheduleOf("import")).toMatchObject({ lastOutcome: "APPLICATION_STOPPED" });
    expect(await runsOf()).toEqual([]);
    await resumeApplication(world.deps, world.by, { id: hr.id });
    await updateApplication(world.deps, world.by, { id: hr.id, phase: "sandbox" });
    await later(60);
    expect(await scheduleOf("import")).toMatchObject({ lastOutcome: "STARTED" });
  });

  test("reads what changed where it is watched, and everything once a day", async () => {
    await updateApplication(world.deps, world.by, { id: hr.id, watched: true });
    await later(60);
    expect(await runsOf()).toMatchObject([{ reads: "everything" }]);
    await world.rows("update run set state = 'finished', read_started_at = $1", [world.now]);
    await later(60);
    expect((await runsOf()).at(-1)).toMatchObject({ reads: "changes" });
    await setSchedule(world.deps, world.by, {
      applicationId: hr.id, direction: "import",
      settings: { everyMinutes: 60, changesOnly: false },
    });
    await world.rows("update run set state = 'finished'");
    await later(60);
    expect((await runsOf()).at(-1)).toMatchObject({ reads: "everything" });
  });
});

describe("outbound", () => {
  test("makes no run while nobody is due", async () => {
    await later(15);
    expect(await scheduleOf("outbound")).toMatchObject({ lastOutcome: "NOTHING_DUE" });
    expect(await runsOf()).toEqual([]);
  });
});

describe("clocks", () => {
  test.each([10, -10])("a process that is %i minutes off changes nothing", async (minutes) => {
    world.now = new Date(clock.getTime() + minutes * minuteMs);
    await later(59);
    expect(await runsOf()).toEqual([]);
    await later(1);
    expect(await runsOf()).toHaveLength(1);
    world.now = new Date("2026-11-21T08:00:00Z");
  });

  test("the database's jumps ahead and back: nothing is lost and nothing twice", async () => {
    await later(70);
    await world.rows("update run set state = 'finished'");
    await later(-10);
    await later(1);
    expect(await runsOf()).toHaveLength(1);
    await later(59);
    expect(await runsOf()).toHaveLength(2);
  });
});

describe("a person", () => {
  test("sets it, pauses it and resumes it, and what was missed is not made up for", async () => {
    const which = { applicationId: hr.id, direction: "import" } as const;
    const set = await setSchedule(world.deps, world.by, {
      ...which, settings: { cron: "30 9 * * *", timeZone: "Europe/Berlin" },
    });
    expect(set).toMatchObject({ ok: true, value: { nextAt: new Date("2026-11-21T08:30:00Z") } });
    await pauseSchedule(world.deps, world.by, which);
    await later(24 * 60);
    expect(await runsOf()).toEqual([]);
    const resumed = await resumeSchedule(world.deps, world.by, which);
    expect(resumed).toMatchObject({ value: { nextAt: new Date("2026-11-22T08:30:00Z") } });
    await later(31);
    expect(await runsOf()).toHaveLength(1);
    const told = (await world.told("applications.action.recorded"))
      .map(({ payload }) => payload["action"]);
    expect(told.slice(-3)).toEqual(["schedule.set", "schedule.pause", "schedule.resume"]);
  });

  test("is told all that is wrong with it, and nothing is kept", async () => {
    const refused = await setSchedule(world.deps, world.by, {
      applicationId: hr.id, direction: "import",
      settings: { cron: "99 * * * *", timeZone: "Nowhere" },
    });
    expect(refused).toMatchObject({ ok: false, error: { code: "SCHEDULE_INVALID" } });
    expect((await scheduleOf("import")).settings).toEqual({ everyMinutes: 60 });
    const sideways = { applicationId: hr.id, direction: "sideways" as Direction };
    expect(await pauseSchedule(world.deps, world.by, sideways)).toMatchObject({
      error: { code: "SCHEDULE_INVALID", problems: [{ setting: "direction" }] },
    });
  });
});

describe("after time without a process", () => {
  async function company(applications: number): Promise<TenantId> {
    const tenant = await world.database.newTenant();
    for (let at = 0; at < applications; at += 1) {
      const added = await addApplication(world.deps, callerOf(tenant), {
        key: `app${at}`, name: `app${at}`, connector: "fake", configuration: { system: "hr1" },
      });
      if (!added.ok) throw new Error(added.error.code);
    }
    return tenant;
  }
  const startedIn = async (tenant: TenantId) => (await world.database.door.withTenant(tenant,
    (tx) => tx.query<{ n: number }>(
      "select count(*)::int as n from application where schedules::text ~ 'STARTED'")))[0]?.n;

  test("an organisation with many applications queues two runs, another one has its turn",
    async () => {
      const large = await company(12);
      const small = await company(1);
      clock = new Date("2026-11-23T08:00:00Z");
      await world.work("schedule", runSchedules);
      expect([await startedIn(large), await startedIn(small)]).toEqual([2, 1]);
      const { rows } = await world.database.door.pool.query<{ inMs: number }>(
        `select extract(epoch from due_at - clock_timestamp()) * 1000 as "inMs"
         from joinery.application_task where tenant = $1 and kind = 'schedule'`, [large]);
      const waits = rows.map(({ inMs }) => Number(inMs)).filter((ms) => ms < 30_000);
      expect(waits).toHaveLength(10);
      expect(new Set(waits.map((ms) => Math.round(ms / 100))).size).toBeGreaterThan(3);
    });

  test("two processes share what is due, and each run begins once", async () => {
    const tenants = await Promise.all(Array.from({ length: 6 }, () => company(2)));
    clock = new Date("2026-11-23T08:00:00Z");
    const second = await Door.open({
      service: world.database.door.service, url: world.database.serviceUrl, entities: [],
    });
    const elsewhere: Deps = {
      ...world.deps, tasks: taskStore(second),
      within: (tenant, work) => second.withTenant(tenant, work),
    };
    const workers = [world.deps, elsewhere].map((deps) => new TaskWorker(deps, {
      kind: "schedule", handler: runSchedules, atOnce: 4, pollMs: 5,
    }));
    for (const worker of workers) void worker.start();
    await vi.waitFor(async () => {
      const started = await Promise.all(tenants.map(startedIn));
      expect(started).toEqual([2, 2, 2, 2, 2, 2]);
    }, { timeout: 10_000 });
    await Promise.all(workers.map((worker) => worker.stop()));
    await second.close();
    for (const tenant of tenants) {
      const runs = await world.database.door.withTenant(tenant, (tx) => tx.query(
        "select count(*)::int as n from run group by application_id"));
      expect(runs).toEqual([{ n: 1 }, { n: 1 }]);
    }
  });
});
