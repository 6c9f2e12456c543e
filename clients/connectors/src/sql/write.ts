import type { ConnectorWrite, WriteResult, Writes } from "../connector.js";
import { performInOrder } from "../write-order.js";
import { WriteQueue } from "../write-queue.js";
import type { SqlConfiguration } from "./configuration.js";
import type { SignIn } from "./session.js";
import { Workplace } from "./workplace.js";

/**
 * Writes to a database: each object in a transaction of its own, several at once, each object's
 * writes in order. Connections stay open from batch to batch.
 */
export class SqlWriter implements Writes {
  readonly writeBatchMax = 1_000;

  private readonly signIn: SignIn;
  private idle: Workplace[] = [];
  private readonly queue: WriteQueue;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.queue = new WriteQueue(this.writeBatchMax, (writes, signal) =>
      this.writeBatch(writes, signal));
  }

  /**
   * Throws ConnectorError when nobody could sign in, and of kind stop; a connection that breaks
   * meanwhile makes the write that it carried a retry.
   */
  write(writes: readonly ConnectorWrite[], signal: AbortSignal): Promise<readonly WriteResult[]> {
    return this.queue.add(writes, signal);
  }

  async close(): Promise<void> {
    await this.queue.ended();
    for (const place of this.idle) await place.session.close();
    this.idle = [];
  }

  private async writeBatch(
    writes: readonly ConnectorWrite[], signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    signal.throwIfAborted();
    if (writes.length === 0) return [];
    // Whoever cannot sign in at all answers no write.
    this.idle.push(await this.take(signal));
    return performInOrder(writes, {
      keysOf: (write) => keysOf(write, this.signIn.configuration),
      inFlightMax: this.signIn.configuration.connectionsMax,
      perform: (write) => this.perform(write, signal),
    });
  }

  private async perform(write: ConnectorWrite, signal: AbortSignal): Promise<WriteResult> {
    const place = await this.take(signal);
    const release = place.session.breakOnAbort(signal);
    try {
      return await place.perform(write);
    } finally {
      release();
      if (!place.session.isBroken) this.idle.push(place);
    }
  }

  private async take(signal: AbortSignal): Promise<Workplace> {
    for (let place = this.idle.pop(); place !== undefined; place = this.idle.pop()) {
      if (!place.session.isBroken && await place.isAlive()) return place;
    }
    return Workplace.open(this.signIn, signal);
  }
}

/** What a write touches: its row by anchor, and the keys that it has or shall have. */
function keysOf(write: ConnectorWrite, { users, groups }: SqlConfiguration): readonly string[] {
  if (write.operation === "members") return [`group ${write.anchor}`];
  const { kind } = write;
  const settings = kind === "user" ? users : groups;
  const keys = [settings?.anchor, settings?.name].flatMap((column) => {
    if (column === undefined || write.operation === "delete") return [];
    const value = write.operation === "create" ? write.attributes[column]
      : write.changes[column]?.after;
    // A database may take two spellings for one.
    return value === undefined || value === null ? []
      : [`${kind} ${column} ${String(value).toLowerCase()}`];
  });
  return write.operation === "create" ? [`id ${write.id}`, ...keys]
    : [`${kind} ${write.anchor}`, `${kind} ${settings?.name} ${write.name.toLowerCase()}`, ...keys];
}
