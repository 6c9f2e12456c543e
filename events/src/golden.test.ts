import { Buffer } from "node:buffer";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { allContracts, defineEvent } from "./contract.js";
import "./contracts/index.js";
import { unpackPayload } from "./payload.js";
import { goldenEnvelope, goldenOf, readGoldens, writeMissingGoldens } from "./testing/golden.js";
import { decodeMessage } from "./wire.js";

/** `JOINERY_GOLDEN=write` writes the files of new contracts; files that exist are never changed. */
if (process.env["JOINERY_GOLDEN"] === "write") {
  for (const name of await writeMissingGoldens()) process.stdout.write(`golden: ${name}\n`);
}

const contracts = new Map(allContracts().map((one) => [`${one.name} v${one.version}`, one]));
const goldens = new Map(readGoldens().map((one) => [`${one.name} v${one.version}`, one]));

describe("golden payloads", () => {
  it.each([...goldens])("%s parses for ever", async (key, golden) => {
    const contract = contracts.get(key);
    if (contract === undefined) throw new Error(`the contract of ${key} is gone`);
    for (const payload of golden.payloads) expect(contract.parse(payload)).toEqual(payload);
    const message = decodeMessage(Buffer.from(golden.wire, "base64"));
    expect(message.envelope).toEqual({
      ...goldenEnvelope(contract),
      channel: message.envelope.channel,
    });
    expect(message.seq).toBe(7);
    expect(contract.parse(await unpackPayload(message.sealed))).toEqual(golden.payloads[0]);
  });

  it("exist for every contract (npm run golden -w @joinery/events)", () => {
    expect([...goldens.keys()]).toEqual([...contracts.keys()].sort());
  });

  it("fail when a contract asks for more than it once did", async () => {
    const narrow = Type.Object({ id: Type.String(), note: Type.Optional(Type.String()) });
    const wide = Type.Object({
      id: Type.String(),
      note: Type.Optional(Type.String()),
      n: Type.Integer(),
    });
    const once = defineEvent({ name: "test.golden.told", version: 1, payload: narrow });
    const later = defineEvent({ name: "test.golden.told", version: 2, payload: wide });
    const { payloads } = await goldenOf(once);
    expect(payloads).toEqual([{ id: "id ä€𝄞 1", note: "note ä€𝄞 1" }, { id: "id ä€𝄞 1" }]);
    for (const payload of payloads) {
      expect(() => later.parse(payload)).toThrowError(
        expect.objectContaining({ code: "EVENT_INVALID" }),
      );
    }
  });
});
