import { BerWriter } from "ldapts";
import { describe, expect, test } from "vitest";
import { ConnectorError } from "../connector.js";
import { readSyncDone, readSyncInfo, readSyncState, SyncRequestControl } from "./sync-controls.js";
import type { LdapResult } from "./messages.js";

const syncInfo = "1.3.6.1.4.1.4203.1.9.1.4";
const uuid = "121a7a46-7a34-1041-9cad-ed97f433aec9";
const hex = (text: string) => Buffer.from(text.replaceAll(/[\s-]/g, ""), "hex");
const infoOf = (text: string) => readSyncInfo({ name: syncInfo, value: hex(text) });
const entryWith = (value: Buffer) => ({
  dn: "cn=x", attributes: [], controls: new Map([["1.3.6.1.4.1.4203.1.9.1.2", value]]),
});
const resultWith = (value: Buffer): LdapResult => ({
  status: 0, diagnostic: "", value: undefined,
  controls: new Map([["1.3.6.1.4.1.4203.1.9.1.3", value]]),
});

describe("what slapd sends", () => {
  test("an entry that was added", () => {
    const value = Buffer.from("MBUKAQEEEBIaekZ6NBBBnK3tl/Qzrsk=", "base64");
    expect(readSyncState(entryWith(value))).toEqual({ state: "add", uuid });
  });

  test("the end of a refresh, with and without a cookie", () => {
    const without = resultWith(Buffer.from("MAMBAf8=", "base64"));
    expect(readSyncDone(without)).toEqual({ cookie: undefined, refreshDeletes: true });
    const cookie = "rid=000,csn=20261121201553.779767Z#000000#000#000000";
    const present = resultWith(Buffer.concat([hex("30360434"), Buffer.from(cookie)]));
    expect(readSyncDone(present)).toEqual({ cookie: Buffer.from(cookie), refreshDeletes: false });
  });
});

describe("what RFC 4533 §2.5 lets a server say", () => {
  test.for([
    ["80 03 616263", { kind: "other" }],
    ["a1 00", { kind: "phase", refreshDeletes: true, isDone: true }],
    ["a1 08 0403616263 010100", { kind: "phase", refreshDeletes: true, isDone: false }],
    ["a2 05 0403616263", { kind: "phase", refreshDeletes: false, isDone: true }],
    [`a3 14 3112 0410 ${uuid}`, { kind: "present", uuids: [uuid] }],
    [`a3 17 0101ff 3112 0410 ${uuid}`, { kind: "left", uuids: [uuid] }],
    [`a3 19 0403616263 3112 0410 ${uuid}`, { kind: "present", uuids: [uuid] }],
    ["a3 05 0101ff 3100", { kind: "left", uuids: [] }],
  ] as const)("%s", ([text, expected]) => {
    expect(infoOf(text)).toEqual(expected);
  });

  test("what another extension says is none of this", () => {
    expect(readSyncInfo({ name: "1.2.3", value: hex("a300") })).toEqual({ kind: "other" });
  });
});

describe("what is broken ends with an error of ours", () => {
  test.for([
    "", "a3 00", "a3 02 0101", "a3 05 3103 0401 00", "a3 06 3104 0402 0000", "a4 00", "30 00",
    "a3 14 3112 0410 00", "a3 7f 3112", "ff",
  ])("a message of %s", (text) => {
    expect(() => infoOf(text)).toThrow(ConnectorError);
  });

  test.for(["", "30 00", "30 03 0a0101", "30 15 0a0109 0410 121a7a467a3410419caded97f433aec9"])(
    "an entry with a state of %s", (text) => {
      expect(() => readSyncState(entryWith(hex(text)))).toThrow(ConnectorError);
    });

  test("an entry or an end that says nothing", () => {
    expect(() => readSyncState({ dn: "cn=x", attributes: [] })).toThrow(ConnectorError);
    const silent = { status: 0, diagnostic: "", value: undefined, controls: new Map() };
    expect(() => readSyncDone(silent)).toThrow(expect.objectContaining({
      kind: "stop", code: "SOURCE_INCOMPLETE",
    }) as Error);
  });
});

test("the request is as RFC 4533 §2.2 says", () => {
  const writer = new BerWriter();
  new SyncRequestControl("refreshAndPersist", Buffer.from("abc")).write(writer);
  expect(writer.buffer.toString("hex")).toBe(Buffer.concat([
    hex("3029 0418"), Buffer.from(SyncRequestControl.type),
    hex("0101ff 040a 3008 0a0103 0403616263"),
  ]).toString("hex"));
});
