import type { Tx } from "./ports.js";

export interface ExportPort {
  /** Discards whatever is planned or queued for an application. */
  discardOpen(tx: Tx, applicationId: string, code: string): Promise<void>;
  unpause(tx: Tx, applicationId: string): Promise<void>;
}
