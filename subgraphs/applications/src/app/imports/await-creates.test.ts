import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Company } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { runImports } from "./run-import.js";

export type { ProvidedServices };

let world: World;
let company: Company;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
});
afterEach(async () => {
  await world.close();
});

/** The system calls what it makes otherwise than it was planned, as directories do. */
function makesUnderOtherNames(): void {
  company.system.onWrite = (write) => {
    if (write.operation !== "create") return undefined;
    const cn = String(write.attributes["cn"]);
    const object = {
      kind: write.kind, anchor: `anchor of ${cn}`, name: `CN=${cn},OU=People`,
      attributes: write.attributes,
    };
    company.system.put(object);
    return { id: write.id, ok: true, object };
  };
}

describe("an import that reads what an export is making", () => {
  test("waits for the answers, and takes nobody for a stranger", async () => {
    await company.tell({ ann: {}, bob: {}, cid: {} });
    const exported = await company.run();
    makesUnderOtherNames();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    company.system.onAnswer = () => answered;
    const exporting = company.export();
    await vi.waitFor(() =>
      expect(company.system.objects.has("user anchor of cid")).toBe(true), { timeout: 5_000 });
    const { id } = await world.startRun(company.directory);
    const importing = world.work("import", runImports);
    await vi.waitFor(async () =>
      expect((await world.run(id)).readStartedAt).not.toBeNull(), { timeout: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await world.run(id)).state).toBe("importing");
    answer();
    await exporting;
    await importing;
    await company.inboundDone(id);
    expect(await world.run(id)).toMatchObject({ state: "finished", counts: { new: 0, gone: 0 } });
    expect(await world.run(exported.id)).toMatchObject({
      state: "finished", errors: {}, counts: { itemsDone: 3 },
    });
    const accounts = await world.rows<{ name: string; state: string; isJoined: boolean }>(
      `select name, state, identity_id is not null as "isJoined" from account
       where application_id = $1 and anchor like 'anchor of%' order by name`,
      [company.directory.id]);
    expect(accounts).toEqual(["ann", "bob", "cid"].map((cn) =>
      ({ name: `CN=${cn},OU=People`, state: "present", isJoined: true })));
  });

  test("does not wait for ever for an answer that nobody will give", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      await world.rows(
        `insert into wave (id, run_id, process, application_id, state)
         select gen_random_uuid(), id, 'export', application_id, 'released' from run
         where application_id = $1 limit 1`, [company.directory.id]);
      await world.rows("update application set in_flight = '{4711}' where id = $1",
        [company.directory.id]);
      const { id } = await world.startRun(company.directory);
      const importing = world.work("import", runImports);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await world.run(id)).state).toBe("importing");
      vi.advanceTimersByTime(16_000);
      await importing;
      expect((await world.run(id)).state).not.toBe("importing");
    } finally {
      vi.useRealTimers();
    }
  });
});
