import type { WriteResult } from "@joinery/connectors";
import type { RuleSet } from "@joinery/engine";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { namesMax } from "../../domain/next-name.js";
import { Company, companyRules, idOf } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { updateApplication } from "../update-application.js";

export type { ProvidedServices };

let world: World;
let company: Company;

/** Whose name is taken is called by a number: ann, ann2, ann3. */
const numbered: RuleSet = {
  ...companyRules,
  applications: {
    ...companyRules.applications,
    directory: withNumbers(companyRules.applications["directory"]),
  },
};

function withNumbers(rules: RuleSet["applications"][string] | undefined) {
  const outbound = rules?.user?.outbound;
  if (outbound === undefined) throw new Error("people are written to the directory");
  const expression = 'identity.number + (number > 1 ? string(number) : "")';
  const mappers = outbound.mappers.map((mapper) => (mapper.to === "cn"
    ? { id: mapper.id, to: "cn", kind: "expression" as const, expression } : mapper));
  return { ...rules, user: { ...rules?.user, outbound: { ...outbound, mappers } } };
}

beforeAll(async () => {
  world = await World.open();
  company = await Company.open(world, numbered);
  const least = { least: 1_000, halfPercent: 100 };
  await updateApplication(world.deps, world.by, {
    id: company.directory.id, limits: { create: least, update: least, rename: least },
  });
});
afterAll(async () => world.close());
beforeEach(() => { company.system.onWrite = () => undefined; });

const refused = (id: string, code: "VALUE_TAKEN" | "OBJECT_EXISTS"): WriteResult =>
  ({ id, ok: false, kind: "skip", code, reason: "somebody has it" });

/** The system holds these names for objects that nobody may see. */
function hold(code: "VALUE_TAKEN" | "OBJECT_EXISTS", ...names: readonly string[]): void {
  company.system.onWrite = (write) => {
    const cn = write.operation === "create" ? write.attributes["cn"]
      : write.operation === "update" ? write.changes["cn"]?.after : undefined;
    return typeof cn === "string" && names.includes(cn) ? refused(write.id, code) : undefined;
  };
}

/** Plans and writes, as the schedules do. */
async function round(): Promise<void> {
  await company.run();
  await company.export();
}

/** Items that write a name which begins so, in their order. */
const tried = (name: string) => world.rows<{ name: string; state: string; code: string | null }>(
  `select after ->> 'cn' as name, state, code from item where after ->> 'cn' like $1 || '%'
   order by id`, [name]);
const named = (...names: readonly string[]) => [...company.system.objects.values()]
  .filter(({ name }) => names.some((each) => name.startsWith(each))).map(({ name }) => name).sort();

test.each([["ann", "VALUE_TAKEN"], ["bea", "OBJECT_EXISTS"]] as const)(
  "a create of %s that is refused with %s is tried by the next name, each attempt with its reason",
  async (who, code) => {
    hold(code, who, `${who}2`);
    await company.tell({ [who]: {} });
    for (let at = 0; at < 3; at += 1) await round();
    expect(await tried(who)).toEqual([
      { name: who, state: "failed", code }, { name: `${who}2`, state: "failed", code },
      { name: `${who}3`, state: "done", code: null },
    ]);
    expect(named(who)).toEqual([`${who}3`]);
    const reasons = await world.rows<{ reason: string }>(
      "select reason from item where state = 'failed'");
    expect(reasons[0]?.reason).toBe("somebody has it; it is planned again by its next name");
    expect(await world.rows("select identity_id from account where name = $1", [`${who}3`]))
      .toEqual([{ identity_id: idOf(who) }]);
  });

test("an account that stood there before is left alone, and the person is called otherwise",
  async () => {
    await company.tell({ cid: {} });
    const run = await company.run();
    company.system.put({ anchor: "stranger", name: "cid", attributes: { cn: "cid" } });
    await company.export();
    expect((await world.run(run.id)).errors["OBJECT_EXISTS"]?.count).toBe(1);
    await round();
    expect(named("cid")).toEqual(["cid", "cid2"]);
  });

test("the name that was given stays, though the first one is free again", async () => {
  hold("VALUE_TAKEN", "dan");
  await company.tell({ dan: {} });
  await round();
  await round();
  hold("VALUE_TAKEN");
  await company.tell({ dan: { title: "Boss" } });
  await round();
  await round();
  expect(named("dan")).toEqual(["dan2"]);
  expect([...company.system.objects.values()].find(({ name }) => name === "dan2")?.attributes)
    .toMatchObject({ title: "Boss", cn: "dan2" });
});

test("a rename that is refused is tried by the next name, and numbers begin anew", async () => {
  hold("VALUE_TAKEN", "eve", "fay");
  await company.tell({ eve: {} });
  await round();
  await round();
  expect(named("eve", "fay", "gus")).toEqual(["eve2"]);
  await company.tell({ eve: { number: "fay" } });
  await round();
  await round();
  expect(named("eve", "fay", "gus")).toEqual(["fay2"]);
  await company.tell({ eve: { number: "gus" } });
  await round();
  expect(named("eve", "fay", "gus")).toEqual(["gus"]);
});

test("a create that may have been made is not tried under another name", async () => {
  await company.tell({ hal: {} });
  await company.run();
  await world.rows("update item set attempts = 1 where after ->> 'cn' = 'hal'");
  hold("VALUE_TAKEN", "hal");
  await company.export();
  await round();
  expect((await tried("hal")).map(({ name }) => name)).not.toContain("hal2");
});

test("so many names are tried and no more, and it is told", async () => {
  hold("VALUE_TAKEN", "ian", `ian${namesMax}`);
  await company.tell({ ian: {} });
  await round();
  await world.rows(
    `update item set names = jsonb_set(names::jsonb, '{number}', $1::jsonb)::json
     where after ->> 'cn' = 'ian'`, [String(namesMax - 1)]);
  for (let at = 0; at < 3; at += 1) await round();
  expect((await tried("ian")).map(({ name }) => name)).toEqual(["ian", `ian${namesMax}`]);
  await company.tell({ ian: { title: "Boss" } });
  const run = await company.run();
  expect(run.errors["VALUE_INVALID"]?.samples[0]?.reason).toContain(`refused ${namesMax} names`);
});

test("where no rule reads the number a name that is taken is the end, as before", async () => {
  await company.publish(companyRules, 2);
  hold("VALUE_TAKEN", "joe");
  await company.tell({ joe: {} });
  await round();
  await round();
  expect((await tried("joe"))[0]).toEqual({ name: "joe", state: "failed", code: "VALUE_TAKEN" });
  expect(named("joe")).toEqual([]);
});
