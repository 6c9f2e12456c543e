import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startStack, type RunningStack, type StackEvent, type Topology,
} from "@joinery/gateway/launch";
import { sweepAfterDeath } from "@joinery/kit/services";
import { Random } from "../support/random.js";
import { Armory } from "./armory.js";
import { Company } from "./company/company.js";
import { expectedOf, type Expected } from "./company/oracle.js";
import { found, nextDay, type Population } from "./company/population.js";
import { campaignRuleSet } from "./company/rule-set.js";
import type { LoopbackKind } from "./loopback/loopback-kind.js";
import { Look } from "./look/database.js";
import { untilQuiet } from "./look/quiet.js";
import { readState, type State } from "./look/state.js";
import { LoopbackServer } from "./loopback/loopback-server.js";
import type { LoopbackSystem } from "./loopback/loopback-system.js";
import { MailSink } from "./mail-sink.js";
import { Processes } from "./processes.js";
import { judge, type Verdict } from "./verdict.js";

export interface WorldOptions {
  readonly people: number;
  readonly seed: number;
  readonly topology: Topology;
  /** What happens, for people to read. */
  readonly say: (line: string) => void;
  /** By which both targets are connected. */
  readonly connector?: LoopbackKind;
}

const quietMs = 120_000;

/** A whole Joinery in a temporary folder, an HR file and targets, and the means to harm it. */
export class World {
  readonly stack: RunningStack;
  readonly armory: Armory;
  readonly company: Company;
  readonly look: Look;
  readonly dataFolder: string;
  readonly random: Random;
  readonly applications: Readonly<Record<string, string>>;
  /** The targets themselves, by key of the application. */
  readonly targets: ReadonlyMap<string, LoopbackSystem>;
  readonly #mail: MailSink;
  readonly #processes: Processes;
  #population: Population;
  #runMs = 2_000;

  private constructor(parts: {
    readonly stack: RunningStack;
    readonly processes: Processes;
    readonly armory: Armory;
    readonly company: Company;
    readonly look: Look;
    readonly dataFolder: string;
    readonly random: Random;
    readonly applications: Readonly<Record<string, string>>;
    readonly targets: ReadonlyMap<string, LoopbackSystem>;
    readonly mail: MailSink;
    readonly population: Population;
  }) {
    this.stack = parts.stack;
    this.#processes = parts.processes;
    this.armory = parts.armory;
    this.company = parts.company;
    this.look = parts.look;
    this.dataFolder = parts.dataFolder;
    this.random = parts.random;
    this.applications = parts.applications;
    this.targets = parts.targets;
    this.#mail = parts.mail;
    this.#population = parts.population;
  }

  /** Started, signed in, connected, rules published, targets read once; HR not read yet. */
  static async open(options: WorldOptions, stops: Stops): Promise<World> {
    const { people, seed, topology, say, connector = "loopback" } = options;
    const dataFolder = await mkdtemp(join(tmpdir(), "joinery-faults-"));
    const sweep = sweepAfterDeath(dataFolder);
    stops.add(() => sweep.remove());
    const armory = await Armory.open(join(dataFolder, "meeting"));
    const token = randomBytes(16).toString("hex");
    const servers = new Map<string, LoopbackServer>();
    for (const key of ["directory", "wiki"]) {
      const server = await LoopbackServer.start(token);
      stops.add(() => server.stop());
      servers.set(key, server);
    }
    const mail = await MailSink.start();
    stops.add(() => mail.stop());
    const env = { ...armory.environment, JOINERY_SMTP_URL: mail.url };
    const processes = new Processes();
    const onEvent = (event: StackEvent) => processes.note(event);
    const stack = await startStack({ dataFolder, topology, env, onEvent });
    stops.add(() => stack.stop());
    say(`Joinery is up at ${stack.url} (${topology}), its data in ${dataFolder}`);
    const company = await Company.open({ stack, dataFolder, loopbackToken: token });
    const look = new Look(() => stack.databaseUrl);
    stops.add(() => look.close());
    const random = new Random(seed);
    const population = found(people, random);
    // HR's columns are what the rules may speak of, so its file is there before it is connected.
    await company.putHr(population);
    const world = new World({
      stack, processes, armory, company, look, dataFolder, random, mail, population,
      applications: await connect(company, servers, connector),
      targets: new Map([...servers].map(([key, { system }]) => [key, system])),
    });
    await company.publish(campaignRuleSet);
    for (const key of servers.keys()) await world.finishedRun(key);
    return world;
  }

  /** HR has a new day: its file is replaced. */
  async nextDay(): Promise<void> {
    this.#population = nextDay(this.#population, this.random);
    await this.company.putHr(this.#population);
  }

  /** Least time that a run of HR has taken: harm within it comes while one is under way. */
  get runMs(): number {
    return this.#runMs;
  }

  /** Runs an application; throws when the run does not finish. */
  async finishedRun(key: string): Promise<void> {
    const began = performance.now();
    const run = await this.company.run(this.applications[key] ?? "");
    if (key === "hr") this.#runMs = Math.min(this.#runMs, performance.now() - began);
    if (run.state === "finished") return;
    throw new Error(`the run of ${key} is ${run.state}: ${run.code} ${run.reason}`);
  }

  /** Everybody is back and nothing moves. Throws what does, or who is away, after two minutes. */
  untilQuiet(): Promise<void> {
    const away = () => this.#processes.away(this.stack.pids());
    return untilQuiet(this.look, away, quietMs);
  }

  state(): Promise<State> {
    const { targets } = this;
    return readState(this.look, this.company.tenant, { targets, takenMails: this.#mail.taken });
  }

  /** What must be there by HR's file of today. */
  expected(): Expected {
    return expectedOf(this.#population);
  }

  async verdict(): Promise<Verdict> {
    return judge(await this.state(), this.expected());
  }
}

async function connect(
  company: Company,
  targets: ReadonlyMap<string, LoopbackServer>,
  connector: LoopbackKind,
): Promise<Record<string, string>> {
  await company.setSecrets();
  const ids: Record<string, string> = { hr: await company.addHr() };
  for (const [key, { url }] of targets) ids[key] = await company.addTarget(key, url, connector);
  ids["broken"] = await company.addBroken();
  ids["draft"] = await company.addDraft();
  return ids;
}

/** What is to be undone at the end, last first, each whatever becomes of the others. */
export class Stops {
  readonly #stops: (() => Promise<void>)[] = [];

  add(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  async run(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
  }
}
