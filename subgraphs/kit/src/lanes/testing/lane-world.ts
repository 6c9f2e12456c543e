import { randomBytes, randomUUID } from "node:crypto";
import {
  defineEvent,
  sealEvents,
  Type,
  type Channel,
  type Sealer,
  type WavePlace,
} from "@joinery/events";
import { inject } from "vitest";
import type { ProvidedServices } from "../../services/provided-context.js";
import { openServiceDatabase, type ServiceDatabase } from "../../testing/index.js";
import type { Log } from "../../log.js";
import { silentLog } from "../../log.js";
import type { LaneHandler } from "../handler.js";
import { LaneRunner, type LaneRunnerOptions } from "../lane-runner.js";

const Step = Type.Object({ n: Type.Integer(), objects: Type.Array(Type.String()) });

/** An ordinary event, a wave's batch, and its manifest. */
export const stepTaken = defineEvent({
  name: "vault.step.taken",
  version: 1,
  channels: ["batch", "pulse"],
  payload: Step,
});
export const wavePart = defineEvent({ name: "vault.part.told", version: 1, payload: Step });
export const waveClosed = defineEvent({ name: "vault.wave.closed", version: 1, payload: Step });

export interface Arrival {
  readonly n?: number;
  readonly objects?: readonly string[];
  readonly channel?: Channel;
  readonly wave?: WavePlace;
  readonly producer?: string;
}

/**
 * A service's database whose inbox tests fill as a consumer does, and a record of what was handled.
 */
export class LaneWorld {
  readonly database: ServiceDatabase;
  readonly #seqs = new Map<string, number>();
  readonly #runners: LaneRunner[] = [];

  private constructor(database: ServiceDatabase) {
    this.database = database;
  }

  static async open(): Promise<LaneWorld> {
    const url: ProvidedServices["postgresUrl"] = inject("postgresUrl");
    const service = `lanes${randomBytes(4).toString("hex")}` as "vault";
    const tables = {
      name: service,
      entities: [],
      databaseMigrations: [],
      tenantMigrations: [done],
    };
    return new LaneWorld(await openServiceDatabase(url, tables));
  }

  get sealer(): Sealer {
    return this.database.keys.events;
  }

  /** Stores messages in one transaction, as they come from a broker. */
  async arrive(tenant: string, arrivals: readonly Arrival[]): Promise<void> {
    for (const [key, group] of grouped(arrivals)) {
      const [producer = "", channel = ""] = key.split(" ");
      const rows: object[] = [];
      const payloads: Uint8Array[] = [];
      let at = 0;
      for (const arrival of group) {
        const [event] = await sealEvents(this.sealer, [outgoing(tenant, arrival)]);
        if (event === undefined) throw new Error("nothing was sealed");
        const { envelope, sealed } = event;
        const kept = envelope.wave !== undefined && envelope.wave.manifest !== true;
        rows.push({
          seq: this.#next(key),
          tenant,
          event_id: envelope.id,
          name: envelope.name,
          version: 1,
          wave_id: envelope.wave?.id ?? null,
          wave_batch: envelope.wave?.batch ?? null,
          manifest: envelope.wave?.manifest === true,
          envelope,
          at,
          size: sealed.length,
          state: kept ? "kept" : "ready",
        });
        payloads.push(sealed);
        at += sealed.length;
      }
      await this.database.door.pool.query("select joinery.receive($1, $2, 1, $3, $4)", [
        producer,
        channel,
        JSON.stringify(rows),
        Buffer.concat(payloads),
      ]);
      await this.database.door.pool.query("select pg_notify('joinery_inbox', $1)", [channel]);
    }
  }

  runner(handlers: readonly LaneHandler[], options: Partial<LaneRunnerOptions> = {}): LaneRunner {
    const runner = new LaneRunner({
      db: this.database.door,
      service: "lanes",
      handlers,
      sealer: this.sealer,
      log: silentLog,
      retryFirstMs: 20,
      ...options,
    });
    this.#runners.push(runner);
    return runner;
  }

  /** What effects wrote, in the order of their writing. */
  async done(tenant: string): Promise<number[]> {
    return this.database.door.withTenant(tenant, async (tx) => {
      const rows = await tx.query<{ n: number }>("select n from done order by id");
      return rows.map(({ n }) => n);
    });
  }

  async inbox(tenant: string): Promise<{ state: string; reason: string | null; name: string }[]> {
    const { rows } = await this.database.door.pool.query<{
      state: string;
      reason: string | null;
      name: string;
    }>("select state, reason, name from joinery.inbox where tenant = $1 order by position", [
      tenant,
    ]);
    return rows;
  }

  async close(): Promise<void> {
    for (const runner of this.#runners) await runner.stop();
    await this.database.close();
  }

  #next(key: string): number {
    const seq = (this.#seqs.get(key) ?? 0) + 1;
    this.#seqs.set(key, seq);
    return seq;
  }
}

/** Remembers the fields and codes of errors. */
export function rememberingLog(): Log & { readonly codes: string[] } {
  const codes: string[] = [];
  const log = {
    ...silentLog,
    codes,
    error: (_message: string, _error: unknown, fields?: Readonly<Record<string, unknown>>) => {
      codes.push(String(fields?.["code"]));
    },
    with: () => log,
  };
  return log;
}

const done = {
  id: "0001-done",
  sql: "create table done (id bigint generated always as identity primary key, n int not null)",
};

function outgoing(tenant: string, arrival: Arrival) {
  const { n = 0, objects = [], channel = "batch", wave } = arrival;
  const event = wave === undefined ? stepTaken : wave.manifest === true ? waveClosed : wavePart;
  return {
    event,
    tenant,
    channel,
    payload: { n, objects: [...objects] },
    correlation: "test",
    actor: { kind: "system" as const, id: "test" },
    id: randomUUID(),
    ...(wave === undefined ? {} : { wave }),
  };
}

function grouped(arrivals: readonly Arrival[]): Map<string, Arrival[]> {
  const groups = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    const key = `${arrival.producer ?? "vault"} ${arrival.channel ?? "batch"}`;
    groups.set(key, [...(groups.get(key) ?? []), arrival]);
  }
  return groups;
}

export async function until(
  what: string,
  read: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await read())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
