import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channels, type Envelope } from "./envelope.js";
import { allPoints, definePoints, setPointHandler } from "./points.js";
import { parseConfirmation, parseSnapshotRequest } from "./protocol.js";
import { parseSubject, streamSubjects, subjectOf } from "./subjects.js";
import { inTraceOf, currentTraceparent } from "./tracing.js";
import { Wake } from "./wake.js";
import { decodeMessage, encodeMessage } from "./wire.js";

const code = (code: string) => expect.objectContaining({ code }) as Error;

const envelope: Envelope = {
  id: "1",
  name: "a.b.c",
  version: 1,
  tenant: "t",
  channel: "batch",
  occurredAt: "2026-01-01T00:00:00.000Z",
  actor: { kind: "person", id: "p", name: "Zoë 𝄞" },
  correlation: "r",
};

describe("a message on its way", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 2_000 }), (epoch, seq, sealed) => {
        const message = { epoch, seq, envelope, sealed };
        const read = decodeMessage(encodeMessage(message));
        expect({ ...read, sealed: Uint8Array.from(read.sealed) }).toEqual(message);
      }),
    );
  });

  it("that is cut, changed or foreign is refused with a code and never misread", () => {
    const bytes = encodeMessage({ epoch: 1, seq: 2, envelope, sealed: Buffer.from("sealed") });
    const heads = ["null", "[]", '{"epoch":1}', '{"epoch":1,"seq":2,"envelope":{}}', "{"];
    const foreign = heads.map((head) => {
      const body = Buffer.from(head);
      const lead = Buffer.from([1, 0, 0, 0, body.length]);
      return Buffer.concat([lead, body]);
    });
    const cut = Array.from({ length: 40 }, (_, length) => bytes.subarray(0, length));
    for (const bad of [...cut, ...foreign, Buffer.from("hello"), Buffer.from([2, 0, 0, 0, 0])]) {
      expect(() => decodeMessage(bad)).toThrowError(code("EVENT_UNREADABLE"));
    }
  });

  it("of random bytes never throws anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeMessage(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "EVENT_UNREADABLE" });
        }
      }),
    );
  });
});

describe("subjects", () => {
  const token = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);

  it("are parsed back into what they were built from", () => {
    fc.assert(
      fc.property(
        token,
        token,
        token,
        token,
        fc.constantFrom(...channels),
        (a, b, c, tenant, channel) => {
          const event = { name: `${a}.${b}.${c}`, channel, tenant };
          expect(parseSubject(subjectOf(event))).toEqual(event);
        },
      ),
    );
  });

  it("that mean anything else are refused", () => {
    for (const bad of [
      "",
      "a.b.c",
      "a.b.c.batch",
      "a.b.c.other.t",
      "a.b.c.batch.t.u",
      "a.b.c.batch.*",
    ]) {
      expect(() => parseSubject(bad)).toThrowError(code("SUBJECT_INVALID"));
    }
    for (const bad of ["a.*", "a b", "", "a.b"]) {
      expect(() => streamSubjects(bad, "batch")).toThrowError(code("SUBJECT_INVALID"));
    }
  });
});

describe("what a stranger says", () => {
  it("is no confirmation and no request, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(parseConfirmation(text)).toBeUndefined();
        expect(parseSnapshotRequest(text)).toBeUndefined();
      }),
    );
    const sound = {
      consumer: "c",
      channel: "batch",
      epoch: 1,
      confirmedSeq: 4,
      seenSeq: 9,
      caughtUp: true,
      missing: [[5, 6]],
    };
    expect(parseConfirmation(JSON.stringify(sound))).toEqual(sound);
    for (const bad of [
      { epoch: -1 },
      { confirmedSeq: 1.5 },
      { channel: "x" },
      { missing: [["1", 2]] },
    ]) {
      expect(parseConfirmation(JSON.stringify({ ...sound, ...bad }))).toBeUndefined();
    }
  });
});

describe("points", () => {
  it("do nothing until a handler is set, and then what it does", async () => {
    const point = definePoints("test.point.one", "test.point.two");
    const seen: string[] = [];
    await point("test.point.one");
    setPointHandler(async (name) => {
      await sleep(1);
      seen.push(name);
    });
    await point("test.point.two");
    setPointHandler(undefined);
    await point("test.point.one");
    expect(seen).toEqual(["test.point.two"]);
    expect(allPoints()).toEqual(expect.arrayContaining(["test.point.one", "test.point.two"]));
  });

  it("mean one place each", () => {
    definePoints("test.point.only");
    expect(() => definePoints("test.point.only")).toThrowError(/twice/);
  });
});

describe("a wake-up", () => {
  it("that comes before the wait is not lost, and each wakes once", async () => {
    const wake = new Wake();
    wake.wake();
    const begun = performance.now();
    await wake.wait(10_000);
    expect(performance.now() - begun).toBeLessThan(1_000);
    await wake.wait(20);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(15);
  });
});

describe("trace context", () => {
  it("of an event without any, or with a malformed one, changes nothing", () => {
    for (const traceparent of [
      undefined,
      "",
      "00-0-0-00",
      `00-${"0".repeat(32)}-${"0".repeat(16)}-01`,
    ]) {
      const told = traceparent === undefined ? envelope : { ...envelope, traceparent };
      expect(inTraceOf(told, () => currentTraceparent())).toBeUndefined();
    }
  });
});
