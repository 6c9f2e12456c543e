import type { Connector } from "@joinery/connectors";
import type { Application } from "../../domain/application.js";
import type { OpenWave } from "../export-ports.js";
import type { Deps, Task } from "../ports.js";

/** One application's queue under a claim, with its connector open. */
export interface ExportWork {
  readonly deps: Deps;
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly application: Application;
  readonly connector: Connector;
  readonly wave: OpenWave;
}

/**
 * Items of one batch at most, whatever the connector would take: some seconds of work to be done
 * again after a crash, and some megabytes. A file is copied once a batch, so small ones are dear.
 */
export const batchSizeMax = 5_000;
