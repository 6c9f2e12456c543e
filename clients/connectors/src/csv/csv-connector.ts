import type { Connector, ConnectorHost, ConnectorSchema, Reads, Writes } from "../connector.js";
import type { CsvConfiguration } from "./configuration.js";
import { isToBeMade, openStream, readTables, tablesOf, type CsvPlace } from "./read.js";
import { newHeader } from "./new-file.js";
import { untilAborted } from "../until-aborted.js";
import { RowMapper } from "./row-mapper.js";
import { CsvWriter } from "./write.js";

/** Reads and writes files of comma-separated values below the host's files folder. */
export class CsvConnector implements Connector {
  readonly reads: Reads;
  readonly writes: Writes;

  private readonly place: CsvPlace;

  constructor(configuration: CsvConfiguration, host: Pick<ConnectorHost, "filesRoot">) {
    this.place = { root: host.filesRoot, configuration };
    this.writes = new CsvWriter(this.place);
    this.reads = {
      describe: (signal) => this.describe(signal),
      read: (options) => untilAborted(readTables(this.place, options), options.signal),
    };
  }

  /** Opens every file and finds every column. */
  async check(signal: AbortSignal): Promise<void> {
    await this.describe(signal);
  }

  async close(): Promise<void> {}

  private async describe(signal: AbortSignal): Promise<ConnectorSchema> {
    const schema: { user?: ConnectorSchema["user"]; group?: ConnectorSchema["group"] } = {};
    for (const { kind, table } of tablesOf(this.place.configuration)) {
      const header = await this.header(table.path, signal) ?? newHeader(table);
      const mapper = new RowMapper(kind, table, header, false);
      schema[kind] = mapper.attributes();
      if (table.members !== undefined) await this.header(table.members.path, signal);
    }
    return schema as ConnectorSchema;
  }

  private async header(path: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    if (await isToBeMade(this.place, path)) return undefined;
    const stream = await openStream(this.place, path, signal);
    await stream.close();
    return stream.header;
  }
}
