import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, callerOf, codeOfOutcome, recordedOf, type TestOrganisation,
} from "../testing/world.js";
import { forgetOld } from "./housekeeping.js";
import {
  initialPasswordMs, listInitialPasswords, takeInitialPassword,
} from "./initial-passwords.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

async function make({ id }: TestOrganisation, ...ns: number[]) {
  const accountIds = ns.map(idOf);
  return (await crypto.methods.makeInitialPasswords({ tenant: id, accountIds }, platform)).plain;
}

const settle = ({ id }: TestOrganisation, set: number[], unused: number[] = []) =>
  crypto.methods.settleInitialPasswords(
    { tenant: id, set: set.map(idOf), unused: unused.map(idOf) }, platform);

async function take({ owner }: TestOrganisation, n: number) {
  const outcome = await takeInitialPassword(crypto.deps, owner, { accountId: idOf(n) });
  return outcome.ok ? outcome.value.use((plain) => plain) : outcome.error.code;
}

async function waiting({ owner }: TestOrganisation) {
  const page = { limit: 10, after: null };
  return (await listInitialPasswords(crypto.deps, owner.actor, page))
    .map(({ accountId }) => accountId);
}

describe("first passwords of accounts", () => {
  it("are the same for every attempt, another for every account, and hard to guess", async () => {
    const organisation = await addOrganisation(crypto, "attempts");
    const first = await make(organisation, 1, 2);
    expect(await make(organisation, 2, 1)).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(2);
    // Lower case, digits and a sign: three of the kinds of characters that directories ask for.
    const groups = /^([0-9a-z]{5}-){4}[0-9a-z]{5}$/;
    for (const plain of Object.values(first)) expect(plain).toMatch(groups);
  });

  it("wait only once their system took them, and are shown once", async () => {
    const organisation = await addOrganisation(crypto, "once");
    const made = await make(organisation, 1, 2, 3);
    expect(await waiting(organisation)).toEqual([]);
    expect(await take(organisation, 1)).toBe("INITIAL_PASSWORD_NOT_FOUND");
    await settle(organisation, [1, 2], [3]);
    expect(await waiting(organisation)).toEqual([idOf(1), idOf(2)]);
    expect(await take(organisation, 1)).toBe(made[idOf(1)]);
    expect(await take(organisation, 1)).toBe("INITIAL_PASSWORD_NOT_FOUND");
    expect(await take(organisation, 3)).toBe("INITIAL_PASSWORD_NOT_FOUND");
    expect(await waiting(organisation)).toEqual([idOf(2)]);
    const taken = (await recordedOf(crypto, organisation.id)).filter(
      ({ action }) => action === "initialPassword.take");
    expect(taken).toMatchObject([{ target: { kind: "account", id: idOf(1) }, outcome: "done" }]);
    expect(JSON.stringify(taken)).not.toContain(made[idOf(1)]);
    expect(crypto.logged()).not.toContain(made[idOf(1)]);
  });

  it("are sealed, and nobody else's", async () => {
    const here = await addOrganisation(crypto, "sealed");
    const there = await addOrganisation(crypto, "other");
    const made = await make(here, 1);
    await settle(here, [1]);
    const { rows } = await crypto.owner.query<{ sealed: Buffer }>(
      `select sealed from "t_${here.id}".initial_password`);
    expect(rows[0]?.sealed.includes(made[idOf(1)] ?? "")).toBe(false);
    expect(await take(there, 1)).toBe("INITIAL_PASSWORD_NOT_FOUND");
    const auditor = callerOf(here.id, here.ownerId, "auditor");
    await expect(takeInitialPassword(crypto.deps, auditor, { accountId: idOf(1) }))
      .rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(crypto.methods.makeInitialPasswords(
      { tenant: here.id, accountIds: [idOf(1)] }, here.owner.actor,
    )).rejects.toMatchObject({ code: "FORBIDDEN" });
    await crypto.owner.query(
      `update "t_${here.id}".initial_password set sealed = set_byte(sealed, 40,
         get_byte(sealed, 40) # 1)`);
    await expect(take(here, 1)).rejects.toMatchObject({ code: "SEAL_BROKEN" });
    expect(await waiting(here)).toEqual([idOf(1)]);
  });

  it("are forgotten after a day, and made anew for who is made again", async () => {
    const organisation = await addOrganisation(crypto, "day");
    const made = await make(organisation, 1);
    await settle(organisation, [1]);
    crypto.clock.advance(initialPasswordMs);
    expect(await waiting(organisation)).toEqual([]);
    expect(await take(organisation, 1)).toBe("INITIAL_PASSWORD_NOT_FOUND");
    const again = await make(organisation, 1);
    expect(again[idOf(1)]).not.toBe(made[idOf(1)]);
    expect(await waiting(organisation)).toEqual([]);
    crypto.clock.advance(initialPasswordMs);
    await forgetOld(crypto.deps);
    const { rows } = await crypto.owner.query(
      `select from "t_${organisation.id}".initial_password`);
    expect(rows).toHaveLength(0);
  });

  it("of what is no id are nobody's", async () => {
    const { owner } = await addOrganisation(crypto, "none");
    const outcome = await takeInitialPassword(crypto.deps, owner, { accountId: "' or true" });
    expect(codeOfOutcome(outcome)).toBe("INITIAL_PASSWORD_NOT_FOUND");
  });
});
