import { allPoints, setPointHandler } from "@joinery/events";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company, idOf } from "../testing/company.js";
import { FakeSystem } from "../testing/fake-system.js";
import { World } from "../testing/world.js";
import { runExports } from "./exports/run-export.js";
import { releaseRun } from "./decide-run.js";
import { runImports } from "./imports/run-import.js";
import { runOutbound } from "./outbound/run-outbound.js";

export type { ProvidedServices };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  setPointHandler(undefined);
  await world.close();
});

/** As a connection that is gone: nothing is concluded from it, as nothing is after a kill. */
class Killed extends Error {
  readonly code = "ECONNRESET";
}

/** The process dies at the nth passing of a point. Answers how often it died. */
function dieAt(point: string, nth = 1): () => number {
  let passes = 0;
  let deaths = 0;
  setPointHandler((name) => {
    if (name !== point) return;
    passes += 1;
    if (passes !== nth) return;
    deaths += 1;
    throw new Killed(point);
  });
  return () => deaths;
}

/** Goes on after each death, as the next worker does. */
async function survive(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

/** Where the events of a wave stand in it: each place once, in whatever order they were sealed. */
function places(told: readonly { readonly envelope: { readonly wave?: { batch: number } } }[]) {
  return told.map((each) => each.envelope.wave?.batch ?? -1).sort((a, b) => a - b);
}

const restatePoints = ["import.restate.before", "import.restate.after"];
const importPoints = ["import.begin.after", "import.seal.after", "import.release.after",
  "import.apply.before", "import.apply.after", "import.finish.before", "import.finish.after"];

describe("an import that dies", () => {
  const passes = importPoints.flatMap((point) =>
    point.includes("apply") ? [[point, 1], [point, 2]] as const : [[point, 1]] as const);

  test.each(passes)("at %s (pass %i) goes on and tells of each once", async (point, nth) => {
    const system = new FakeSystem(["name"], ["cn"]);
    for (let at = 0; at < 9_000; at += 1) {
      system.put({ anchor: `e${at}`, attributes: { name: `${at}` } });
    }
    system.put({ kind: "group", anchor: "g", attributes: { cn: "g" } });
    system.members.push({ group: "g", member: "e1" }, { group: "g", member: "e2" });
    system.batchSize = 2_000;
    const hr = await world.application("hr", system);
    const { id } = await world.startRun(hr);
    const deaths = dieAt(point, nth);
    await survive(() => world.work("import", runImports));
    expect(deaths()).toBe(1);
    expect(await world.run(id)).toMatchObject({ state: "inbound" });
    expect(await world.rows("select count(*)::int as n, max(revision)::int as r from account"))
      .toEqual([{ n: 9_001, r: 1 }]);
    expect(await world.rows("select count(*)::int as n from member")).toEqual([{ n: 2 }]);
    expect(await world.rows("select count(*)::int as n from stage")).toEqual([{ n: 0 }]);
    const told = (await world.told()).filter((each) => each.envelope.wave !== undefined);
    const accounts = told.flatMap((each) =>
      (each.payload["accounts"] ?? []) as unknown as { id: string }[]);
    expect(new Set(accounts.map((each) => each.id)).size).toBe(9_001);
    expect(accounts).toHaveLength(9_001);
    const manifest = told.find((each) => each.envelope.wave?.manifest === true);
    expect(manifest?.payload["batches"]).toBe(told.length - 1);
    expect(places(told)).toEqual(told.map((_, at) => at));
  });

  const told = restatePoints.flatMap((point) => [[point, 1], [point, 2], [point, 3]] as const);
  test.each(told)("at %s (pass %i) of telling all anew tells of each once", async (point, nth) => {
    const system = new FakeSystem(["name"]);
    for (let at = 0; at < 1_500; at += 1) system.put({ anchor: `e${at}` });
    const hr = await world.application("hr", system);
    await world.startRun(hr);
    await world.work("import", runImports);
    await world.rows("update run set state = 'finished'");
    const before = (await world.told()).length;
    await world.startRun(hr);
    await world.rows("update run set reads = 'nothing' where state = 'queued'");
    const deaths = dieAt(point, nth);
    await survive(() => world.work("import", runImports));
    expect(deaths()).toBe(1);
    const wave = (await world.told()).slice(before).filter(({ envelope }) => envelope.wave);
    const accounts = wave.flatMap((each) =>
      (each.payload["accounts"] ?? []) as unknown as { id: string }[]);
    expect(new Set(accounts.map((each) => each.id)).size).toBe(1_500);
    expect(accounts).toHaveLength(1_500);
    expect(places(wave)).toEqual(wave.map((_, at) => at));
    expect(wave.at(-1)?.payload["batches"]).toBe(wave.length - 1);
  });

  test.each(["import.apply.before", "import.apply.after", "import.finish.before"])(
    "at %s after a person let it through is not held again", async (point) => {
      const system = new FakeSystem(["name"]);
      const name = "a";
      for (let at = 0; at < 100; at += 1) system.put({ anchor: `e${at}`, attributes: { name } });
      const hr = await world.application("hr", system, { authoritativeFor: ["user"] });
      await world.startRun(hr);
      await world.work("import", runImports);
      await world.rows("update run set state = 'finished'");
      for (let at = 0; at < 60; at += 1) system.remove(`e${at}`);
      for (let at = 100; at < 2_000; at += 1) system.put({ anchor: `e${at}` });
      system.put({ anchor: "e70", attributes: { name: "b" } });
      const { id } = await world.startRun(hr);
      await world.work("import", runImports);
      expect(await world.run(id)).toMatchObject({ state: "held" });
      expect((await releaseRun(world.deps, world.by, { id })).ok).toBe(true);
      const deaths = dieAt(point);
      await survive(() => world.work("import", runImports));
      expect(deaths()).toBe(1);
      expect(await world.run(id)).toMatchObject({ state: "inbound" });
    },
  );

  test("when the database lost its working rows reads again, and the wave goes on", async () => {
    const system = new FakeSystem(["name"]);
    for (let at = 0; at < 9_000; at += 1) {
      system.put({ anchor: `e${at}`, attributes: { name: `${at}` } });
    }
    const hr = await world.application("hr", system);
    const { id } = await world.startRun(hr);
    dieAt("import.apply.after");
    await expect(world.work("import", runImports)).rejects.toThrow(Killed);
    const [applied] = await world.rows<{ n: number }>("select count(*)::int as n from account");
    expect(applied!.n).toBeGreaterThan(0);
    await world.rows("delete from stage");
    await world.rows("delete from stage_event");
    await world.work("import", runImports);
    expect(await world.rows("select count(*)::int as n, max(revision)::int as r from account"))
      .toEqual([{ n: 9_000, r: 1 }]);
    const told = (await world.told()).filter((each) => each.envelope.wave !== undefined);
    expect(places(told)).toEqual(told.map((_, at) => at));
    expect(told.at(-1)?.payload).toMatchObject({ runId: id, batches: told.length - 1 });
  });
});

const laterPoints = ["outbound.begin.after", "outbound.compute.after", "outbound.seal.after",
  "outbound.finish.before", "outbound.finish.after", "export.take.after", "export.write.before",
  "export.write.after", "export.settle.after", "export.finish.before", "export.finish.after"];

describe("a plan on its way that dies", () => {
  test.each(laterPoints)("at %s goes on, and everybody has one account", async (point) => {
    const company = await Company.open(world);
    company.system.writeBatchMax = 3;
    const names = Array.from({ length: 8 }, (_, at) => `p${at}`);
    await company.tell(Object.fromEntries(names.map((name, at) =>
      [name, { title: `T${at}`, manager: `p${(at + 3) % 8}` }])));
    await company.tellGroups("team");
    for (const name of names) await company.membership("team", name);
    const deaths = dieAt(point);
    const { id } = await world.startRun(company.hr);
    company.hrSystem.put({ anchor: "one", attributes: {} });
    await survive(async () => {
      await world.work("import", runImports);
      const run = await world.run(id);
      if (run.state === "inbound") await company.inboundDone(id);
      await world.work("outbound", runOutbound);
      await world.work("export", runExports);
    });
    await survive(() => world.work("outbound", runOutbound));
    await survive(() => world.work("export", runExports));
    expect(deaths()).toBe(1);
    expect(await world.run(id)).toMatchObject({ state: "finished" });
    for (const [at, name] of names.entries()) {
      const made = [...company.system.objects.values()].filter((each) => each.name === name);
      expect(made).toHaveLength(1);
      expect(made[0]?.attributes).toMatchObject({ title: `T${at}`, manager: `p${(at + 3) % 8}` });
    }
    expect([...new Set(company.system.members.map(({ member }) => member))].sort()).toEqual(names);
    expect(await world.rows(
      `select count(*)::int as n from account where application_id = $1 and state = 'present'
         and identity_id = any($2)`, [company.directory.id, names.map(idOf)])).toEqual([{ n: 8 }]);
    expect(await world.rows("select state, count(*)::int as n from item group by 1"))
      .toEqual([{ state: "done", n: expect.any(Number) }]);
  });
});

test.each(["outbound.compute.after", "outbound.seal.after", "outbound.finish.before"])(
  "what a run planned that failed at %s is done by the next one", async (point) => {
    const company = await Company.open(world);
    await company.hire("ann");
    await company.tell({ ann: { title: "first" } });
    setPointHandler((name) => {
      if (name === point) throw new Error("a mistake of ours");
    });
    const failed = await company.import(company.hr);
    expect(failed).toMatchObject({ state: "failed" });
    setPointHandler(undefined);
    const { id } = await company.run();
    await company.export();
    expect(await world.run(id)).toMatchObject({ state: "finished" });
    const ann = [...company.system.objects.values()].filter(({ name }) => name === "ann");
    expect(ann.map(({ attributes }) => attributes["title"])).toEqual(["first"]);
    expect(await world.rows("select from item where state in ('open', 'waiting')")).toEqual([]);
  },
);

test("every point of this service is one that these tests die at", () => {
  const ours = allPoints().filter((name) => /^(import|outbound|export)\./.test(name));
  expect(ours).toEqual([...importPoints, ...restatePoints, ...laterPoints].sort());
});
