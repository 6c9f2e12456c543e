import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

/** Statements on the client of one transaction. */
export interface Sql {
  /** The raw client of this transaction; its lifetime is the transaction's. */
  readonly client: pg.PoolClient;
  /** One statement by the extended protocol, which refuses several statements in one text. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Same, answering how many rows were touched. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
  /** `copy … from stdin`; `data` yields the bytes in the format that the text names. */
  copyFrom(text: string, data: Readable): Promise<number>;
}

export class SqlClient implements Sql {
  readonly client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
    const result = await this.client.query<Row>(extended(text, values));
    return result.rows;
  }

  async execute(text: string, values: readonly unknown[] = []): Promise<number> {
    const result = await this.client.query<pg.QueryResultRow>(extended(text, values));
    return result.rowCount ?? 0;
  }

  async copyFrom(text: string, data: Readable): Promise<number> {
    const stream = this.client.query(copyFrom(text));
    await pipeline(data, stream);
    return stream.rowCount;
  }
}

/** `queryMode` is pg's own setting, which its type declarations do not have yet. */
function extended(text: string, values: readonly unknown[]): pg.QueryConfig<unknown[]> {
  return Object.assign({ text, values: [...values] }, { queryMode: "extended" as const });
}
