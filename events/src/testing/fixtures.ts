import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type pg from "pg";
import { Type, type Static } from "typebox";
import { borrow } from "../borrow.js";
import { defineEvent } from "../contract.js";
import type { Actor, Channel, WavePlace } from "../envelope.js";
import type { EventLog } from "../log.js";
import { insertOutbox } from "../outbox.js";
import { sealEvents, type OutgoingEvent, type Sealer } from "../sealing.js";

/** Writes nothing. */
export const quiet: EventLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const key = randomBytes(32);

/** AES-256-GCM under one key of this process. */
export const testSealer: Sealer = {
  seal: async (_tenant, plain, aad) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 }).setAAD(aad);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },
  open: async (_tenant, sealed, aad) => {
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), {
      authTagLength: 16,
    }).setAAD(aad);
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  },
};

const Noted = Type.Object({ writer: Type.Integer(), count: Type.Integer(), text: Type.String() });

/** The one contract of these tests; its owner is whatever producer the test names. */
export const noted = defineEvent({
  name: "test.thing.noted",
  version: 1,
  channels: ["batch", "pulse"],
  payload: Noted,
});
export type Noted = Static<typeof Noted>;

export const system: Actor = { kind: "system", id: "test" };

export function note(
  tenant: string,
  payload: Partial<Noted>,
  extra: { channel?: Channel; wave?: WavePlace; producer?: string } = {},
): OutgoingEvent {
  const { producer, ...rest } = extra;
  return {
    event: producer === undefined ? noted : { ...noted, name: `${producer}.thing.noted` },
    tenant,
    payload: { writer: 0, count: 0, text: "", ...payload },
    actor: system,
    correlation: "test",
    ...rest,
  };
}

/** One transaction as a tenant role, as the door does it. */
export async function asTenant<T>(
  pool: pg.Pool,
  role: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query("begin");
    await client.query(`set local role "${role}"`);
    const result = await work(client);
    await client.query("commit");
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

export async function tell(
  pool: pg.Pool,
  role: string,
  events: readonly OutgoingEvent[],
): Promise<void> {
  const sealed = await sealEvents(testSealer, events);
  await asTenant(pool, role, (client) => insertOutbox(client, sealed));
}

/** Same with a connection of the service itself, as a snapshot may. Answers how many. */
export async function tellAsService(
  pool: pg.Pool,
  events: readonly OutgoingEvent[],
): Promise<number> {
  const sealed = await sealEvents(testSealer, events);
  await borrow(pool, (client) => insertOutbox(client, sealed));
  return sealed.length;
}

/** Polls until `read` answers true; fails with `what` after `ms`. */
export async function until(
  what: string,
  read: () => boolean | Promise<boolean>,
  ms = 20_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await read())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
