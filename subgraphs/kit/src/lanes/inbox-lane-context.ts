import { definePoints } from "@joinery/events";
import type pg from "pg";
import type { Door, TenantTransaction } from "../database/door.js";
import { assert } from "../errors.js";
import type { LaneContext, LaneMessage, ParkedObject } from "./handler.js";
import type { LaneMessages } from "./lane-messages.js";
import type { Claim, InboxRow } from "./lane-store.js";
import { checkFence, forgetLosses, markHandled } from "./message-store.js";
import { deleteParked, insertParked } from "./parked.js";
import { adoptKept, countKept, deleteWave, readKept, reactivateWave } from "./wave-store.js";

const point = definePoints("lane.commit.before", "lane.commit.after");

/** The lane as the handler of one message sees it. */
export class InboxLaneContext implements LaneContext {
  readonly tenant: string;
  readonly #door: Door;
  readonly #messages: LaneMessages;
  readonly #claim: Claim;
  readonly #row: InboxRow;
  #handled = false;

  constructor(lane: {
    readonly door: Door;
    readonly messages: LaneMessages;
    readonly claim: Claim;
    readonly row: InboxRow;
  }) {
    this.tenant = lane.claim.tenant;
    this.#door = lane.door;
    this.#messages = lane.messages;
    this.#claim = lane.claim;
    this.#row = lane.row;
  }

  /** The message was marked handled in the transaction of an effect. */
  get handled(): boolean {
    return this.#handled;
  }

  async commit<T>(
    work: (tx: TenantTransaction) => Promise<T>,
    options: { readonly handled?: boolean } = {},
  ): Promise<T> {
    assert(!this.#handled, "a handled message has no further effects");
    const handled = options.handled === true;
    const result = await this.#door.withTenant(this.tenant, async (tx) => {
      const value = await work(tx);
      await tx.asService(async (sql) => {
        if (handled) await markHandled(sql, this.#row);
        else if (this.#row.losses > 0) await forgetLosses(sql, this.#row);
        await checkFence(sql, this.#claim);
      });
      await point("lane.commit.before");
      return value;
    });
    this.#handled = handled;
    await point("lane.commit.after");
    return result;
  }

  /** Reads and opens the next page while the last is worked on. */
  async *waveMessages(waveId: string, from = 0): AsyncGenerator<LaneMessage> {
    let page = this.#page(waveId, from);
    for (;;) {
      const { messages, next } = await page;
      if (next === undefined) return;
      page = this.#page(waveId, next);
      // Its failure is met when it is awaited, or does not matter when nobody reads on.
      page.catch(() => undefined);
      yield* messages;
    }
  }

  async #page(waveId: string, from: number) {
    const rows = await readKept(this.#pool, this.tenant, waveId, from);
    const messages = await Promise.all(
      rows.map(({ envelope, payload }) => this.#messages.open(envelope, payload)),
    );
    const last = rows.at(-1)?.kept_at;
    return { messages, next: last === undefined ? undefined : last + 1 };
  }

  async waveCount(waveId: string): Promise<number> {
    return countKept(this.#pool, this.tenant, waveId);
  }

  async finishWave(tx: TenantTransaction, waveId: string): Promise<void> {
    await tx.asService((sql) => deleteWave(sql, this.tenant, waveId));
  }

  async adoptWave(tx: TenantTransaction, from: string, into: string): Promise<void> {
    assert(from !== into, "a wave does not adopt itself");
    await tx.asService((sql) => adoptKept(sql, this.tenant, from, into));
  }

  async reactivate(tx: TenantTransaction, waveId: string): Promise<void> {
    await tx.asService((sql) => reactivateWave(sql, this.tenant, waveId));
  }

  async park(tx: TenantTransaction, objects: readonly ParkedObject[]): Promise<void> {
    const { envelope } = this.#row;
    const sealed = await Promise.all(
      objects.map(({ payload }) => this.#messages.sealAgain(envelope, payload)),
    );
    await tx.asService(async (sql) => {
      await deleteParked(
        sql,
        this.tenant,
        envelope.name,
        objects.map(({ object }) => object),
      );
      for (const [index, { object, code }] of objects.entries()) {
        const bytes = sealed[index];
        if (bytes !== undefined)
          await insertParked(sql, this.#row, { key: object, code, sealed: bytes });
      }
    });
  }

  async replaceParked(tx: TenantTransaction, objects: readonly string[]): Promise<void> {
    const { name } = this.#row.envelope;
    await tx.asService((sql) => deleteParked(sql, this.tenant, name, objects));
  }

  get #pool(): pg.Pool {
    return this.#door.pool;
  }
}
