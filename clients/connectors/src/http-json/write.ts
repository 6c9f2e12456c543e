import { requireBatch } from "../batch-limit.js";
import type { ConnectorWrite, WriteResult, Writes } from "../connector.js";
import { performInOrder } from "../write-order.js";
import { create } from "./creates.js";
import type { JsonSystem } from "./json-system.js";
import { writeMembers } from "./member-writes.js";
import { firstPage } from "./pages.js";
import { remove, update } from "./updates.js";
import { targetOf } from "./write-context.js";

/** Writes to a system that speaks JSON, several objects at once and each one's writes in order. */
export class JsonWriter implements Writes {
  readonly writeBatchMax = 1_000;

  private readonly system: JsonSystem;
  private isProven = false;

  constructor(system: JsonSystem) {
    this.system = system;
  }

  /** Throws ConnectorError of kind stop, and where the server does not answer at all. */
  async write(
    writes: readonly ConnectorWrite[], signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    requireBatch(writes, this.writeBatchMax);
    signal.throwIfAborted();
    if (writes.length === 0) return [];
    await this.prove(signal);
    return performInOrder(writes, {
      perform: (write) => performOne(this.system, write, signal),
      keysOf: (write) => keysOf(this.system, write),
      inFlightMax: this.system.configuration.inFlightMax,
    });
  }

  /** "Not found" means gone only where the lists themselves were found once. */
  private async prove(signal: AbortSignal): Promise<void> {
    if (this.isProven) return;
    for (const { settings, anchor } of this.system.maps.values()) {
      await firstPage(this.system.listing(settings.list, anchor, {}, signal));
    }
    this.isProven = true;
  }
}

async function performOne(
  system: JsonSystem, write: ConnectorWrite, signal: AbortSignal,
): Promise<WriteResult> {
  switch (write.operation) {
    case "create":
      return create(targetOf(system, write.kind, signal), write);
    case "update":
      return update(targetOf(system, write.kind, signal), write);
    case "delete":
      return remove(targetOf(system, write.kind, signal), write);
    case "members":
      return writeMembers(targetOf(system, "group", signal), write);
  }
}

/** What a write touches: its object, and the names that it has or shall have. */
function keysOf(system: JsonSystem, write: ConnectorWrite): readonly string[] {
  if (write.operation === "members") return [`anchor ${write.anchor}`];
  const nameKey = (name: unknown) => `${write.kind} ${String(name).toLowerCase()}`;
  const naming = system.maps.get(write.kind)?.settings.name ?? "";
  if (write.operation === "create") {
    return [`id ${write.id}`, nameKey(write.attributes[naming] ?? "")];
  }
  const to = write.operation === "update" ? write.changes[naming]?.after : undefined;
  const names = [nameKey(write.name), ...(to === undefined || to === null ? [] : [nameKey(to)])];
  return [`anchor ${write.anchor}`, ...new Set(names)];
}
