import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { eventMigrations } from "@joinery/events";
import {
  anonymous, bootstrapDatabase, buildServiceSchema, createLog, Door, InternalClient,
  InternalTokens, KeyRing, leasesFrom, migrateAll, provisionTenant, serviceActor, serviceNames,
  SubgraphServer, type Actor, type InternalMethods, type ServiceMigrations, type ServiceRuntime,
  type SubgraphAnswer, type TenantId, type Worker,
} from "@joinery/kit";
import type { ProvidedServices } from "@joinery/kit/services";
import pg from "pg";
import { inject } from "vitest";
import type { Caller, Deps } from "../app/ports.js";
import type { CryptoService } from "../methods.js";
import { cryptoModule } from "../module.js";
import { createMasterKeyFile } from "../persistence/master-key.js";

/** `crypto` on a database of its own, with a clock, segments and a log that a test holds. */
export interface TestCrypto {
  readonly deps: Deps;
  readonly methods: CryptoService;
  readonly workers: readonly Worker[];
  readonly runtime: ServiceRuntime;
  readonly door: Door;
  readonly serviceUrl: string;
  readonly clock: TestClock;
  readonly segments: TestSegments;
  readonly masterKeyFile: string;
  /** How long refusals would have waited, in milliseconds; use-cases do not wait here. */
  readonly waits: number[];
  /** Every line that was logged. */
  readonly logged: () => string;
  /** As the owner of the database, who may do what no service may. */
  readonly owner: pg.Client;
  /** The graph as the gateway asks it. */
  graph(actor: Actor, query: string, variables?: Record<string, unknown>): Promise<SubgraphAnswer>;
  /** Starts the module again on the same database, as another process would. */
  createAgain(environment?: NodeJS.ProcessEnv): Promise<void>;
  close(): Promise<void>;
}

export class TestClock {
  #now = Date.parse("2026-11-21T08:00:00Z");

  readonly read = (): Date => new Date(this.#now);

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** The other services' segments: made once, remembered, and able to fail. */
export class TestSegments {
  readonly made = new Map<string, Set<TenantId>>();
  readonly failing = new Set<string>();
  /** Applications that others push into. */
  readonly pushed = new Set<string>();
  calls = 0;

  methods(service: string): InternalMethods {
    return {
      provision: async ({ tenant }: { tenant: TenantId }) => {
        this.calls += 1;
        if (this.failing.has(service)) throw new Error(`${service} is down`);
        this.made.set(service, (this.made.get(service) ?? new Set()).add(tenant));
        return null;
      },
      takesPushes: async ({ applicationId }: { applicationId: string }) =>
        service === "applications" && this.pushed.has(applicationId),
    };
  }
}

/** Roles and database carry a random name, so that files share a server and nothing else. */
export async function startCrypto(): Promise<TestCrypto> {
  const adminUrl: ProvidedServices["postgresUrl"] = inject("postgresUrl");
  const service = `crypto_${randomBytes(4).toString("hex")}`;
  const passwords = { owner: "owner", service: "service" };
  const { ownerUrl, serviceUrl } = await bootstrapDatabase(adminUrl, service, passwords);
  const plan: ServiceMigrations = {
    service,
    database: [...eventMigrations, ...cryptoModule.databaseMigrations],
    tenant: cryptoModule.tenantMigrations,
  };
  const folder = await mkdtemp(join(tmpdir(), "joinery-crypto-"));
  const masterKeyFile = join(folder, "master-key");
  await createMasterKeyFile(masterKeyFile);
  const lines: Buffer[] = [];
  const sink = new PassThrough().on("data", (line: Buffer) => lines.push(line));
  const log = createLog({ level: "debug", service: "crypto", role: "test" }, sink);
  await migrateAll(ownerUrl, plan, log);

  const door = await Door.open({ service, url: serviceUrl, entities: cryptoModule.entities });
  const tokens = new InternalTokens(generateKeyPairSync("ed25519").privateKey);
  const internal = new InternalClient("crypto", tokens, {});
  const clock = new TestClock();
  const runtime: ServiceRuntime = {
    service: "crypto",
    door,
    ownerUrl,
    internal,
    keys: new KeyRing(leasesFrom(internal)),
    log,
    clock: clock.read,
    filesRoot: folder,
    environment: { JOINERY_MASTER_KEY_FILE: masterKeyFile },
  };
  const made = await cryptoModule.create(runtime);
  const methods = made.methods as unknown as CryptoService;
  const segments = new TestSegments();
  for (const name of serviceNames) internal.host(name, segments.methods(name));
  internal.host("crypto", {
    ...(methods as unknown as InternalMethods),
    provision: async ({ tenant }: { tenant: TenantId }) => {
      await segments.methods("crypto")["provision"]!({ tenant } as never, anonymous);
      await provisionTenant(ownerUrl, plan, tenant);
      return null;
    },
  });
  const { schema } = buildServiceSchema(cryptoModule.graph);
  const server = await SubgraphServer.start({
    service: "crypto", schema, deps: made.deps, tokens, log,
  });
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  const waits: number[] = [];
  const stopwatch = () => async (ms: number) => void waits.push(ms);

  return {
    deps: { ...(made.deps as Deps), stopwatch },
    methods,
    workers: made.workers,
    runtime,
    door,
    serviceUrl,
    clock,
    segments,
    masterKeyFile,
    waits,
    logged: () => Buffer.concat(lines).toString(),
    owner,
    graph: async (actor, query, variables) =>
      server.answer({
        query,
        operationName: undefined,
        variables,
        token: await tokens.issue("crypto", actor),
        requestId: "request",
      }),
    createAgain: async (environment = runtime.environment) => {
      await cryptoModule.create({ ...runtime, environment });
    },
    close: async () => {
      await server.stop();
      await internal.close();
      await door.close();
      await owner.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const platform = serviceActor("gateway");
export const byPlatform: Caller = { actor: platform, requestId: "request" };
export const byNobody: Caller = { actor: anonymous, requestId: "request" };
