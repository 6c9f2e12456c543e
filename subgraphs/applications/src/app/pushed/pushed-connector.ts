import { setTimeout as delay } from "node:timers/promises";
import {
  ConnectorError, type ChangeBatch, type ChangeHint, type ChangePosition, type Connector,
  type ConnectorObject, type ReadBatch, type ReadOptions,
} from "@joinery/connectors";
import { isObject } from "@joinery/scim";
import { pushedSchema, toConnectorObject } from "../../domain/pushed-attributes.js";
import type { PushedTypes } from "../../domain/pushed-types.js";
import type { PushedObject } from "../../domain/pushed.js";
import type { Tx } from "../ports.js";
import type { PushedAfter, PushedReports } from "../pushed-ports.js";

/** How long something that was pushed may wait until somebody is told. */
const lookMs = 500;
/** Tombstones are kept this long; an older token may lack some. */
const tokenMs = 30 * 86_400_000;
const pageMax = 1_000;

type Within = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** What an application's clients pushed, as any other system is read. */
export function toPushedConnector(
  within: Within,
  reports: PushedReports,
  applicationId: string | null,
  now: () => Date,
  types: PushedTypes,
): Connector {
  const system = new PushedSystem(within, reports, applicationId, now, types);
  return {
    reads: {
      describe: () => Promise.resolve(pushedSchema(types)),
      read: (options) => system.read(options),
    },
    changes: {
      begin: () => system.begin(),
      changes: (token, options) => system.changes(token, options),
    },
    listens: { listen: (signal) => system.listen(signal) },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/**
 * A report has a number: what it tells of was committed when it was numbered, and whatever commits
 * later is told by a later one.
 */
class PushedSystem {
  readonly #within: Within;
  readonly #reports: PushedReports;
  readonly #id: string | null;
  readonly #now: () => Date;
  readonly #toObject: (object: PushedObject) => ConnectorObject;

  constructor(
    within: Within,
    reports: PushedReports,
    applicationId: string | null,
    now: () => Date,
    types: PushedTypes,
  ) {
    this.#toObject = (object) => toConnectorObject(types, object);
    this.#within = within;
    this.#reports = reports;
    this.#id = applicationId;
    this.#now = now;
  }

  async *read({ signal, batchSizeMax }: ReadOptions): AsyncGenerator<ReadBatch> {
    const limit = Math.min(batchSizeMax, pageMax);
    if (!(await this.#within((tx) => this.#reports.isUsed(tx, this.#application)))) {
      throw new ConnectorError("stop", "SOURCE_EMPTY", "nobody has pushed anything yet");
    }
    for (let after: string | null = null; ;) {
      signal.throwIfAborted();
      const page = await this.#page((tx, id) => this.#reports.objects(tx, id, after, limit));
      if (page.length > 0) yield { type: "objects", objects: page.map(this.#toObject) };
      if (page.length < limit) break;
      after = page.at(-1)?.id ?? null;
    }
    for (let after: PushedAfter | null = null; ;) {
      signal.throwIfAborted();
      const page = await this.#page((tx, id) => this.#reports.members(tx, id, after, limit));
      if (page.length > 0) yield { type: "members", members: page };
      const last = page.at(-1);
      if (page.length < limit || last === undefined) break;
      after = [last.group, last.member];
    }
  }

  async begin(): Promise<ChangePosition> {
    const until = await this.#within(async (tx) => {
      const before = new Date(this.#now().getTime() - tokenMs);
      await this.#reports.forgetDeleted(tx, this.#application, before);
      return this.#reports.numberUntold(tx, this.#application);
    });
    return { token: this.#tokenOf(until), reportsDeletions: true };
  }

  async *changes(
    token: string,
    { signal, batchSizeMax }: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const since = this.#sinceOf(token);
    const limit = Math.min(batchSizeMax, pageMax);
    const until = await this.#within((tx) => this.#reports.numberUntold(tx, this.#application));
    yield* this.#changedObjects(since, until, limit, signal);
    yield* this.#changedMembers(since, until, limit, signal);
    yield { type: "token", token: this.#tokenOf(until) };
  }

  async *#changedObjects(
    since: number,
    until: number,
    limit: number,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch> {
    let range = { since, after: null as string | null, until };
    for (;;) {
      signal.throwIfAborted();
      const page = await this.#page((tx, id) =>
        this.#reports.changedObjects(tx, id, range, limit));
      const objects = page.filter((each) => !each.deleted).map((each) =>
        this.#toObject(each.object));
      const gone = page.filter(({ deleted }) => deleted).map(({ object }) => ({
        anchor: object.id, because: "deleted" as const,
      }));
      if (objects.length > 0) yield { type: "objects", objects };
      if (gone.length > 0) yield { type: "gone", gone };
      const last = page.at(-1);
      if (page.length < limit || last === undefined) return;
      range = { since: last.change, after: last.object.id, until };
    }
  }

  async *#changedMembers(
    since: number,
    until: number,
    limit: number,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch> {
    let range = { since, after: null as string | null, member: null as string | null, until };
    for (;;) {
      signal.throwIfAborted();
      const page = await this.#page((tx, id) =>
        this.#reports.changedMembers(tx, id, range, limit));
      const of = (isThere: boolean) => page.filter(({ present }) => present === isThere)
        .map(({ group, member }) => ({ group, member }));
      if (page.length > 0) yield { type: "members", added: of(true), removed: of(false) };
      const last = page.at(-1);
      if (page.length < limit || last === undefined) return;
      range = { since: last.change, after: last.group, member: last.member, until };
    }
  }

  /** A hint whenever something waits that no report has told of. */
  async *listen(signal: AbortSignal): AsyncGenerator<ChangeHint> {
    yield { anchors: [], isMore: true };
    for (;;) {
      await delay(lookMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      if (await this.#within((tx) => this.#reports.hasUntold(tx, this.#application))) {
        yield { anchors: [], isMore: true };
      }
    }
  }

  /** Throws MISCONFIGURED: an application that is being made has nothing to be read. */
  get #application(): string {
    if (this.#id !== null) return this.#id;
    throw new ConnectorError("stop", "MISCONFIGURED", "the application is not there yet");
  }

  #page<T>(read: (tx: Tx, applicationId: string) => Promise<T>): Promise<T> {
    return this.#within((tx) => read(tx, this.#application));
  }

  #tokenOf(report: number): string {
    return JSON.stringify({ application: this.#id, report, at: this.#now().toISOString() });
  }

  /** Throws DELTA_TOKEN_REJECTED: everything is to be read. */
  #sinceOf(token: string): number {
    const held = parsed(token);
    const { application, report, at } = held;
    const age = typeof at === "string" ? this.#now().getTime() - Date.parse(at) : Infinity;
    if (application === this.#id && typeof report === "number" && age < tokenMs) return report;
    throw new ConnectorError("stop", "DELTA_TOKEN_REJECTED", "this position is not known any more");
  }
}

function parsed(token: string): Readonly<Record<string, unknown>> {
  try {
    const held: unknown = JSON.parse(token);
    return isObject(held) ? held : {};
  } catch {
    return {};
  }
}
