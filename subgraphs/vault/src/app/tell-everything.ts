import { randomUUID } from "node:crypto";
import {
  identityRestated, insertOutbox, membershipRestated, sealEvents, splitBatches, splitRanges,
  vaultBundleStored, type Actor, type InboundChanged, type OutgoingEvent, type SnapshotSource,
} from "@joinery/events";
import { serviceActor, toEventActor, type TenantId, type TenantTransaction } from "@joinery/kit";
import { wholeBundles } from "../persistence/replicas.js";
import {
  identitiesAfter, lockMembershipsAfter, type MembershipKey,
} from "../persistence/snapshot-reads.js";
import { wavesToldSince, type ToldWave, type WaveState } from "../persistence/waves.js";
import { inboundEvent } from "./inbound-event.js";
import type { VaultDeps } from "./ports.js";

const identityPage = 500;
const membershipPage = 5_000;
/** Whoever was set back further has ended its runs since. */
const wavesToldMs = 30 * 86_400_000;

/** Everything that others hold of the vault, for one that is new or was set back. */
export function vaultSnapshots(deps: VaultDeps): SnapshotSource {
  return {
    async *tell({ consumers }) {
      for (const tenant of await deps.door.listTenants()) {
        const telling = new Telling(deps, tenant);
        yield await telling.bundles();
        if (!consumers.has("applications")) continue;
        yield* telling.identities();
        yield* telling.memberships();
        yield await telling.waves();
      }
    },
  };
}

/** One organisation, in transactions of a page each. */
class Telling {
  readonly #deps: VaultDeps;
  readonly #about: {
    readonly tenant: TenantId;
    readonly actor: Actor;
    readonly correlation: string;
  };

  constructor(deps: VaultDeps, tenant: TenantId) {
    this.#deps = deps;
    const actor = toEventActor(serviceActor("vault", tenant));
    this.#about = { tenant, actor, correlation: randomUUID() };
  }

  /** Rule sets that it holds whole. */
  bundles(): Promise<number> {
    return this.#within(async (tx) => {
      const events = (await wholeBundles(tx)).map((payload) => ({
        ...this.#about, event: vaultBundleStored, payload,
      }));
      return this.#tell(tx, events);
    });
  }

  async *identities(): AsyncGenerator<number> {
    let after: string | null = null;
    do {
      const step: Step<string> = await this.#within(async (tx) => {
        const page = await identitiesAfter(tx, after, identityPage);
        const events = splitBatches(page).map((identities) => ({
          ...this.#about, event: identityRestated, payload: { identities },
        }));
        const last = page.length < identityPage ? null : (page.at(-1)?.id ?? null);
        return { told: await this.#tell(tx, events), last };
      });
      yield step.told;
      after = step.last;
    } while (after !== null);
  }

  async *memberships(): AsyncGenerator<number> {
    let after: MembershipKey | null = null;
    do {
      const step: Step<MembershipKey> = await this.#within(async (tx) => {
        const page = await lockMembershipsAfter(tx, after, membershipPage);
        const isLast = page.length < membershipPage;
        const ranges = splitRanges(page, toKey, { after, isLast });
        const events = ranges.map(({ part, ...bounds }) => ({
          ...this.#about, event: membershipRestated, payload: { ...bounds, memberships: part },
        }));
        const last = isLast ? null : (ranges.at(-1)?.through ?? null);
        return { told: await this.#tell(tx, events), last };
      });
      yield step.told;
      after = step.last;
    } while (after !== null);
  }

  /** How waves ended or why they wait: a run whose end was not heard of would wait for ever. */
  waves(): Promise<number> {
    return this.#within(async (tx) => {
      const since = new Date(this.#deps.clock().getTime() - wavesToldMs);
      const waves = await wavesToldSince(tx, since);
      return this.#tell(tx, waves.map((told) => this.#waveEvent(told)));
    });
  }

  #waveEvent({ wave, why }: ToldWave): OutgoingEvent<InboundChanged> {
    return inboundEvent(wave, toldAs(wave.state), this.#about, why ?? {});
  }

  #within<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return this.#deps.door.withTenant(this.#about.tenant, work);
  }

  async #tell(tx: TenantTransaction, events: readonly OutgoingEvent[]): Promise<number> {
    await insertOutbox(tx.client, await sealEvents(this.#deps.keys.events, events));
    return events.length;
  }
}

interface Step<Key> {
  readonly told: number;
  /** Where the next one begins; null when there is none. */
  readonly last: Key | null;
}

function toKey({ groupId, memberId }: MembershipKey): MembershipKey {
  return { groupId, memberId };
}

/** A wave that a person gave up is set aside here, and discarded for everybody else. */
function toldAs(state: WaveState): InboundChanged["state"] {
  if (state === "held" || state === "finished" || state === "failed") return state;
  return "discarded";
}
