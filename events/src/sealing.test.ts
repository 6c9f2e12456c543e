import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { splitBatches } from "./batches.js";
import { allContracts, defineEvent } from "./contract.js";
import { aadOf, type Envelope } from "./envelope.js";
import { packPayload, sealedBytesMax, unpackPayload } from "./payload.js";
import { openEvent, sealEvents, type SealedEvent } from "./sealing.js";
import { note, noted, testSealer } from "./testing/fixtures.js";

const code = (code: string) => expect.objectContaining({ code }) as Error;

describe("a contract", () => {
  const payload = Type.Object({ id: Type.String(), n: Type.Integer() });
  const contract = defineEvent({ name: "test.contract.told", version: 1, payload });

  it("lets fields through that a newer sender has added", () => {
    expect(contract.parse({ id: "a", n: 1, later: true })).toEqual({ id: "a", n: 1, later: true });
  });

  it("names the path of a fault and no value", () => {
    const secret = "correct-horse";
    try {
      contract.parse({ id: "a", n: secret });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "EVENT_INVALID", fields: { at: "/n", rule: "type" } });
      expect(JSON.stringify(error) + String(error)).not.toContain(secret);
    }
  });

  it("cannot be declared twice, or under a name that is no subject", () => {
    const again = () => defineEvent({ name: "test.contract.told", version: 1, payload });
    expect(again).toThrowError(code("CONTRACT_DUPLICATE"));
    for (const name of ["told", "a.b", "a.b.c.d", "a.*.c", "a.b.>", "A.b.c", "a..c"]) {
      expect(() => defineEvent({ name, version: 1, payload })).toThrowError(code("EVENT_INVALID"));
    }
    expect(allContracts()).toContain(contract);
  });
});

describe("sealing", () => {
  const tenant = "0123456789abcdef";

  it("gives back what was told", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 5_000 }), fc.integer(), async (text, count) => {
        const [event] = await sealEvents(testSealer, [note(tenant, { text, count })]);
        const payload = await openEvent(testSealer, noted, event as SealedEvent);
        expect(payload).toEqual({ writer: 0, count, text });
      }),
    );
  });

  it("binds a payload to its envelope: under any other it does not open", async () => {
    const [event] = await sealEvents(testSealer, [
      note(tenant, { text: "x" }, { wave: { id: "w", batch: 1 } }),
    ]);
    const { envelope, sealed } = event as SealedEvent;
    const others: Partial<Envelope>[] = [
      { tenant: "fedcba9876543210" },
      { id: "another" },
      { name: "test.thing.other" },
      { version: 2 },
      { channel: "pulse" },
      { occurredAt: "2020-01-01T00:00:00.000Z" },
      { wave: { id: "w", batch: 2 } },
      { wave: { id: "w", batch: 1, manifest: true } },
    ];
    for (const other of others) {
      const forged = { envelope: { ...envelope, ...other }, sealed };
      await expect(openEvent(testSealer, noted, forged)).rejects.toThrowError(/authenticate/);
    }
    await expect(openEvent(testSealer, noted, { envelope, sealed })).resolves.toBeDefined();
  });

  it("makes different bytes of different envelopes, however their parts run together", () => {
    const base = { id: "i", name: "n", version: 1, channel: "batch", occurredAt: "t" } as const;
    const rest = { actor: { kind: "system", id: "s" }, correlation: "c" } as const;
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        const one = aadOf({ ...base, ...rest, tenant: a, id: b });
        const other = aadOf({ ...base, ...rest, tenant: c, id: d });
        expect(Buffer.compare(one, other)).not.toBe(0);
      }),
    );
  });

  it("refuses more than 512 KiB, and keeps what just fits", async () => {
    const text = (bytes: number) => randomBytes(bytes).toString("base64");
    const fits = note(tenant, { text: text(380 * 1024) });
    const [event] = await sealEvents(testSealer, [fits]);
    expect(event?.sealed.length).toBeLessThanOrEqual(sealedBytesMax);
    const large = note(tenant, { text: text(700 * 1024) });
    await expect(sealEvents(testSealer, [large])).rejects.toThrowError(code("EVENT_TOO_LARGE"));
  });

  it("refuses a payload that breaks its contract, and a channel not its own", async () => {
    const wrong = { ...note(tenant, {}), payload: { writer: "x" } };
    await expect(sealEvents(testSealer, [wrong])).rejects.toThrowError(code("EVENT_INVALID"));
    const batchOnly = defineEvent({
      name: "test.batch.only",
      version: 1,
      payload: Type.Object({}),
    });
    const pulse = { ...note(tenant, {}), event: batchOnly, payload: {}, channel: "pulse" as const };
    await expect(sealEvents(testSealer, [pulse])).rejects.toThrowError(code("EVENT_INVALID"));
  });

  it("refuses a tenant that would change the subject", async () => {
    for (const bad of ["", "a.b", "a b", "*", ">", "ä", "x".repeat(64)]) {
      const event = note(bad, {});
      await expect(sealEvents(testSealer, [event])).rejects.toThrowError(code("SUBJECT_INVALID"));
    }
  });
});

describe("packed payloads", () => {
  it("that are damaged, unknown or bombs are refused with a code", async () => {
    const good = await packPayload({ text: "x".repeat(1_000) });
    const damaged = Buffer.from(good);
    damaged.fill(0xff, 3);
    const bomb = await packPayload("x".repeat(65 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    for (const bytes of [
      damaged,
      Buffer.from([9, 1, 2]),
      Buffer.alloc(0),
      bomb,
      good.subarray(0, 9),
    ]) {
      await expect(unpackPayload(bytes)).rejects.toThrowError(code("EVENT_UNREADABLE"));
    }
  });
});

describe("splitting into batches", () => {
  it("keeps every object in order, within both bounds, and cuts alike each time", () => {
    const object = fc.record({ id: fc.nat(), text: fc.string({ maxLength: 300 }) });
    fc.assert(
      fc.property(
        fc.array(object, { maxLength: 400 }),
        fc.integer({ min: 1, max: 90 }),
        (all, most) => {
          const batches = splitBatches(all, most, 2_000);
          expect(batches.flat()).toEqual(all);
          expect(splitBatches(all, most, 2_000)).toEqual(batches);
          for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it("gives batches that can be sealed, of objects that do not compress", async () => {
    const objects = Array.from({ length: 900 }, (_, n) => ({
      n,
      text: randomBytes(900).toString("hex"),
    }));
    const batches = splitBatches(objects);
    expect(batches.length).toBeGreaterThan(1);
    for (const batch of batches) {
      expect((await packPayload({ objects: batch })).length).toBeLessThan(sealedBytesMax - 256);
    }
  });

  it("names the object that is too large alone", () => {
    const objects = [{ text: "a" }, { text: randomBytes(600_000).toString("base64") }];
    expect(() => splitBatches(objects)).toThrowError(
      expect.objectContaining({ code: "EVENT_TOO_LARGE", fields: { index: 1 } }) as Error,
    );
  });
});
