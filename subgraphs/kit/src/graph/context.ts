import type { Actor } from "../permissions.js";

/** What every resolver gets: who asks, for which request, and the service's ports. */
export interface GraphContext<Deps = unknown> {
  readonly actor: Actor;
  readonly requestId: string;
  /** Network address of whoever asks, where the edge knows it: for the audit, never for a log. */
  readonly address?: string;
  readonly deps: Deps;
  /** Per-request cache: loaders live here, so that entities are fetched in batches. */
  readonly loaders: Map<string, unknown>;
}
