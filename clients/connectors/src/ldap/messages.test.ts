import fc from "fast-check";
import { BerWriter } from "ldapts";
import { expect, test } from "vitest";
import { ConnectorError } from "../connector.js";
import { AttributeNames } from "./attribute-names.js";
import { FrameReader } from "./frames.js";
import { readCookie, readMessage as readWith, type LdapMessage } from "./messages.js";

/** One memory for all: names that were seen before must not show in other entries. */
const names = new AttributeNames();

function readMessage(frame: Buffer): LdapMessage {
  return readWith(frame, names);
}

function entryFrame(
  id: number,
  dn: string,
  attributes: readonly (readonly [string, readonly Uint8Array[]])[],
): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const [name, values] of attributes) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(Buffer.from(value), 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  for (let open = 0; open < 3; open += 1) writer.endSequence();
  return Buffer.from(writer.buffer);
}

const entries = fc.tuple(
  fc.integer({ min: 1, max: 1000 }),
  fc.string({ unit: "binary" }).filter((each) => each.isWellFormed()),
  fc.array(
    fc.tuple(
      // The two that resemble each other share a slot in the memory of names.
      fc.constantFrom("cn", "userCertificate;binary", "cabcn", "cxbyn", "\u00e9", ""),
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }),
    ),
    { maxLength: 4 },
  ),
);

/** A message with the values of an entry cut out of it. */
function shown(message: LdapMessage): unknown {
  if (message.kind !== "entry") return message;
  const { dn, attributes } = message.entry;
  const plain = attributes.map(({ name, values }) => ({ name, values }));
  return { ...message, entry: { dn, attributes: plain } };
}

function caught(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

test("entries are read byte by byte, however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(entries, { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      (sent, step) => {
        const stream = Buffer.concat(
          sent.map(([id, dn, attributes]) => entryFrame(id, dn, attributes)),
        );
        const frames = new FrameReader(1 << 20);
        const read: unknown[] = [];
        for (let at = 0; at < stream.length; at += step) {
          for (const frame of frames.take(stream.subarray(at, at + step)))
            read.push(shown(readMessage(frame)));
        }
        expect(read).toEqual(
          sent.map(([id, dn, attributes]) => ({
            id,
            kind: "entry",
            entry: {
              dn,
              attributes: attributes.map(([name, values]) => ({
                name,
                values: values.map((value) => Buffer.from(value)),
              })),
            },
          })),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test("a message that is broken anywhere ends with an error of ours, and ends", () => {
  fc.assert(
    fc.property(
      entries,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      ([id, dn, attributes], damages, cut) => {
        const frame = entryFrame(id, dn, attributes);
        for (const [at, byte] of damages) frame[at % frame.length] = byte;
        for (const bytes of [frame, frame.subarray(0, cut % frame.length)]) {
          const error = caught(() => readMessage(bytes));
          if (error !== undefined) expect(error).toBeInstanceOf(ConnectorError);
          const inStream = caught(() => [...new FrameReader(1 << 16).take(bytes)].map(readMessage));
          if (inStream !== undefined) expect(inStream).toBeInstanceOf(ConnectorError);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

test("any bytes at all as a message or a control end with a value or an error of ours", () => {
  const tags = fc.constantFrom(0x61, 0x64, 0x65, 0x73, 0x78, 0x79);
  fc.assert(fc.property(tags, fc.uint8Array({ maxLength: 40 }), (tag, bytes) => {
    const frame = Buffer.concat([
      Buffer.from([0x30, bytes.length + 5, 2, 1, 1, tag, bytes.length]),
      bytes,
    ]);
    const error = caught(() => readMessage(frame));
    if (error !== undefined) expect(error).toBeInstanceOf(ConnectorError);
    const cookieError = caught(() => readCookie(Buffer.from(bytes)));
    if (cookieError !== undefined) expect(cookieError).toBeInstanceOf(ConnectorError);
  }), { numRuns: 5_000 });
});
