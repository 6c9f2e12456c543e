import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  afterRestore, JoineryError, serviceNames, type Log, type ServiceName,
} from "@joinery/kit";
import {
  freePort,
  holdFolder,
  isPortFree,
  openDataFolder,
  type Hold,
  type ProcessMark,
} from "@joinery/kit/services";
import { packageFolder } from "../config.js";
import { Child, type ChildEvent } from "./child.js";
import type { LaunchConfig, Topology } from "./config.js";
import {
  bootstrapDatabases,
  databaseVariables,
  poolSizeOf,
  type DatabaseUrls,
} from "./databases.js";
import { planProcesses, type ProcessPlan } from "./layout.js";
import { RunningList } from "./leftovers.js";
import { openLogFile } from "./log-files.js";
import { firstOwner } from "./first-owner.js";
import type { OwnerCredentials } from "./owner.js";
import { keepSecrets, type Secrets } from "./secrets.js";
import { Servers, type ServerEvent } from "./servers.js";

export type StackEvent =
  | ServerEvent
  | ChildEvent
  | { readonly kind: "step"; readonly name: string; readonly detail: string; readonly ms: number };

export interface StackOptions {
  readonly config: LaunchConfig;
  /** For our processes; what the launcher decides itself wins. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly onEvent: (event: StackEvent) => void;
  /** Services whose databases were set back to an older state since they ran. */
  readonly restored?: readonly ServiceName[];
}

/** Where a started process is reached, and what the processes are started with. */
interface Wiring {
  readonly secrets: Secrets;
  readonly databases: DatabaseUrls;
  readonly poolSize: number;
  /** Port of each service's web process, or of the compact web process for all of them. */
  readonly internalPorts: InternalPorts;
}

type InternalPorts = Readonly<Partial<Record<ServiceName, number>>>;

/**
 * Everything that runs behind one data folder. Started in order, each part before those that need
 * it; stopped backwards. Throws DATA_FOLDER_IN_USE while another launcher has the folder, and what
 * the parts throw; then nothing is left running that was not running before.
 */
export class Stack {
  readonly #options: StackOptions;
  readonly #servers: Servers;
  #hold: Hold | undefined;
  #running: RunningList | undefined;
  #children: readonly Child[] = [];
  #publicPort: number;
  #ports: InternalPorts = {};
  #starting: Promise<unknown> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  readonly #stopAsked = new AbortController();

  constructor(options: StackOptions) {
    this.#options = options;
    this.#publicPort = options.config.port;
    this.#servers = new Servers({ ...options.config, log: options.log }, options.onEvent);
  }

  get url(): string {
    const { host } = this.#options.config;
    const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
    return `http://${shown.includes(":") ? `[${shown}]` : shown}:${this.#publicPort}`;
  }

  /** Base address of each service's web side; every answer needs the internal token. */
  get internalUrls(): Readonly<Partial<Record<ServiceName, string>>> {
    const ports = Object.entries(this.#ports);
    return Object.fromEntries(
      ports.map(([service, port]) => [service, `http://127.0.0.1:${port}/${service}`]),
    );
  }

  get serverUrls(): { readonly postgres: string; readonly nats: string } {
    return this.#servers.urls;
  }

  get pids(): Readonly<Record<string, number>> {
    const pids: Record<string, number> = { ...this.#servers.pids };
    for (const { name, pid } of this.#children) if (pid !== undefined) pids[name] = pid;
    return pids;
  }

  /**
   * Answers the first owner's credentials when they were made by this start. Throws STOPPED when
   * `stop` was called meanwhile.
   */
  async start(): Promise<OwnerCredentials | null> {
    const started = this.#start();
    this.#starting = started.catch(() => undefined);
    try {
      return await started;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #start(): Promise<OwnerCredentials | null> {
    const { config, environment, onEvent } = this.#options;
    const poolSize = poolSizeOf(environment, config.databaseUrl);
    const folder = await openDataFolder(config.dataFolder, entries);
    this.#hold = holdFolder(folder, "launcher");
    this.#running = new RunningList(folder);
    const left = await this.#running.endLeftovers();
    if (left > 0) onEvent({ kind: "step", name: "leftovers", detail: `${left} ended`, ms: 0 });
    await refuseTakenPort(config);
    await Promise.all(["logs", "files"].map((name) => mkdir(join(folder, name), folderMode)));
    const secrets = await keepSecrets(folder);
    await this.#servers.start();
    this.#unlessStopped();
    const databases = await this.#timed("databases", () =>
      bootstrapDatabases(this.#servers.urls.postgres, secrets.passwords, poolSize),
    );
    const { restored = [] } = this.#options;
    if (restored.length > 0) {
      await this.#timed(`after the restore of ${restored.join(", ")}`, async () => {
        for (const service of restored) await afterRestore(databases[service].ownerUrl);
      });
    }
    const plans = planProcesses(config.topology, serviceNames);
    this.#ports = await internalPorts(config.topology);
    await this.#running.noteCrypto(this.#cryptoAddress);
    const wiring = { secrets, databases, poolSize, internalPorts: this.#ports };
    this.#unlessStopped();
    await this.#startChildren(folder, plans, wiring);
    this.#servers.watch(() => this.#children.forEach((child) => child.restart()));
    const { signal } = this.#stopAsked;
    const place = { address: this.#cryptoAddress, keyFile: secrets.internalKeyFile, signal };
    return this.#timed("owner", () => firstOwner(folder, config, place));
  }

  get #cryptoAddress(): string {
    return `http://127.0.0.1:${this.#ports.crypto ?? 0}/crypto`;
  }

  #unlessStopped(): void {
    if (!this.#stopAsked.signal.aborted) return;
    throw new JoineryError("STOPPED", "asked to stop before everything had started");
  }

  /** In order; what is under way is finished, a start given up. Idempotent. Never throws. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#stopAsked.abort();
    const endChildren = () => Promise.all(this.#children.map((child) => child.stop()));
    const steps = [endChildren, () => this.#starting, endChildren, () => this.#servers.stop()];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        this.#options.log.error("a part did not stop in order", error);
      }
    }
    this.#hold?.release();
  }

  /** At once: our processes are killed, database and broker are left to be found again. */
  kill(): void {
    for (const child of this.#children) child.kill();
  }

  async #startChildren(folder: string, plans: readonly ProcessPlan[], wiring: Wiring) {
    const children = await Promise.all(plans.map((plan) => this.#child(folder, plan, wiring)));
    this.#children = children;
    this.#unlessStopped();
    await Promise.all(children.map((child) => child.start()));
    const index = plans.findIndex(({ listens }) => listens === "public");
    this.#publicPort = children[index]?.port ?? this.#publicPort;
  }

  async #child(folder: string, plan: ProcessPlan, wiring: Wiring): Promise<Child> {
    const child: Child = new Child({
      name: plan.name,
      program: resolve(packageFolder, "dist", plan.program),
      arguments: plan.arguments,
      nodeFlags: plan.nodeFlags,
      environment: () => this.#environmentOf(folder, plan, wiring, child.port),
      logFile: await openLogFile(join(folder, "logs"), plan.name),
      onEvent: (event) => {
        if (event.kind === "started") this.#note(event.name, event.mark);
        this.#options.onEvent(event);
      },
    });
    return child;
  }

  /** Without its note a process that outlives us still ends by itself, only nobody waits for it. */
  #note(name: string, mark: ProcessMark | undefined): void {
    this.#running?.note(name, mark).catch((error: unknown) => {
      this.#options.log.error("cannot note a process", error, { name });
    });
  }

  #environmentOf(
    folder: string,
    plan: ProcessPlan,
    wiring: Wiring,
    lastPort: number,
  ): NodeJS.ProcessEnv {
    const { config, environment } = this.#options;
    const { secrets, databases, poolSize, internalPorts } = wiring;
    const own = plan.services[0];
    const { DATABASE_URL: _admin, JOINERY_OWNER_EMAIL: _email, ...passedOn } = environment;
    const isPublic = plan.listens === "public";
    const port = isPublic
      ? lastPort || config.port
      : ((plan.listens === "own" && own ? internalPorts[own] : undefined) ?? 0);
    return {
      NODE_COMPILE_CACHE: join(folder, "compiled"),
      ...passedOn,
      NODE_ENV: "production",
      ...databaseVariables(databases, plan.services, this.#servers.urls.postgres),
      ...addressVariablesOf(plan.calls, internalPorts),
      ...(isPublic && config.topology === "compact" && own
        ? { JOINERY_INTERNAL_PORT: String(internalPorts[own]) }
        : {}),
      JOINERY_POOL_SIZE: String(poolSize),
      NATS_URL: this.#servers.urls.nats,
      JOINERY_INTERNAL_KEY_FILE: secrets.internalKeyFile,
      JOINERY_MASTER_KEY_FILE: secrets.masterKeyFile,
      JOINERY_DATA_FOLDER: folder,
      JOINERY_HOST: isPublic ? config.host : "127.0.0.1",
      JOINERY_PORT: String(port),
    };
  }

  async #timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await work();
    this.#options.onEvent({ kind: "step", name, detail: "", ms: performance.now() - begun });
    return result;
  }
}

/** What the launcher itself keeps in the data folder. */
const entries = ["secrets", "logs", "files", "running.json", "owner-credentials.json"];

/** Told before anything is started; the gateway itself finds out what this cannot see. */
async function refuseTakenPort({ host, port }: LaunchConfig): Promise<void> {
  if (port === 0 || (await isPortFree(port))) return;
  const message = `port ${port} of ${host} is taken: stop what uses it or set JOINERY_PORT`;
  throw new JoineryError("PORT_IN_USE", message, { host, port });
}

/** One port for all in the compact web process, else one each. */
async function internalPorts(topology: Topology): Promise<InternalPorts> {
  const shared = await freePort();
  const ports: Partial<Record<ServiceName, number>> = {};
  for (const service of serviceNames) {
    ports[service] = topology === "compact" ? shared : await freePort();
  }
  return ports;
}

const folderMode = { recursive: true, mode: 0o700 } as const;

function addressVariablesOf(
  calls: readonly ServiceName[],
  ports: InternalPorts,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    calls.map((service) => [
      `JOINERY_${service.toUpperCase()}_URL`,
      `http://127.0.0.1:${ports[service] ?? 0}`,
    ]),
  );
}
