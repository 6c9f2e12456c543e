import type { Connection } from "../domain/connection.js";
import type { Position, Tx } from "./ports.js";

export type NewConnection =
  Pick<Connection, "id" | "key" | "name" | "connector" | "configuration">;

export type ConnectionChange = Partial<Pick<Connection, "name" | "configuration">>;

/** Connections; each is found by its id or its key. */
export interface ConnectionPort {
  find(tx: Tx, idOrKey: string): Promise<Connection | null>;
  /** Same, and its row is locked until the transaction ends. */
  lock(tx: Tx, idOrKey: string): Promise<Connection | null>;
  findMany(tx: Tx, ids: readonly string[]): Promise<readonly Connection[]>;
  page(tx: Tx, limit: number, after: Position | null): Promise<readonly Connection[]>;
  /** False when another one has the key; nothing was written then. */
  add(tx: Tx, connection: NewConnection): Promise<boolean>;
  /** Answers it with its new revision. */
  change(tx: Tx, id: string, change: ConnectionChange): Promise<Connection>;
  /** Precondition: no application that is not deleted uses it. */
  remove(tx: Tx, id: string): Promise<void>;
}
