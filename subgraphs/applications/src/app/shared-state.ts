import type { ConnectorHost } from "@joinery/connectors";
import type { TenantId } from "@joinery/kit";

type Slot = NonNullable<ConnectorHost["shared"]>;

/** How many connections are remembered; whoever is forgotten begins anew. */
const slotsMax = 10_000;

/**
 * What the connectors of one connection have in common in this process: when the next request may
 * be sent, and how many are on their way.
 */
export class SharedState {
  readonly #slots = new Map<string, Slot>();

  /** The same for every connector of one connection; whoever was not asked for longest goes. */
  of(tenant: TenantId, connectionId: string): Slot {
    const key = `${tenant} ${connectionId}`;
    const slot = this.#slots.get(key) ?? newSlot();
    this.#slots.delete(key);
    this.#slots.set(key, slot);
    if (this.#slots.size > slotsMax) {
      const [oldest] = this.#slots.keys();
      if (oldest !== undefined) this.#slots.delete(oldest);
    }
    return slot;
  }
}

function newSlot(): Slot {
  const values = new Map<string, unknown>();
  return <T>(name: string, make: () => T): T => {
    if (!values.has(name)) values.set(name, make());
    return values.get(name) as T;
  };
}
