import { setTimeout as sleep } from "node:timers/promises";
import { requireBatch } from "../batch-limit.js";
import {
  ConnectorError,
  type ChangeBatch,
  type ChangeHint,
  type Connector,
  type Listens,
  type ConnectorWrite,
  type ReadBatch,
  type ReadOptions,
  type Reads,
  type ReportsChanges,
  type WriteResult,
  type Writes,
} from "../connector.js";
import { refusalOf } from "../refusal.js";
import { untilAborted } from "../until-aborted.js";
import { HintQueue } from "../hint-queue.js";
import { chunks } from "../chunks.js";
import { noFaults, type FakeCall, type Fault, type FaultPlan } from "./faults.js";
import type { FakeSystem } from "./fake-system.js";

export interface FakeConnectorOptions {
  readonly faults?: FaultPlan;
  readonly writeBatchMax?: number;
}

/** A connector to a system in memory, on which things go wrong as a plan says. */
export class FakeConnector implements Connector {
  readonly system: FakeSystem;
  readonly reads: Reads;
  readonly writes: Writes;
  readonly changes: ReportsChanges;
  readonly listens: Listens;
  /** Replaced at any time, for a test that goes through weathers. */
  faults: FaultPlan;

  private calls = 0;
  private offline = false;
  private readonly ears = new Set<HintQueue>();

  constructor(system: FakeSystem, options: FakeConnectorOptions = {}) {
    this.system = system;
    this.faults = options.faults ?? noFaults;
    this.reads = {
      describe: async (signal) => {
        await this.begin({ operation: "describe", id: "", object: "" }, signal);
        return system.schema;
      },
      read: (readOptions) => untilAborted(this.read(readOptions), readOptions.signal),
    };
    this.changes = {
      begin: async (signal) => {
        await this.begin({ operation: "begin", id: "", object: "" }, signal);
        return { token: system.journal.token, reportsDeletions: true };
      },
      changes: (token, readOptions) =>
        untilAborted(this.report(token, readOptions), readOptions.signal),
    };
    this.listens = { listen: (signal) => this.listen(signal) };
    this.writes = {
      writeBatchMax: options.writeBatchMax ?? 100,
      write: (writes, signal) => this.write(writes, signal),
    };
  }

  /** From here on nothing reaches the system. */
  goesOffline(): void {
    this.offline = true;
    for (const ear of this.ears) ear.fail(hungUp());
  }

  comesBack(): void {
    this.offline = false;
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.begin({ operation: "check", id: "", object: "" }, signal);
  }

  async close(): Promise<void> {}

  private async *read({ signal, batchSizeMax }: ReadOptions): AsyncGenerator<ReadBatch> {
    const fault = await this.begin({ operation: "read", id: "", object: "" }, signal);
    const objects = this.system.all();
    const members = this.system.members();
    const batches: ReadBatch[] = [
      ...[...chunks(objects, batchSizeMax)].map((part) =>
        ({ type: "objects" as const, objects: part })),
      ...[...chunks(members, batchSizeMax)].map((part) =>
        ({ type: "members" as const, members: part })),
    ];
    yield* answered(batches, fault);
  }

  private async *listen(signal: AbortSignal): AsyncGenerator<ChangeHint> {
    await this.begin({ operation: "listen", id: "", object: "" }, signal);
    const ear = new HintQueue();
    const stop = (): void => { ear.fail(signal.reason); };
    const forget = this.system.journal.tell(ear);
    this.ears.add(ear);
    signal.addEventListener("abort", stop, { once: true });
    try {
      yield { anchors: [], isMore: false };
      for (;;) yield await ear.next();
    } finally {
      signal.removeEventListener("abort", stop);
      this.ears.delete(ear);
      forget();
    }
  }

  private async *report(
    token: string, { signal, batchSizeMax }: ReadOptions,
  ): AsyncGenerator<ChangeBatch> {
    const fault = await this.begin({ operation: "changes", id: "", object: "" }, signal);
    const batches = this.system.journal.since(token, batchSizeMax);
    yield* answered(batches, fault);
  }

  private async write(
    writes: readonly ConnectorWrite[],
    signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    requireBatch(writes, this.writes.writeBatchMax);
    const results: WriteResult[] = [];
    for (const write of writes) results.push(await this.writeOne(write, signal));
    return results;
  }

  /** Throws ConnectorError of kind stop, and what ends the whole batch: an abort, `half`. */
  private async writeOne(write: ConnectorWrite, signal: AbortSignal): Promise<WriteResult> {
    const object = write.operation === "create" ? this.system.nameOf(write) : write.anchor;
    try {
      const fault = await this.begin({ operation: write.operation, id: write.id, object }, signal);
      if (fault?.type === "half") throw new HalfDone();
      const result = this.system.perform(write);
      if (fault?.type === "lost") throw timedOut();
      return fault?.type === "twice" ? this.system.perform(write) : result;
    } catch (error) {
      if (error instanceof HalfDone) throw hungUp();
      if (!(error instanceof ConnectorError) || error.kind === "stop") throw error;
      return refusalOf(write, error);
    }
  }

  /** Lets the fault have its way before anything is done, and returns what is left of it. */
  private async begin(
    call: Omit<FakeCall, "turn">,
    signal: AbortSignal,
  ): Promise<Fault | undefined> {
    signal.throwIfAborted();
    const fault = this.faults({ ...call, turn: this.calls });
    this.calls += 1;
    if (this.offline)
      throw new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the system is offline");
    switch (fault?.type) {
      case "slow":
        await pause(fault.ms, signal);
        return undefined;
      case "never":
        await pause(2 ** 31 - 1, signal);
        return undefined;
      case "refused":
        throw new ConnectorError(
          fault.kind,
          fault.code,
          "refused as planned",
          fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs },
        );
      default:
        return fault;
    }
  }
}

/** The system hung up in the middle of a batch: what was done stays done, nobody is told. */
class HalfDone extends Error {}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** What a read gives under a fault: half of it, each batch twice, or all and then no answer. */
function* answered<T>(batches: readonly T[], fault: Fault | undefined): Generator<T> {
  const end = fault?.type === "half" ? Math.floor(batches.length / 2) : batches.length;
  for (const batch of batches.slice(0, end)) {
    yield batch;
    if (fault?.type === "twice") yield batch;
  }
  if (fault?.type === "half") throw hungUp();
  if (fault?.type === "lost") throw timedOut();
}

function hungUp(): ConnectorError {
  return new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the system hung up half-way");
}

function timedOut(): ConnectorError {
  return new ConnectorError("retry", "CONNECTOR_TIMEOUT", "the answer was lost");
}

