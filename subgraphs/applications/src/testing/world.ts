import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectorKinds, type Connector, type ConnectorKind } from "@joinery/connectors";
import {
  openEvent, allContracts, type Envelope, type EventContract,
} from "@joinery/events";
import {
  InternalClient, InternalTokens, silentLog, type Log, type ServiceRuntime, type TenantId,
  type TenantTransaction,
} from "@joinery/kit";
import { openServiceDatabase, type ServiceDatabase } from "@joinery/kit/testing";
import type { ProvidedServices } from "@joinery/kit/services";
import { generateKeyPairSync } from "node:crypto";
import { afterAll, inject } from "vitest";
import { addApplication, type AddApplicationInput } from "../app/add-application.js";
import type { Caller, Deps, Task, TaskKind } from "../app/ports.js";
import { startRun } from "../app/start-run.js";
import type { TaskHandler } from "../app/task-worker.js";
import type { Application } from "../domain/application.js";
import type { Run } from "../domain/run.js";
import { applicationsModule, toDeps } from "../module.js";
import { callerOf } from "./caller.js";
import { fakeKind, type FakeSystem } from "./fake-system.js";

export interface Told {
  readonly envelope: Envelope;
  // The test knows which event it looks at.
  readonly payload: Record<string, never>;
}

/** One for all worlds of a test file, each an organisation: to make one costs more than a test. */
let shared: Promise<ServiceDatabase> | undefined;
afterAll(async () => (await shared)?.close());

/** The service on a database of its own; work is done step by step, when the test says so. */
export class World {
  readonly deps: Deps;
  readonly database: ServiceDatabase;
  readonly systems: Map<string, FakeSystem>;
  /** Connectors of the kind `given`, by the setting `system`. */
  readonly connectors = new Map<string, Connector>();
  readonly tenant: TenantId;
  readonly folder: string;
  /** First passwords that were made, by account, and what became of them. */
  readonly passwords = new Map<string, "made" | "set" | "unused">();
  /** Applications that the vault says are due. */
  due: readonly string[] = [];
  now = new Date("2026-11-21T08:00:00Z");
  readonly #internal: InternalClient;

  private constructor(
    database: ServiceDatabase, tenant: TenantId, folder: string, systems: Map<string, FakeSystem>,
    log: Log,
  ) {
    this.database = database;
    this.tenant = tenant;
    this.folder = folder;
    this.systems = systems;
    const tokens = new InternalTokens(generateKeyPairSync("ed25519").privateKey);
    this.#internal = new InternalClient("applications", tokens, {});
    this.#internal.host("crypto", {
      openSecret: async ({ name }: { name: string }) => ({ plain: `plain ${name}` }),
      makeInitialPasswords: async ({ accountIds }: { accountIds: string[] }) => {
        for (const id of accountIds) this.passwords.set(id, "made");
        return { plain: Object.fromEntries(accountIds.map((id) => [id, `first of ${id}`])) };
      },
      settleInitialPasswords: async ({ set, unused }: { set: string[]; unused: string[] }) => {
        for (const id of set) this.passwords.set(id, "set");
        for (const id of unused) this.passwords.set(id, "unused");
        return null;
      },
    });
    this.#internal.host("vault", { applicationsDue: () => Promise.resolve(this.due) });
    const runtime: ServiceRuntime = {
      service: "applications", door: database.door, ownerUrl: database.ownerUrl,
      internal: this.#internal, keys: database.keys, log, clock: () => this.now,
      filesRoot: folder, environment: { JOINERY_CONNECTOR_NETWORKS: "127.0.0.0/8" },
    };
    const kinds = new Map([
      ...connectorKinds,
      ["fake", fakeKind(systems)] as const,
      ["given", givenKind(this.connectors)] as const,
    ]);
    this.deps = toDeps(runtime, kinds);
  }

  static async open(log: Log = silentLog): Promise<World> {
    const url: ProvidedServices["postgresUrl"] = inject("postgresUrl");
    const name = `apps${randomBytes(4).toString("hex")}` as "applications";
    shared ??= openServiceDatabase(url, { ...applicationsModule, name });
    const database = await shared;
    const folder = await mkdtemp(join(tmpdir(), "joinery-applications-"));
    return new World(database, await database.newTenant(), folder, new Map(), log);
  }

  get by(): Caller {
    return callerOf(this.tenant);
  }

  tx<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return this.database.door.withTenant(this.tenant, work);
  }

  rows<Row extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.tx((tx) => tx.query<Row>(text, values));
  }

  async application(
    key: string, system: FakeSystem, more: Partial<AddApplicationInput> = {},
  ): Promise<Application> {
    this.systems.set(key, system);
    const added = await addApplication(this.deps, this.by, {
      key, name: key, connector: "fake", configuration: { system: key }, ...more,
    });
    if (!added.ok) throw new Error(added.error.code);
    return added.value.application;
  }

  /** An application with a connector of the test's own. */
  async connected(
    key: string, connector: Connector, more: Partial<AddApplicationInput> = {},
  ): Promise<Application> {
    this.connectors.set(key, connector);
    const added = await addApplication(this.deps, this.by, {
      key, name: key, connector: "given", configuration: { system: key }, ...more,
    });
    if (!added.ok) throw new Error(added.error.code);
    return added.value.application;
  }

  /** Does every due piece of work of a kind, as a worker does. Throws what it throws. */
  async work(
    kind: TaskKind, handler: TaskHandler, signal: AbortSignal = new AbortController().signal,
  ): Promise<number> {
    let done = 0;
    for (;;) {
      const tasks = await this.deps.tasks.claim(kind, 1, 60_000);
      const [task] = tasks;
      if (task === undefined) return done;
      done += 1;
      await this.doTask(task, handler, signal);
    }
  }

  async doTask(task: Task, handler: TaskHandler, signal: AbortSignal): Promise<void> {
    try {
      await this.deps.tasks.finish(task, await handler(this.deps, task, signal));
    } catch (error) {
      await this.deps.tasks.finish(task, 0);
      throw error;
    }
  }

  async startRun(application: Application, changesOnly = false): Promise<Run> {
    const wanted = { applicationId: application.id, changesOnly };
    const started = await startRun(this.deps, this.by, wanted);
    if (!started.ok) throw new Error(started.error.code);
    return started.value;
  }

  async run(id: string): Promise<Run> {
    const run = await this.tx((tx) => this.deps.runs.find(tx, id));
    if (run === null) throw new Error("no such run");
    return run;
  }

  /** What was told so far, opened, of one name or all. */
  async told(name?: string): Promise<Told[]> {
    const { rows } = await this.database.door.pool.query<{ envelope: Envelope; payload: Buffer }>(
      "select envelope, payload from joinery.outbox where tenant = $1 order by id", [this.tenant]);
    const contracts = new Map<string, EventContract>(
      allContracts().map((each) => [each.name, each]));
    const told: Told[] = [];
    for (const { envelope, payload } of rows) {
      if (name !== undefined && envelope.name !== name) continue;
      const contract = contracts.get(envelope.name) as EventContract;
      const event = { envelope, sealed: payload };
      const opened = await openEvent(this.deps.sealer, contract, event);
      told.push({ envelope, payload: opened as Told["payload"] });
    }
    return told;
  }

  /**
   * Rows of each tenant table as numbers and digests, but those of the run's own record, how the
   * system answered, and events.
   */
  async census(): Promise<Record<string, string>> {
    const tables = ["application", "account", "member", "identity_view", "membership_view", "due",
      "due_member", "item", "guard_ledger", "bundle", "stage"];
    const census: Record<string, string> = {};
    for (const table of tables) {
      const [row] = await this.rows<{ state: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(r::text, ',' order by r::text)), '')
           as state from "${table}" t, lateral (select to_jsonb(t) - 'health') as row(r)`);
      census[table] = row?.state ?? "";
    }
    return census;
  }

  async close(): Promise<void> {
    await this.#internal.close();
    // The next world of the file works on the same database, and takes what is due there.
    await this.database.door.pool.query(
      "delete from joinery.application_task where tenant = $1", [this.tenant]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A kind whose configuration names a connector of the test. */
function givenKind(connectors: ReadonlyMap<string, Connector>): ConnectorKind {
  return {
    name: "given",
    description: "A connector of a test.",
    validate: () => [],
    create: async (configuration) =>
      connectors.get((configuration as { system: string }).system) as Connector,
  };
}
