import { ConnectorError, type ConnectorSkip } from "@joinery/connectors";
import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Application } from "../../domain/application.js";
import { FakeSystem } from "../../testing/fake-system.js";
import { World } from "../../testing/world.js";
import { discardRun } from "../decide-run.js";
import { runImports } from "./run-import.js";

export type { ProvidedServices };

const people = 60;
const groups = 4;
type Code = ConstructorParameters<typeof ConnectorError>[1];
const stop = (code: Code, kind: "stop" | "retry" = "stop") =>
  new ConnectorError(kind, code, "as on a bad day");

/** The system as it should be. */
function fill(system: FakeSystem): void {
  system.objects.clear();
  system.members.length = 0;
  system.skips.length = 0;
  system.extra.length = 0;
  system.onRead = () => undefined;
  system.mayBeEmpty = false;
  for (let at = 0; at < people; at += 1) {
    system.put({ anchor: `p${at}`, attributes: { mail: `p${at}@example.test` }, enabled: true });
  }
  for (let at = 0; at < groups; at += 1) {
    system.put({ kind: "group", anchor: `g${at}`, attributes: {} });
    for (let of = 0; of < 5; of += 1) {
      system.members.push({ group: `g${at}`, member: `p${at * 5 + of}` });
    }
  }
}

const without = (system: FakeSystem, kind: string, from = 0) => {
  for (const { anchor } of [...system.objects.values()].filter((each) => each.kind === kind)
    .slice(from)) system.remove(anchor, kind);
};
const breakAt = (system: FakeSystem, batch: number, error: Error) => {
  system.onRead = (at) => {
    if (at === batch) throw error;
  };
};
const skip = (more: Partial<ConnectorSkip>): ConnectorSkip =>
  ({ object: "somebody", code: "ANCHOR_MISSING", reason: "it has no anchor", ...more });

interface Bad {
  readonly name: string;
  readonly happens: (system: FakeSystem) => void;
  readonly state: "failed" | "held" | "finished";
  /** Of the run, or of what it passed over. */
  readonly code: string;
}

/** TRUST G1: what a source may be instead of what it should be. */
const bad: readonly Bad[] = [
  { name: "nothing at all", state: "failed", code: "SOURCE_EMPTY",
    happens: (system) => { system.objects.clear(); system.members.length = 0; } },
  { name: "success, and nothing", state: "held", code: "GUARD_HELD",
    happens: (system) => {
      system.objects.clear();
      system.members.length = 0;
      system.mayBeEmpty = true;
    } },
  { name: "success, and nobody but one", state: "held", code: "GUARD_HELD",
    happens: (system) => without(system, "user", 1) },
  { name: "half of everybody", state: "held", code: "GUARD_HELD",
    happens: (system) => without(system, "user", people / 2) },
  { name: "a tenth less", state: "held", code: "GUARD_HELD",
    happens: (system) => without(system, "user", people * 0.9) },
  { name: "groups alone", state: "held", code: "GUARD_HELD",
    happens: (system) => without(system, "user") },
  { name: "people alone, and no members", state: "held", code: "GUARD_HELD",
    happens: (system) => { without(system, "group"); system.members.length = 0; } },
  { name: "groups without their members", state: "held", code: "GUARD_HELD",
    happens: (system) => { system.members.length = 0; } },
  { name: "a third of the members", state: "held", code: "GUARD_HELD",
    happens: (system) => { system.members.splice(7); } },
  { name: "another scope, where everybody is somebody else", state: "held", code: "GUARD_HELD",
    happens: (system) => {
      system.objects.clear();
      system.members.length = 0;
      for (let at = 0; at < people; at += 1) system.put({ anchor: `other${at}` });
    } },
  { name: "anchors in another spelling", state: "held", code: "GUARD_HELD",
    happens: (system) => {
      for (const object of [...system.objects.values()].filter(({ kind }) => kind === "user")) {
        system.remove(object.anchor);
        system.put({ ...object, anchor: object.anchor.toUpperCase() });
      }
    } },
  { name: "an end before the first page", state: "failed", code: "CONNECTOR_UNREACHABLE",
    happens: (system) => breakAt(system, 0, stop("CONNECTOR_UNREACHABLE", "retry")) },
  { name: "an end in the middle", state: "failed", code: "CONNECTOR_UNREACHABLE",
    happens: (system) => breakAt(system, 2, stop("CONNECTOR_UNREACHABLE", "retry")) },
  { name: "an end before the members", state: "failed", code: "SOURCE_INCOMPLETE",
    happens: (system) => breakAt(system, 7, stop("SOURCE_INCOMPLETE")) },
  { name: "a page to sign in on", state: "failed", code: "SOURCE_UNREADABLE",
    happens: (system) => breakAt(system, 1, stop("SOURCE_UNREADABLE")) },
  { name: "rights that were revoked meanwhile", state: "failed", code: "PERMISSION_DENIED",
    happens: (system) => breakAt(system, 3, stop("PERMISSION_DENIED")) },
  { name: "a certificate that expired", state: "failed", code: "CERTIFICATE_UNTRUSTED",
    happens: (system) => breakAt(system, 0, stop("CERTIFICATE_UNTRUSTED")) },
  { name: "no anchor column any more", state: "failed", code: "COLUMN_MISSING",
    happens: (system) => breakAt(system, 0, stop("COLUMN_MISSING")) },
  { name: "a fault of the connector itself", state: "failed", code: "INTERNAL",
    happens: (system) => breakAt(system, 2, new TypeError("not a function")) },
  { name: "rows without anchors instead of people", state: "finished", code: "ANCHOR_MISSING",
    happens: (system) => {
      without(system, "user", people - 3);
      system.skips.push(...Array.from({ length: 3 }, (_, at) => skip({ object: `row ${at}` })));
    } },
  { name: "rows that cannot be read", state: "finished", code: "VALUE_INVALID",
    happens: (system) => {
      without(system, "user", people - 3);
      for (let at = people - 3; at < people; at += 1) {
        system.skips.push(skip({ anchor: `p${at}`, code: "VALUE_INVALID" }));
      }
    } },
  { name: "everybody twice", state: "finished", code: "ANCHOR_DUPLICATE",
    happens: (system) => { system.extra.push(...system.objects.values()); } },
];

describe("a source that is", () => {
  let world: World;
  let system: FakeSystem;
  let source: Application;
  /** All that a bad source could take away. */
  const held = () => world.rows(
    `select a.kind, a.anchor, a.state, a.identity_id,
       array(select m.member from member m where m.group_account = a.id order by 1) as members
     from account a where application_id = $1 and a.state <> 'planned' order by 1, 2`, [source.id]);
  const importAll = async () => {
    const { id } = await world.startRun(source);
    await world.work("import", runImports);
    // The vault is not part of these tests: what it would answer is that it is done.
    await world.rows(
      "update run set state = 'finished' where id = $1 and state in ('inbound', 'outbound')", [id]);
    return world.run(id);
  };

  beforeAll(async () => {
    world = await World.open();
    system = new FakeSystem(["mail"], []);
    system.batchSize = 10;
    fill(system);
    source = await world.application("source", system);
    await importAll();
    // Half of the people are somebody's, as in the middle of an onboarding.
    await world.rows("update account set identity_id = gen_random_uuid() where number % 2 = 0");
  });
  afterAll(async () => world.close());

  test.each(bad)("$name takes nothing away: $code", async ({ happens, state, code }) => {
    const before = await held();
    expect(before).toHaveLength(people + groups);
    happens(system);
    const run = await importAll();
    expect([run.state, run.code ?? ""]).toEqual(
      [state, state === "finished" ? "" : code]);
    if (state === "finished") expect(Object.keys(run.errors)).toEqual([code]);
    else expect(run.reason).toBeTruthy();
    expect(await held()).toEqual(before);
    expect(await world.rows("select from item")).toEqual([]);
    if (state === "held") await discardRun(world.deps, world.by, { id: run.id });
    fill(system);
    expect((await importAll()).counts).toMatchObject({ new: 0, changed: 0, gone: 0 });
    expect(await held()).toEqual(before);
  });

  test("without any group, where nobody was in one, loses none of them", async () => {
    for (const from of [groups, 1]) {
      fill(system);
      system.members.length = 0;
      const empty = await world.application(`empty${from}`, system);
      const importIt = async () => {
        const { id } = await world.startRun(empty);
        await world.work("import", runImports);
        await world.rows("update run set state = 'finished' where state = 'inbound'");
        return world.run(id);
      };
      without(system, "group", from);
      await importIt();
      without(system, "group");
      expect(await importIt()).toMatchObject({ state: "held", code: "GUARD_HELD" });
    }
  });

  test("there are fifteen of them and more", () => {
    expect(new Set(bad.map(({ name }) => name)).size).toBeGreaterThanOrEqual(15);
  });
});
