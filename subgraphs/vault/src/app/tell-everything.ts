import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  identityRestated, insertOutbox, membershipRestated, sealEvents, splitBatches, splitRanges,
  vaultBundleStored, type Actor, type InboundChanged, type OutgoingEvent, type SnapshotAudience,
} from "@joinery/events";
import {
  codeOf, JoineryError, serviceActor, toEventActor, type TenantId, type TenantTransaction,
} from "@joinery/kit";
import { wholeBundles } from "../persistence/replicas.js";
import {
  identitiesAfter, lockSettled, membershipsAfter, type MembershipKey,
} from "../persistence/snapshot-reads.js";
import {
  wavesToldSince, type ToldWave, type WavePlace, type WaveState,
} from "../persistence/waves.js";
import { inboundEvent } from "./inbound-event.js";
import type { VaultDeps } from "./ports.js";

const identityPage = 500;
const membershipPage = 5_000;
const wavePage = 500;
const lookAgainMs = 250;
const giveUpMs = 3_600_000;
/** Whoever was set back further has ended its runs since. */
const wavesToldMs = 30 * 86_400_000;

/** Everything that others hold of the vault, for one that is new or was set back. */
export async function* tellVault(
  deps: VaultDeps,
  tenant: TenantId,
  { consumers }: SnapshotAudience,
): AsyncGenerator<number> {
  const telling = new Telling(deps, tenant);
  yield await telling.bundles();
  if (!consumers.has("applications")) return;
  yield* telling.identities();
  yield* telling.memberships();
  yield* telling.waves();
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

  identities(): AsyncGenerator<number> {
    return this.#pages<string>(async (tx, after) => {
      const page = await identitiesAfter(tx, after, identityPage);
      const events = splitBatches(page).map((identities) => ({
        ...this.#about, event: identityRestated, payload: { identities },
      }));
      const last = page.length < identityPage ? null : (page.at(-1)?.id ?? null);
      return { told: await this.#tell(tx, events), last };
    });
  }

  memberships(): AsyncGenerator<number> {
    return this.#pages<MembershipKey>(async (tx, after) => {
      const page = await membershipsAfter(tx, after, membershipPage);
      const isLast = page.length < membershipPage;
      const ranges = splitRanges(page, toKey, { after, isLast });
      const events = ranges.map(({ part, ...bounds }) => ({
        ...this.#about, event: membershipRestated, payload: { ...bounds, memberships: part },
      }));
      const last = isLast ? null : (ranges.at(-1)?.through ?? null);
      return { told: await this.#tell(tx, events), last };
    });
  }

  /** Page after page, each while nothing is half applied. Throws SNAPSHOT_GIVEN_UP in an hour. */
  async *#pages<Key>(
    tell: (tx: TenantTransaction, after: Key | null) => Promise<Step<Key>>,
  ): AsyncGenerator<number> {
    let after: Key | null = null;
    const giveUpAt = performance.now() + giveUpMs;
    for (;;) {
      if (performance.now() > giveUpAt) {
        throw new JoineryError("SNAPSHOT_GIVEN_UP", "a wave is half applied for an hour");
      }
      const step: Step<Key> | "later" = await this.#whenSettled((tx) => tell(tx, after));
      if (step === "later") {
        yield 0;
        await delay(lookAgainMs);
        continue;
      }
      yield step.told;
      if (step.last === null) return;
      after = step.last;
    }
  }

  async #whenSettled<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T | "later"> {
    try {
      return await this.#within(async (tx) => ((await lockSettled(tx)) ? work(tx) : "later"));
    } catch (error) {
      if (codeOf(error) === "PG_55P03") return "later";
      throw error;
    }
  }

  /**
   * How waves ended or why they wait: a run whose end was not heard of would wait for ever. Those
   * that are told cannot end otherwise before that.
   */
  async *waves(): AsyncGenerator<number> {
    const since = new Date(this.#deps.clock().getTime() - wavesToldMs);
    let after: WavePlace | null = null;
    for (;;) {
      const step: Step<WavePlace> = await this.#within(async (tx) => {
        const waves = await wavesToldSince(tx, since, after, wavePage);
        const told = await this.#tell(tx, waves.map((wave) => this.#waveEvent(wave)));
        return { told, last: waves.length < wavePage ? null : (waves.at(-1)?.place ?? null) };
      });
      yield step.told;
      if (step.last === null) return;
      after = step.last;
    }
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
