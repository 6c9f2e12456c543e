import { setTimeout as delay } from "node:timers/promises";
import type { RuleSet } from "@joinery/engine";
import { GraphFailure, type Graph } from "./graph.js";

export interface NewApplication {
  readonly key: string;
  readonly name: string;
  readonly connector: string;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly authoritativeFor?: readonly string[];
  readonly exportPolicy?: object;
  readonly limits?: object;
  readonly watched?: boolean;
  readonly phase?: "sandbox" | "semi-automatic" | "live";
  readonly connection?: string;
}

export interface RunOutcome {
  readonly id: string;
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly timings: Readonly<Record<string, number>>;
  readonly errors: readonly {
    code: string;
    count: number;
    samples: readonly { object: string; reason: string }[];
  }[];
  readonly waves: readonly {
    process: string;
    applicationId: string;
    state: string;
    counts: object;
    items: Readonly<Record<string, number>>;
    breaches: readonly { class: string; n: number; limit: number }[];
  }[];
}

const runFields = `id state code reason counts timings
  errors { code count samples { object reason } }
  waves { process applicationId state counts items breaches { class n limit } }`;

/** States in which nothing more happens to a run, or only when a person decides. */
export const ends: ReadonlySet<string> = new Set(["finished", "failed", "discarded", "held"]);

/** What an admin does with an organisation, through the graph alone. */
export class Organisation {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  async setSecret(name: string, value: string): Promise<void> {
    const { setSecret } = await this.graph.ask<{ setSecret: { errors: { code: string }[] } }>(
      "mutation ($input: SetSecretInput!) { setSecret(input: $input) { errors { code } } }",
      { input: { name, value } },
    );
    this.#refused(setSecret.errors);
  }

  /** Settings that several applications share; they name it by its key. */
  async addConnection(
    input: Pick<NewApplication, "key" | "name" | "connector" | "configuration">,
  ): Promise<void> {
    const document = `mutation ($input: AddConnectionInput!) {
      addConnection(input: $input) { errors { code } }
    }`;
    const { addConnection } = await this.graph.ask<{
      addConnection: { errors: { code: string }[] };
    }>(document, { input });
    this.#refused(addConnection.errors);
  }

  async addApplication(input: NewApplication): Promise<string> {
    const document = `mutation ($input: AddApplicationInput!) {
      addApplication(input: $input) {
        application { id } connection { ok code reason }
        errors { code } problems { setting message }
      }
    }`;
    const { addApplication: added } = await this.graph.ask<{
      addApplication: {
        application: { id: string } | null;
        connection: { ok: boolean; code: string | null; reason: string | null } | null;
        errors: { code: string }[];
        problems: { setting: string; message: string }[];
      };
    }>(document, { input });
    const problems = added.problems.map(({ setting, message }) => `${setting} ${message}`);
    if (added.application === null) {
      throw new GraphFailure([...added.errors.map(({ code }) => code), ...problems]);
    }
    if (added.connection?.ok !== true) {
      throw new GraphFailure([`${added.connection?.code}: ${added.connection?.reason}`]);
    }
    return added.application.id;
  }

  /** Has changes of an application imported as they come. */
  async watch(id: string): Promise<void> {
    await this.#update({ id, watched: true });
  }

  /** Gives an application another configuration, also one with which its system does not answer. */
  async configure(id: string, configuration: object): Promise<void> {
    await this.#update({ id, configuration });
  }

  async #update(input: object): Promise<void> {
    const { updateApplication } = await this.graph.ask<{
      updateApplication: { errors: { code: string }[] };
    }>(
      `mutation ($input: UpdateApplicationInput!) {
        updateApplication(input: $input) { errors { code } }
      }`,
      { input },
    );
    this.#refused(updateApplication.errors);
  }

  /** Creates and publishes; waits until vault and applications both hold it. */
  async publish(body: RuleSet): Promise<void> {
    const version = await this.#createRuleSet(body);
    await this.graph.ask(
      "mutation ($v: Int!) { publishRuleSet(version: $v) { errors { code } } }",
      {
        v: version,
      },
    );
    await until(async () => {
      const { ruleSet } = await this.graph.ask<{ ruleSet: { version: number } | null }>(
        "{ ruleSet { version } }",
      );
      return ruleSet?.version === version;
    }, "the rule set is active");
  }

  /** Rules learn of an application by an event, so a fresh one may be unknown for a moment. */
  async #createRuleSet(body: RuleSet): Promise<number> {
    const document = `mutation ($input: CreateRuleSetInput!) {
      createRuleSet(input: $input) { ruleSet { version } errors { code } problems { path message } }
    }`;
    for (let attempt = 1; ; attempt += 1) {
      const { createRuleSet: created } = await this.graph.ask<{
        createRuleSet: {
          ruleSet: { version: number } | null;
          problems: { path: string; message: string }[];
        };
      }>(document, { input: { body, note: "" } });
      if (created.ruleSet) return created.ruleSet.version;
      if (attempt === 300) {
        throw new GraphFailure(created.problems.map(({ path, message }) => `${path}: ${message}`));
      }
      await delay(100);
    }
  }

  async startRun(applicationId: string): Promise<string> {
    const document = `mutation ($id: ID!) {
      startRun(applicationId: $id) { run { id } errors { code } }
    }`;
    const { startRun } = await this.graph.ask<{
      startRun: { run: { id: string } | null; errors: { code: string }[] };
    }>(document, { id: applicationId });
    if (startRun.run === null) throw new GraphFailure(startRun.errors.map(({ code }) => code));
    return startRun.run.id;
  }

  /** Starts a run and follows it to its end, or to where it waits for a person. */
  async run(applicationId: string, timeoutMs = 600_000): Promise<RunOutcome> {
    return this.ended(await this.startRun(applicationId), timeoutMs);
  }

  /** A run that was started, as it is when nothing more happens to it by itself. */
  async ended(id: string, timeoutMs = 600_000): Promise<RunOutcome> {
    let outcome = await this.readRun(id);
    await until(async () => {
      outcome = await this.readRun(id);
      return ends.has(outcome.state);
    }, `run ${id} comes to its end`, timeoutMs);
    return outcome;
  }

  async readRun(id: string): Promise<RunOutcome> {
    const { run } = await this.graph.ask<{ run: RunOutcome }>(
      `query ($id: ID!) { run(id: $id) { ${runFields} } }`,
      { id },
    );
    return run;
  }

  /** Every wave of a run has a guard of its own: releases each as it is held, to the run's end. */
  async releaseUntilDone(id: string, timeoutMs = 90_000): Promise<RunOutcome> {
    let run = await this.readRun(id);
    await until(async () => {
      run = await this.readRun(id);
      if (isWaiting(run)) await this.#release(id);
      return run.state !== "held" && ends.has(run.state);
    }, "the released run comes to its end", timeoutMs);
    return run;
  }

  /** Nothing may be held any more by the time that the graph is asked: it was released before. */
  async #release(id: string): Promise<void> {
    try {
      await this.decide("releaseRun", id);
    } catch (error) {
      if (!(error instanceof GraphFailure && error.said.includes("RUN_NOT_HELD"))) throw error;
    }
  }

  /** Decides about what a run is held for; throws when that is refused. */
  async decide(mutation: "releaseRun" | "discardRun", id: string): Promise<void> {
    const answer = await this.graph.ask<Record<string, { errors: { code: string }[] }>>(
      `mutation ($id: ID!) { ${mutation}(id: $id) { errors { code } } }`, { id },
    );
    this.#refused(answer[mutation]?.errors ?? []);
  }

  #refused(errors: readonly { code: string }[]): void {
    if (errors.length > 0) throw new GraphFailure(errors.map(({ code }) => code));
  }
}

/** A wave of it waits for a person. */
export function isWaiting({ state, waves }: RunOutcome): boolean {
  return state === "held" && waves.some((wave) => wave.state === "held");
}

/** Looks again until it holds, ever more rarely; throws with what was waited for. */
export async function until(
  holds: () => Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const began = Date.now();
  const end = began + timeoutMs;
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 1_000)) {
    if (await holds()) return;
    // What takes long is disturbed less, and known to a twentieth.
    waitMs = Math.min(waitMs, Math.max(200, (Date.now() - began) / 20));
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(waitMs);
  }
}
