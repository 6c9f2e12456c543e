import type { Actor } from "../permissions.js";

/** What every resolver gets: who asks, for which request, and the service's ports. */
export interface GraphContext<Deps = unknown> {
  readonly actor: Actor;
  readonly requestId: string;
  readonly deps: Deps;
  /** Per-request cache: loaders live here, so that entities are fetched in batches. */
  readonly loaders: Map<string, unknown>;
}
