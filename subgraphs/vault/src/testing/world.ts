import { randomUUID } from "node:crypto";
import type { GuardLimits, RuleSet } from "@joinery/engine";
import { canonicalJson, ruleSetHash } from "@joinery/engine";
import {
  accountChanged, accountRestated, importReleased, importSimulated, inboundDecided, openEvent,
  type Envelope, type EventContract,
} from "@joinery/events";
import { silentLog, type LaneMessage, type TenantId } from "@joinery/kit";
import { openServiceDatabase, type ServiceDatabase } from "@joinery/kit/testing";
import { EngineCache, type VaultDeps } from "../app/ports.js";
import { decideInbound } from "../app/decide-inbound.js";
import { InboundWave } from "../app/run-inbound.js";
import { SimulatedWave } from "../app/simulate-inbound.js";
import { compileBundle } from "../app/wave-context.js";
import { vaultModule } from "../module.js";
import { activateBundle, saveApplication, saveBundleChunk } from "../persistence/replicas.js";
import { envelopeFor, testLane, type KeptMessages } from "./lane.js";

export type AccountPayload = ReturnType<typeof accountChanged.parse>["accounts"][number];

/** A vault on a real database, with one organisation, to which applications report. */
export class VaultWorld {
  readonly database: ServiceDatabase;
  readonly deps: VaultDeps;
  tenant!: TenantId;
  #bundle: string | null = null;
  readonly #kept: KeptMessages = new Map();

  private constructor(database: ServiceDatabase) {
    this.database = database;
    this.deps = {
      door: database.door,
      keys: database.keys,
      log: silentLog,
      clock: () => new Date("2026-11-21T08:00:00Z"),
      engines: new EngineCache(compileBundle),
    };
  }

  static async open(postgresUrl: string): Promise<VaultWorld> {
    const world = new VaultWorld(await openServiceDatabase(postgresUrl, vaultModule));
    await world.newTenant();
    return world;
  }

  async newTenant(): Promise<void> {
    this.tenant = await this.database.newTenant();
    this.#bundle = null;
  }

  async publish(ruleSet: RuleSet): Promise<void> {
    const hash = ruleSetHash(ruleSet);
    const data = canonicalJson(ruleSet);
    await this.deps.door.withTenant(this.tenant, async (tx) => {
      await saveBundleChunk(tx, { hash, version: 1, chunk: 0, chunks: 1, data });
      await activateBundle(tx, hash, 1);
    });
    this.#bundle = hash;
  }

  async addApplication(
    key: string,
    authoritativeFor: ("user" | "group")[] = [],
    signOff = false,
  ): Promise<string> {
    const id = randomUUID();
    const application = {
      id,
      key,
      name: key,
      state: "active" as const,
      authoritativeFor,
      schema: {},
      signOff,
    };
    await this.deps.door.withTenant(this.tenant, (tx) => saveApplication(tx, application, 1));
    return id;
  }

  /** The messages of one released import wave. */
  wave(applicationId: string, accounts: readonly AccountPayload[], limits: GuardLimits = {}) {
    const waveId = randomUUID();
    const runId = randomUUID();
    const batches: LaneMessage[] = [];
    for (let at = 0; at < accounts.length; at += 500) {
      const payload = {
        applicationId, runId, origin: "import", accounts: accounts.slice(at, at + 500),
      };
      const place = { id: waveId, batch: batches.length };
      batches.push({ envelope: envelopeFor(this.tenant, accountChanged.name, place), payload });
    }
    const manifest = {
      envelope: envelopeFor(this.tenant, importReleased.name, {
        id: waveId, batch: batches.length, manifest: true,
      }),
      payload: {
        runId, waveId, applicationId, batches: batches.length, objects: accounts.length,
        digest: "", bundle: this.#bundle, population: 100, limits,
      },
    };
    return { waveId, batches, manifest };
  }

  /** Handles a wave in which an application tells anew that these are all its accounts. */
  restate(applicationId: string, accounts: readonly AccountPayload[]) {
    const { batches, ...rest } = this.wave(applicationId, []);
    const told = accounts.map(({ before: _before, because: _because, ...account }) => account);
    const payload = {
      applicationId, runId: rest.manifest.payload.runId, after: null, through: null, accounts: told,
    };
    const place = { id: rest.waveId, batch: 0 };
    batches.push({ envelope: envelopeFor(this.tenant, accountRestated.name, place), payload });
    return this.#handle({ batches, ...rest });
  }

  /** What would be, had these applications been live; what each of them holds, in this order. */
  async simulate(held: ReadonlyMap<string, readonly AccountPayload[]>): Promise<string> {
    const [waveId, runId] = [randomUUID(), randomUUID()];
    const batches = [...held].map(([applicationId, accounts], batch): LaneMessage => ({
      envelope: envelopeFor(this.tenant, accountRestated.name, { id: waveId, batch }),
      payload: {
        applicationId, runId, after: null, through: null,
        accounts: accounts.map(({ before: _before, because: _because, ...account }) => account),
      },
    }));
    const manifest = {
      envelope: envelopeFor(this.tenant, importSimulated.name, {
        id: waveId, batch: batches.length, manifest: true,
      }),
      payload: {
        runId, waveId, applicationIds: [...held.keys()], batches: batches.length,
        bundle: this.#bundle,
      },
    };
    const lane = testLane(this.deps.door, this.tenant, batches, this.#kept);
    const wave = new SimulatedWave(this.deps);
    while ((await wave.run(manifest, lane)) === "more");
    return runId;
  }

  /** Handles a wave until it is finished or held. */
  report(
    applicationId: string,
    accounts: readonly AccountPayload[],
    limits: GuardLimits = {},
  ) {
    return this.#handle(this.wave(applicationId, accounts, limits));
  }

  async #handle({ waveId, batches, manifest }: ReturnType<VaultWorld["wave"]>) {
    const lane = testLane(this.deps.door, this.tenant, batches, this.#kept);
    const waves = new InboundWave(this.deps);
    let outcome = await waves.run(manifest, lane);
    while (outcome === "more") outcome = await waves.run(manifest, lane);
    /** Lets it through as a person does, and handles what the lane has of it then. */
    const release = async () => {
      await decideInbound(this.deps, {
        envelope: envelopeFor(this.tenant, inboundDecided.name),
        payload: { runId: manifest.payload.runId, waveId, decision: "released" },
      }, lane);
      let after = await waves.run(manifest, lane);
      while (after === "more") after = await waves.run(manifest, lane);
      return after;
    };
    return { waveId, outcome, lane, waves, release };
  }

  query<Row extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.deps.door.withTenant(this.tenant, (tx) => tx.query<Row>(text, values));
  }

  /** Payloads of one kind of event that were told of this organisation, in order. */
  async told<Payload>(event: EventContract<Payload>): Promise<Payload[]> {
    const { rows } = await this.database.door.pool.query<{ envelope: Envelope; payload: Buffer }>(
      `select envelope, payload from joinery.outbox
       where tenant = $1 and envelope ->> 'name' = $2 order by id`, [this.tenant, event.name]);
    return Promise.all(rows.map(({ envelope, payload }) =>
      openEvent(this.deps.keys.events, event, { envelope, sealed: payload })));
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

let revisions = 0;

/** An account as `applications` would report it; revisions count up. */
export function account(
  anchor: string,
  attributes: AccountPayload["attributes"],
  more: Partial<AccountPayload> = {},
): AccountPayload {
  revisions += 1;
  return {
    id: more.id ?? uuidFrom(anchor),
    kind: "user",
    anchor,
    name: anchor,
    attributes,
    revision: revisions,
    state: "present",
    before: null,
    because: [],
    ...more,
  };
}

/** The same anchor is the same account within a test; `salt` keeps two applications apart. */
export function uuidFrom(text: string): string {
  const hex = Buffer.from(text.padEnd(16, "\u0001")).toString("hex").slice(0, 32);
  const head = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}`;
  return `${head}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
