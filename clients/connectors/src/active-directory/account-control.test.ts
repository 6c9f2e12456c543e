import fc from "fast-check";
import { expect, test } from "vitest";
import type { CreateWrite } from "../ldap/dialect.js";
import { accountControl } from "./account-control.js";

const bytes = (bits: number): Buffer => Buffer.from(String(bits));
const numberOf = (values: readonly Buffer[]): number => Number(values[0]?.toString("latin1"));
const create = (more: Partial<CreateWrite>): CreateWrite => ({
  operation: "create", id: "1", kind: "user", attributes: {}, ...more,
});

test("whatever the bits are, a change of state is the one bit, and names what was seen", () => {
  fc.assert(fc.property(fc.integer(), fc.boolean(), (bits, enabled) => {
    const seen = [bytes(bits)];
    const { before, after } = accountControl.change(enabled, seen);
    expect(before).toEqual(seen);
    expect(accountControl.read(after)).toBe(enabled);
    expect((numberOf(after) ^ bits) & ~2).toBe(0);
    expect(accountControl.change(enabled, after).after).toEqual(after);
  }));
});

test("what is no number of bits says nothing", () => {
  for (const none of [[], [Buffer.from("")], [Buffer.from("x")], [Buffer.from("1e9")]]) {
    expect(accountControl.read(none)).toBeUndefined();
  }
});

test.each([
  [{}, [], 0x202],
  [{ enabled: false }, [], 0x202],
  [{ password: { use: () => { throw new Error("it was opened"); } } }, [], 0x200],
  [{ password: { use: () => { throw new Error("it was opened"); } }, enabled: false }, [], 0x202],
  [{}, [bytes(0x10200)], 0x10202],
] as const)("a new account with %j and bits %j has %i", (more, given, bits) => {
  expect(numberOf(accountControl.initial(create(more), given))).toBe(bits);
});
