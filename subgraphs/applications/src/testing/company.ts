import { canonicalJson, ruleSetHash, type RuleSet } from "@joinery/engine";
import type { IdentityChange } from "@joinery/events";
import { uuidv5 } from "@joinery/kit";
import { runExports } from "../app/exports/run-export.js";
import { runImports } from "../app/imports/run-import.js";
import { runOutbound } from "../app/outbound/run-outbound.js";
import type { Application } from "../domain/application.js";
import type { Run } from "../domain/run.js";
import { applicationsHandlers } from "../events/handlers.js";
import { FakeSystem } from "./fake-system.js";
import { TestLane } from "./test-lane.js";
import type { World } from "./world.js";

export const idOf = (name: string): string => uuidv5("company", name);

/** People and groups of HR go to a directory: manager references, groups with members. */
export const companyRules: RuleSet = {
  format: 1,
  schema: {
    user: [
      { name: "number", type: "string" },
      { name: "name", type: "string" },
      { name: "title", type: "string" },
      { name: "status", type: "string" },
      { name: "manager", type: "reference" },
    ],
    group: [{ name: "name", type: "string" }],
  },
  applications: {
    directory: {
      user: {
        outbound: {
          provision: { id: "people", when: "identity.number != null" },
          enabled: { id: "active", when: "identity.status != 'left'" },
          otherwise: "delete",
          mappers: [
            { id: "cn", kind: "direct", from: "number", to: "cn" },
            { id: "display", kind: "direct", from: "name", to: "displayName" },
            { id: "title", kind: "direct", from: "title", to: "title" },
            { id: "manager", kind: "reference", from: "manager", to: "manager" },
          ],
        },
      },
      group: {
        outbound: {
          provision: { id: "groups", when: "true" },
          otherwise: "delete",
          memberships: "own",
          mappers: [{ id: "group-cn", kind: "direct", from: "name", to: "cn" }],
        },
      },
    },
  },
};

/** Joined accounts that nothing ever happens to: a population for the guard. */
export const bystanders = 60;

export interface Person {
  readonly title?: string;
  readonly status?: string;
  readonly manager?: string;
  readonly revision?: number;
  readonly gone?: boolean;
  readonly number?: string | null;
}

/** HR, a directory, a rule set, and a vault that says what a test wants it to say. */
export class Company {
  readonly world: World;
  readonly hr: Application;
  readonly directory: Application;
  readonly hrSystem: FakeSystem;
  readonly system: FakeSystem;
  readonly lane: TestLane;
  readonly #revisions = new Map<string, number>();

  private constructor(
    world: World, hr: Application, directory: Application, hrSystem: FakeSystem, system: FakeSystem,
  ) {
    this.world = world;
    this.hr = hr;
    this.directory = directory;
    this.hrSystem = hrSystem;
    this.system = system;
    this.lane = new TestLane(world, applicationsHandlers(world.deps));
  }

  static async open(world: World, rules: RuleSet = companyRules): Promise<Company> {
    const hrSystem = new FakeSystem(["name"]);
    const naming = { name: "cn", type: "string" as const, caseIgnore: true, naming: true };
    const system = new FakeSystem([
      naming, "displayName", "title", { name: "manager", type: "reference" },
    ]);
    system.schema.group = [naming];
    const hr = await world.application("hr", hrSystem, { authoritativeFor: ["user"] });
    const directory = await world.application("directory", system, {
      limits: { update: { least: 1_000 } },
    });
    const company = new Company(world, hr, directory, hrSystem, system);
    await company.publish(rules);
    system.put({ anchor: "admin", name: "admin", attributes: { cn: "admin" } });
    for (let at = 0; at < bystanders; at += 1) {
      system.put({ anchor: `x${at}`, name: `x${at}`, attributes: { cn: `x${at}` } });
    }
    await company.import(directory);
    await world.rows(
      `update account set identity_id = gen_random_uuid(), join_revision = 1
       where application_id = $1 and name like 'x%'`, [directory.id]);
    // From here on nothing is anybody's first.
    await company.run();
    return company;
  }

  async publish(rules: RuleSet, version = 1): Promise<void> {
    const hash = ruleSetHash(rules);
    await this.lane.tell("rules.bundle.published",
      { hash, version, chunk: 0, chunks: 1, data: canonicalJson(rules) });
    await this.lane.tell("rules.bundle.activated", { hash, version });
  }

  /** Imports an application and lets the vault say that it is done. */
  async import(application: Application): Promise<Run> {
    const { id } = await this.world.startRun(application);
    await this.world.work("import", runImports);
    await this.inboundDone(id);
    return this.world.run(id);
  }

  async inboundDone(runId: string): Promise<void> {
    const run = await this.world.run(runId);
    if (run.state === "inbound") {
      await this.lane.tell("vault.inbound.changed", {
        runId, waveId: idOf(`wave ${runId}`), applicationId: run.applicationId, state: "finished",
        bundle: run.bundle, batches: 0, identities: 0, digest: "", counts: {}, breaches: [],
      });
    }
    await this.plan();
  }

  plan(): Promise<number> {
    return this.world.work("outbound", runOutbound);
  }

  export(): Promise<number> {
    return this.world.work("export", runExports);
  }

  /** HR's account of somebody, as inbound references name it; no import has a say in it. */
  async hire(name: string): Promise<string> {
    const id = idOf(`hr ${name}`);
    await this.world.rows(
      `insert into account (id, application_id, kind, anchor, name, name_key, attributes, revision,
         state, identity_id, join_revision, written_at)
       values ($1, $2, 'user', $3, $3, $3, '{}', 1, 'present', $4, 1, 'infinity')
       on conflict do nothing`,
      [id, this.hr.id, name, idOf(name)]);
    return id;
  }

  /** The vault tells of people, each with whatever accounts it is joined to here. */
  async tell(people: Readonly<Record<string, Person>>): Promise<void> {
    const identities: IdentityChange[] = [];
    for (const [name, person] of Object.entries(people)) {
      await this.hire(name);
      const number = person.number === undefined ? name : person.number;
      identities.push(await this.identity(name, "user", {
        name: `Name of ${name}`,
        ...(number === null ? {} : { number }),
        ...(person.title === undefined ? {} : { title: person.title }),
        ...(person.status === undefined ? {} : { status: person.status }),
        ...(person.manager === undefined ? {} : { manager: { ref: idOf(`hr ${person.manager}`) } }),
      }, person.gone));
    }
    await this.#send(identities);
  }

  async tellGroups(...names: string[]): Promise<void> {
    const identities = await Promise.all(
      names.map((name) => this.identity(name, "group", { name })));
    await this.#send(identities);
  }

  async membership(group: string, member: string, present = true): Promise<void> {
    await this.lane.tell("vault.membership.changed", {
      runId: idOf("no run"),
      memberships: [{ groupId: idOf(group), memberId: idOf(member), present, because: ["rule"] }],
    });
  }

  async identity(
    name: string, kind: "user" | "group", attributes: IdentityChange["attributes"], gone = false,
  ): Promise<IdentityChange> {
    const id = idOf(name);
    const revision = (this.#revisions.get(name) ?? 0) + 1;
    this.#revisions.set(name, revision);
    const accounts = await this.world.rows<{ accountId: string; applicationId: string }>(
      `select id as "accountId", application_id as "applicationId" from account
       where identity_id = $1 and state = 'present'`, [id]);
    return {
      id, kind, label: name, attributes, classification: 0, revision,
      state: gone ? "gone" : "active",
      accounts: accounts.map((each) => ({ ...each, joinKind: "primary" })), before: null,
      because: [],
    };
  }

  async #send(identities: IdentityChange[]): Promise<void> {
    await this.lane.tell("vault.identity.changed",
      { runId: idOf("no run"), applicationId: this.hr.id, identities });
  }

  /** A run of HR that reads nothing new and plans for whoever is due. */
  async run(): Promise<Run> {
    if (this.hrSystem.objects.size === 0) this.hrSystem.put({ anchor: "one", attributes: {} });
    const { id } = await this.import(this.hr);
    return this.world.run(id);
  }

  items(runId?: string): Promise<Record<string, unknown>[]> {
    return this.world.rows(
      `select operation, state, before, after, because, classes, code, account_id, waits_for
       from item where $1::uuid is null or run_id = $1 order by id`, [runId ?? null]);
  }
}
