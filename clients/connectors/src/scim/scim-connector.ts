import {
  type Connector, type ConnectorSchema, type ReadBatch, type ReadOptions, type Reads,
  type ReportsChanges, type Writes,
} from "../connector.js";
import type { HttpClient } from "../http/http-client.js";
import { untilAborted } from "../until-aborted.js";
import type { ScimConfiguration } from "./configuration.js";
import { listFirst } from "./pages.js";
import { readResources } from "./read.js";
import { describe } from "./resource-kind.js";
import { ScimChanges } from "./scim-changes.js";
import { ScimClient } from "./scim-client.js";
import { ScimSystem } from "./scim-system.js";
import { ScimWriter } from "./write.js";

/** Reads and writes people and groups of a system that speaks SCIM 2.0 (RFC 7643, RFC 7644). */
export class ScimConnector implements Connector {
  readonly reads: Reads;
  readonly writes: Writes;
  readonly changes: ReportsChanges;

  private readonly http: HttpClient;
  private readonly system: ScimSystem;

  constructor(http: HttpClient, configuration: ScimConfiguration) {
    this.http = http;
    this.system = new ScimSystem(new ScimClient(http, configuration.inFlightMax), configuration);
    this.reads = {
      describe: (signal) => this.describe(signal),
      read: (options) => untilAborted(this.read(options), options.signal),
    };
    this.writes = new ScimWriter(this.system);
    const changes = new ScimChanges(this.system);
    this.changes = {
      begin: (signal) => changes.begin(signal),
      changes: (token, options) => untilAborted(changes.changes(token, options), options.signal),
    };
  }

  /** Signs in and lists one person and one group. */
  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const service = await this.system.service(signal, true);
    for (const kind of service.kinds.values()) {
      const { filter } = kind.settings;
      const { client } = this.system;
      await listFirst({ client, service, kind, filter, signal, counter: { left: 1 } }, 1);
    }
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async describe(signal: AbortSignal): Promise<ConnectorSchema> {
    const { kinds } = await this.system.service(signal, true);
    const [user, group] = [kinds.get("user"), kinds.get("group")];
    return {
      ...(user === undefined ? {} : { user: describe(user) }),
      ...(group === undefined ? {} : { group: describe(group) }),
    };
  }

  private async *read(options: ReadOptions): AsyncGenerator<ReadBatch> {
    const { client, configuration } = this.system;
    const service = await this.system.service(options.signal, true);
    yield* readResources(client, service, configuration.objectsMax, options);
  }
}
