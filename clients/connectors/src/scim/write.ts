import { requireBatch } from "../batch-limit.js";
import type { ConnectorWrite, WriteResult, Writes } from "../connector.js";
import { performInOrder } from "../write-order.js";
import { BulkLane } from "./bulk-lane.js";
import { create } from "./creates.js";
import type { ScimService } from "./discovery.js";
import { namingOf } from "./flat-attributes.js";
import { writeMembers } from "./member-writes.js";
import { listFirst } from "./pages.js";
import type { ScimWrite } from "./scim-client.js";
import type { ScimSystem } from "./scim-system.js";
import { remove, update } from "./updates.js";
import type { WriteContext } from "./write-context.js";

/** Writes to a SCIM system, several objects at once and each object's writes in order. */
export class ScimWriter implements Writes {
  readonly writeBatchMax = 1_000;

  private readonly system: ScimSystem;
  private isProven = false;

  constructor(system: ScimSystem) {
    this.system = system;
  }

  /** Throws ConnectorError of kind stop, and where the server cannot be asked what it is. */
  async write(
    writes: readonly ConnectorWrite[], signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    requireBatch(writes, this.writeBatchMax);
    signal.throwIfAborted();
    if (writes.length === 0) return [];
    const { client, configuration } = this.system;
    const service = await this.provenService(signal);
    if (service.bulk === undefined) {
      const change = (write: ScimWrite) => client.change(write, signal);
      const context = { client, service, configuration, signal, change };
      const perform = (write: ConnectorWrite) => performOne(context, write);
      const { inFlightMax } = configuration;
      return performInOrder(writes, { perform, keysOf, inFlightMax });
    }
    const lane = new BulkLane(client, service.bulk, signal);
    const change = (write: ScimWrite) => lane.change(write);
    const context = { client, service, configuration, signal, change };
    const perform = (write: ConnectorWrite) => lane.perform(() => performOne(context, write));
    return performInOrder(writes, { perform, keysOf, inFlightMax: service.bulk.operationsMax });
  }

  /** "Not found" means gone only where the place itself was found once. */
  private async provenService(signal: AbortSignal): Promise<ScimService> {
    const { client } = this.system;
    const service = await this.system.service(signal, false);
    if (!this.isProven) {
      for (const kind of service.kinds.values()) {
        const counter = { left: 1 };
        await listFirst({ client, service, kind, filter: undefined, signal, counter }, 1);
      }
      this.isProven = true;
    }
    return service;
  }
}

async function performOne(context: WriteContext, write: ConnectorWrite): Promise<WriteResult> {
  switch (write.operation) {
    case "create":
      return create(context, write);
    case "update":
      return update(context, write);
    case "delete":
      return remove(context, write);
    case "members":
      return writeMembers(context, write);
  }
}

/** What a write touches: its object, and the names that it has or shall have. */
function keysOf(write: ConnectorWrite): readonly string[] {
  if (write.operation === "members") return [`anchor ${write.anchor}`];
  const nameKey = (name: unknown) => `${write.kind} ${String(name).toLowerCase()}`;
  const naming = namingOf[write.kind];
  if (write.operation === "create") {
    return [`id ${write.id}`, nameKey(write.attributes[naming] ?? "")];
  }
  const to = write.operation === "update" ? write.changes[naming]?.after : undefined;
  const names = [nameKey(write.name), ...(to === undefined || to === null ? [] : [nameKey(to)])];
  return [`anchor ${write.anchor}`, ...new Set(names)];
}
