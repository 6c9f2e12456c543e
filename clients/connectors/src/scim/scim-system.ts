import type { ScimConfiguration } from "./configuration.js";
import { discover, type ScimService } from "./discovery.js";
import type { ScimClient } from "./scim-client.js";

/** One system that speaks SCIM, and what it said of itself. */
export class ScimSystem {
  readonly client: ScimClient;
  readonly configuration: ScimConfiguration;
  private found: ScimService | undefined;

  constructor(client: ScimClient, configuration: ScimConfiguration) {
    this.client = client;
    this.configuration = configuration;
  }

  /** What the server is like; it is asked anew for each read, and once for writes. */
  async service(signal: AbortSignal, isAnew: boolean): Promise<ScimService> {
    if (this.found !== undefined && !isAnew) return this.found;
    this.found = await discover(this.client, this.configuration, signal);
    return this.found;
  }
}
