import type {
  Connector, ConnectorSchema, ReadBatch, ReadOptions, Reads, ReportsChanges, Writes,
} from "../connector.js";
import type { HttpClient } from "../http/http-client.js";
import { untilAborted } from "../until-aborted.js";
import type { HttpJsonConfiguration } from "./configuration.js";
import { JsonChanges } from "./json-changes.js";
import { JsonClient } from "./json-client.js";
import { JsonSystem } from "./json-system.js";
import { describe } from "./object-map.js";
import { firstPage } from "./pages.js";
import { readSystem } from "./read.js";
import { JsonWriter } from "./write.js";

/** Reads and writes people and groups of a system that speaks JSON, as the settings say how. */
export class HttpJsonConnector implements Connector {
  readonly reads: Reads;
  readonly writes?: Writes;
  readonly changes?: ReportsChanges;

  private readonly http: HttpClient;
  private readonly system: JsonSystem;

  constructor(http: HttpClient, configuration: HttpJsonConfiguration) {
    this.http = http;
    const system = new JsonSystem(new JsonClient(http, configuration), configuration);
    this.system = system;
    this.reads = {
      describe: (signal) => this.describe(signal),
      read: (options) => untilAborted(this.read(options), options.signal),
    };
    const kinds = [...system.maps.values()];
    const isWritten = kinds.some(({ settings }) => settings.writes !== undefined);
    if (isWritten) this.writes = new JsonWriter(system);
    const changes = JsonChanges.of(system);
    if (changes === undefined) return;
    this.changes = {
      begin: (signal) => changes.begin(signal),
      changes: (token, options) => untilAborted(changes.changes(token, options), options.signal),
    };
  }

  /** Signs in and asks for the first page of each list. */
  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const { settings, anchor } of this.system.maps.values()) {
      await firstPage(this.system.listing(settings.list, anchor, {}, signal));
    }
    const pairs = this.system.configuration.groups?.members?.pairs;
    if (pairs !== undefined) await firstPage(this.system.listing(pairs, undefined, {}, signal));
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** What the settings say: JSON has no schema of its own. */
  private describe(signal: AbortSignal): Promise<ConnectorSchema> {
    signal.throwIfAborted();
    const entries = [...this.system.maps].map(([kind, map]) => [kind, describe(map)] as const);
    return Promise.resolve(Object.fromEntries(entries));
  }

  private read(options: ReadOptions): AsyncGenerator<ReadBatch> {
    return readSystem(this.system, options);
  }
}
