import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Company } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { beginScheduled } from "../scheduling/begin-scheduled.js";
import { startRun } from "../start-run.js";
import { updateApplication } from "../update-application.js";

export type { ProvidedServices };

let world: World;
let company: Company;

beforeAll(async () => {
  world = await World.open();
  company = await Company.open(world);
});
afterAll(async () => world.close());

const choose = (ways: { readonly imports?: boolean; readonly provisions?: boolean }) =>
  updateApplication(world.deps, world.by, { id: company.directory.id, ...ways });
/** What becomes of a schedule of the directory that is due. */
const scheduled = (direction: "import" | "outbound") => world.tx(async (tx) => {
  const application = await world.deps.applications.lock(tx, company.directory.id);
  const all = await world.deps.schedules.ofApplications(tx, [company.directory.id]);
  const schedule = all.find((each) => each.direction === direction);
  if (application === null || schedule === undefined) throw new Error("no such schedule");
  const begun = await beginScheduled(world.deps, tx, application, schedule, world.now);
  if ("runId" in begun && begun.outcome === "STARTED" && begun.runId !== null) {
    await world.deps.runs.remove(tx, begun.runId);
  }
  return "outcome" in begun ? begun.outcome : begun.inMs;
});
const made = () => [...company.system.objects.values()].filter(({ name }) => name === "ann").length;

test("what is not chosen to be written to gets no items, and says why", async () => {
  expect(await choose({ provisions: false })).toMatchObject({
    value: { application: { imports: true, provisions: false } } });
  await company.tell({ ann: {} });
  const run = await company.run();
  expect(await company.items()).toEqual([]);
  expect(run.counts).toMatchObject({ "unavailable.directory.PROVISIONING_OFF": 1 });
  expect([await scheduled("import"), await scheduled("outbound")])
    .toEqual(["STARTED", "PROVISIONING_OFF"]);
});

test("what is not chosen to be read is refused a run, and cannot be written to", async () => {
  expect(await choose({ imports: false })).toMatchObject({
    value: { application: { imports: false, provisions: false } } });
  expect(await startRun(world.deps, world.by, { applicationId: company.directory.id }))
    .toMatchObject({ error: { code: "IMPORT_OFF" } });
  expect([await scheduled("import"), await scheduled("outbound")])
    .toEqual(["IMPORT_OFF", "PROVISIONING_OFF"]);
  expect(await choose({ imports: false, provisions: true })).toMatchObject({
    error: { code: "APPLICATION_INVALID", problems: [{ setting: "imports" }] } });
});

test("choosing that it is written to turns its import on, which comes first", async () => {
  await world.rows("update application set first_import_at = null where key = 'directory'");
  expect(await choose({ provisions: true })).toMatchObject({
    value: { application: { imports: true, provisions: true } } });
  const run = await company.run();
  await company.export();
  expect(run.counts).toMatchObject({ "unavailable.directory.FIRST_IMPORT_MISSING": 1 });
  expect(made()).toBe(0);
  await company.import(company.directory);
  await company.export();
  expect(made()).toBe(1);
  expect(await choose({ imports: false })).toMatchObject({
    error: { code: "APPLICATION_INVALID" } });
});

test("whoever became due while it was not written to is written once it is", async () => {
  await choose({ provisions: false });
  await company.tell({ ben: {} });
  await company.run();
  expect(await company.items()).toHaveLength(1);
  await choose({ provisions: true });
  await company.run();
  await company.export();
  expect([...company.system.objects.values()].map(({ name }) => name)).toContain("ben");
});
