import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RuleSet } from "@joinery/engine";
import type { RunningStack } from "@joinery/gateway/launch";
import { guardClasses } from "@joinery/engine";
import {
  accepted, addApplicationDocument, createRuleSetDocument, JoineryApiError,
  JoineryClient, mayPass, pauseScheduleDocument, publishRuleSetDocument, releaseRunDocument,
  ruleSetDocument, runsDocument, setSecretDocument, startRunDocument,
  startSimulationDocument, type AddApplicationInput,
  type RunDetailsFragment,
} from "@joinery/sdk";
import { loopbackSecret, type LoopbackKind } from "../loopback/loopback-kind.js";
import { toCsv, type Population } from "./population.js";

export interface CompanyPlace {
  readonly stack: RunningStack;
  readonly dataFolder: string;
  readonly loopbackToken: string;
}

/** Nothing that a campaign does by chance shall wait for a person. */
const noLimit = { least: 1_000_000, most: 1_000_000, sharePercent: 100, halfPercent: 100 };
const limits = Object.fromEntries(guardClasses.map((name) => [name, noLimit]));
/** Names that rule sets and planned accounts go by. */
const naming = {
  user: [{ name: "login", type: "string", naming: true }],
  group: [{ name: "name", type: "string", naming: true }],
};
/** The connection may break in any call; what is refused is refused for good. */
const patienceMs = 120_000;
/** A run that takes longer has come to a standstill. */
const runMsMax = 180_000;

/** An organisation of a campaign, through the graph alone, whatever is killed meanwhile. */
export class Company {
  readonly tenant: string;
  readonly #client: JoineryClient;
  readonly #files: string;
  readonly #token: string;

  private constructor(place: CompanyPlace, client: JoineryClient, tenant: string) {
    this.tenant = tenant;
    this.#client = client;
    this.#files = join(place.dataFolder, "files", tenant);
    this.#token = place.loopbackToken;
  }

  static async open(place: CompanyPlace): Promise<Company> {
    const { stack } = place;
    const client = new JoineryClient({ url: stack.url });
    const { viewer } = await client.signIn(stack.ownerEmail, stack.ownerPassword);
    const company = new Company(place, client, viewer.organisation.id);
    await mkdir(company.#files, { recursive: true });
    return company;
  }

  async setSecrets(): Promise<void> {
    const input = { name: loopbackSecret, value: this.#token };
    await this.#patiently(() => this.#client.request(setSecretDocument, { input }));
  }

  /** HR reads a file that `putHr` writes. */
  addHr(): Promise<string> {
    return this.#add({
      key: "hr", name: "HR", connector: "csv", authoritativeFor: ["user"],
      configuration: { path: "hr.csv", anchor: "number" }, limits,
    });
  }

  addTarget(key: string, url: string, connector: LoopbackKind): Promise<string> {
    return this.#add({
      key, name: key, connector, configuration: { url }, limits,
      schema: naming, exportPolicy: { backoffMs: 200 },
    });
  }

  /** An application whose runs fail, which somebody is told of. */
  addBroken(): Promise<string> {
    const configuration = { path: "nowhere.csv", anchor: "id" };
    return this.#add({ key: "broken", name: "Broken", connector: "csv", configuration });
  }

  /** A source that is still in the sandbox: whatever is simulated of it changes nothing. */
  addDraft(): Promise<string> {
    return this.#add({
      key: "draft", name: "Draft", connector: "csv", phase: "sandbox",
      configuration: { path: "hr.csv", anchor: "number" },
    });
  }

  /** Asks what would be if the draft were live, as soon as it was read. */
  async simulate(draft: string): Promise<void> {
    await this.run(draft);
    await this.#until(async () => {
      const { startSimulation } = await this.#client.request(startSimulationDocument, {});
      return startSimulation.run !== null || startSimulation.openRunId !== null;
    });
  }

  async #add(input: AddApplicationInput): Promise<string> {
    const { addApplication } = await this.#client.request(addApplicationDocument, { input });
    const id = accepted(addApplication).application?.id;
    if (id === undefined) throw new Error("an application that was added has an id");
    // What runs and when is the campaign's to say.
    for (const direction of ["import", "outbound"]) {
      const variables = { applicationId: id, direction };
      accepted((await this.#client.request(pauseScheduleDocument, variables)).pauseSchedule);
    }
    return id;
  }

  /** Creates and publishes; returns once new runs are pinned to it. */
  async publish(body: RuleSet): Promise<void> {
    const version = await this.#draft(body);
    await this.#patiently(() => this.#client.request(publishRuleSetDocument, { version }));
    await this.#until(async () => {
      const { ruleSet } = await this.#client.request(ruleSetDocument);
      return ruleSet?.version === version;
    });
  }

  /** Rules hear of an application by an event, so a fresh one may be unknown for a moment. */
  async #draft(body: RuleSet): Promise<number> {
    const input = { body: body as unknown as Record<string, unknown>, note: "" };
    let version: number | undefined;
    let problems = "";
    await this.#until(async () => {
      const { createRuleSet } = await this.#client.request(createRuleSetDocument, { input });
      problems = createRuleSet.problems.map(({ path, message }) => `${path} ${message}`).join("\n");
      version = createRuleSet.ruleSet?.version;
      return version !== undefined;
    }).catch((error: unknown) => {
      throw new Error(problems, { cause: error });
    });
    return version ?? 0;
  }

  /** Replaces the HR file whole, as a careful exporter does. */
  async putHr(population: Population): Promise<void> {
    const file = join(this.#files, "hr.csv");
    await writeFile(`${file}.new`, toCsv(population));
    await rename(`${file}.new`, file);
  }

  /**
   * Starts a run and follows it to its end. One that makes way for a snapshot (`RESTATED`), and the
   * one that tells it, are seen to their end before: then the application is read again.
   */
  async run(applicationId: string): Promise<RunDetailsFragment> {
    for (;;) {
      const run = await this.#followThrough(await this.startRun(applicationId));
      if (run.reads !== "nothing" && run.code !== "RESTATED") return run;
    }
  }

  /** Lets every run through that is held, by whom it may be begun. Answers how many there were. */
  async releaseHeld(): Promise<number> {
    const { runs } = await this.#patiently(() => this.#client.request(runsDocument, {}));
    const held = runs.nodes.filter(({ state }) => state === "held");
    for (const { id } of held) await this.#followThrough(id);
    return held.length;
  }

  /**
   * Where a guard holds it, it is let through: what a campaign does to its people in an hour is
   * more than any guard allows.
   */
  async #followThrough(id: string): Promise<RunDetailsFragment> {
    for (;;) {
      const run = await this.#follow(id);
      if (run.state !== "held") return run;
      // It may be held again for what is new: working rows went with the database and some of it
      // was applied before, or the vault is not what it was computed from any more.
      await this.#release(id);
    }
  }

  #follow(id: string): Promise<RunDetailsFragment> {
    const options = { until: "settled", intervalMs: 100, patienceMs } as const;
    let last: RunDetailsFragment | undefined;
    const followed = this.#patiently(async () => {
      const signal = AbortSignal.timeout(runMsMax);
      for await (const run of this.#client.followRun(id, { ...options, signal })) last = run;
      if (last === undefined) throw new Error("a run that is followed is seen");
      return last;
    });
    return followed.catch((cause: unknown) => {
      throw new Error(`it is ${last?.state} and goes no further`, { cause });
    });
  }

  /** One that was released without an answer being heard is not held any more. */
  async #release(id: string): Promise<void> {
    const { releaseRun } = await this.#patiently(() =>
      this.#client.request(releaseRunDocument, { id }));
    const [refusal] = releaseRun.errors;
    if (refusal !== undefined && refusal.code !== "RUN_NOT_HELD") accepted(releaseRun);
  }

  /** The run that is queued now: one asked for without an answer is found as the open one. */
  async startRun(applicationId: string): Promise<string> {
    const { startRun } = await this.#patiently(() =>
      this.#client.request(startRunDocument, { applicationId }));
    const id = startRun.run?.id ?? startRun.openRunId;
    if (id) return id;
    return accepted(startRun).run?.id ?? "";
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!(await this.#patiently(holds))) {
      if (performance.now() > end) throw new Error("not within two minutes");
      await delay(100);
    }
  }

  /** Again while nobody answers. A mutation that was done unheard must be safe to repeat. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const isAway = mayPass(error) || isUpset(error);
        if (!isAway || performance.now() > end) throw error;
      }
      await delay(200);
    }
  }
}

/** The gateway answered, and what it needs was being killed. */
function isUpset(error: unknown): boolean {
  return error instanceof JoineryApiError && /^(INTERNAL|UNAVAILABLE|SERVICE_)/.test(error.code);
}
