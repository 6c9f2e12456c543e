import { assert, json } from "@joinery/kit";
import type { Connection } from "../domain/connection.js";
import type { ConnectionPort } from "../app/connection-ports.js";
import type { Tx } from "../app/ports.js";
import { isUuid } from "./uuid.js";
import { setClause } from "./set-clause.js";

interface Row extends Record<string, unknown> {
  id: string;
  key: string;
  name: string;
  connector: string;
  configuration: Connection["configuration"];
  revision: string;
  created_at: Date;
  updated_at: Date;
}

const columns = "id, key, name, connector, configuration, revision, created_at, updated_at";

function toConnection(row: Row): Connection {
  const { id, key, name, connector, configuration } = row;
  return {
    id, key, name, connector, configuration, revision: Number(row.revision),
    createdAt: row.created_at, updatedAt: row.updated_at,
  };
}

async function one(tx: Tx, idOrKey: string, lock: "" | "for update"): Promise<Connection | null> {
  const condition = isUuid(idOrKey) ? "id = $1" : "key = $1";
  const text = `select ${columns} from connection where ${condition} ${lock}`;
  const [row] = await tx.query<Row>(text, [idOrKey]);
  return row === undefined ? null : toConnection(row);
}

export const connectionStore: ConnectionPort = {
  find: (tx, idOrKey) => one(tx, idOrKey, ""),
  lock: (tx, idOrKey) => one(tx, idOrKey, "for update"),

  async findMany(tx, ids) {
    const rows = await tx.query<Row>(
      `select ${columns} from connection where id = any($1)`, [ids.filter(isUuid)]);
    return rows.map(toConnection);
  },

  async page(tx, limit, after) {
    const [key, id] = after ?? [null, null];
    const rows = await tx.query<Row>(
      `select ${columns} from connection
       where $1::text is null or (key, id) > ($1::text, $2::uuid)
       order by key, id limit $3`, [key, id, limit]);
    return rows.map(toConnection);
  },

  async add(tx, { id, key, name, connector, configuration }) {
    return (await tx.execute(
      `insert into connection (id, key, name, connector, configuration)
       values ($1, $2, $3, $4, $5) on conflict (key) do nothing`,
      [id, key, name, connector, JSON.stringify(configuration)])) === 1;
  },

  async change(tx, id, { name, configuration }) {
    const { text, values } = setClause(2, {
      name, configuration: configuration && json(configuration),
    });
    const [row] = await tx.query<Row>(
      `update connection set ${text} revision = revision + 1, updated_at = now()
       where id = $1 returning ${columns}`, [id, ...values]);
    assert(row !== undefined, "a connection that changes is there");
    return toConnection(row);
  },

  async remove(tx, id) {
    await tx.execute(
      "update application set connection_id = null where connection_id = $1 and state = 'deleted'",
      [id]);
    await tx.execute("delete from connection where id = $1", [id]);
  },
};
