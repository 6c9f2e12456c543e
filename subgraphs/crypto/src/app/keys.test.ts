import { KeyRing, keyPurposes } from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../domain/secret.js";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import { addOrganisation } from "../testing/world.js";
import { setSecret } from "./secrets.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

const lease = (tenant: string) => crypto.methods.leaseKeys({ tenant }, platform);

describe("leases", () => {
  it("hold four different keys of 32 bytes, the same each time, five minutes at most", async () => {
    const { id } = await addOrganisation(crypto, "four");
    const other = await addOrganisation(crypto, "five");
    const first = await lease(id);
    expect(first.leaseMs).toBeLessThanOrEqual(5 * 60_000);
    const keys = [first, await lease(other.id)].flatMap(({ keys: held }) =>
      keyPurposes.map((purpose) => held[purpose].map(({ key }) => key).join()),
    );
    expect(new Set(keys).size).toBe(8);
    for (const key of keys) expect(Buffer.from(key, "base64")).toHaveLength(32);
    expect(await lease(id)).toEqual(first);
  });

  it("are for services", async () => {
    const { id, owner } = await addOrganisation(crypto, "services");
    await expect(crypto.methods.leaseKeys({ tenant: id }, owner.actor)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("are refused for an unknown organisation", async () => {
    await expect(lease("0123456789abcdef")).rejects.toMatchObject({
      code: "ORGANISATION_NOT_FOUND",
    });
  });

  it("are refused once keys are destroyed; other organisations stay untouched", async () => {
    const one = await addOrganisation(crypto, "shred-one");
    const all = await addOrganisation(crypto, "shred-all");
    const kept = await addOrganisation(crypto, "shred-none");
    for (const { owner } of [one, all, kept]) {
      await setSecret(crypto.deps, owner, { name: "s", value: new Secret("value") });
    }
    await crypto.owner.query(
      `update joinery.organisation_key set wrapped = null, destroyed_at = now()
       where organisation_id = $1 and purpose = 'data'`,
      [one.id],
    );
    await crypto.owner.query("update joinery.organisation set state = 'destroyed' where id = $1", [
      all.id,
    ]);
    for (const { id } of [one, all]) {
      await expect(lease(id)).rejects.toMatchObject({ code: "KEYS_DESTROYED" });
      // A service that holds no lease any more reads nothing.
      const ring = new KeyRing(lease);
      await expect(
        ring.open(id, "data", Buffer.alloc(64), Buffer.alloc(0)),
      ).rejects.toMatchObject({ code: "KEYS_DESTROYED" });
    }
    await lease(kept.id);
    expect(await crypto.methods.openSecret({ tenant: kept.id, name: "s" }, platform)).toEqual({
      plain: "value",
    });
  });

  it("do not open a wrapped key moved to another organisation, purpose or version", async () => {
    const one = await addOrganisation(crypto, "moved-from");
    const two = await addOrganisation(crypto, "moved-to");
    const three = await addOrganisation(crypto, "moved-purpose");
    const four = await addOrganisation(crypto, "moved-version");
    const five = await addOrganisation(crypto, "moved-byte");
    await crypto.owner.query(
      `update joinery.organisation_key x set wrapped = y.wrapped from joinery.organisation_key y
       where x.organisation_id = $2 and y.organisation_id = $1 and x.purpose = y.purpose`,
      [one.id, two.id],
    );
    await crypto.owner.query(
      `update joinery.organisation_key x set wrapped = y.wrapped from joinery.organisation_key y
       where x.organisation_id = $1 and y.organisation_id = $1
         and x.purpose = 'digest' and y.purpose = 'event'`,
      [three.id],
    );
    await crypto.owner.query(
      `update joinery.organisation_key set version = 2
       where organisation_id = $1 and purpose = 'data'`,
      [four.id],
    );
    await crypto.owner.query(
      `update joinery.organisation_key
       set wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)
       where organisation_id = $1 and purpose = 'data'`,
      [five.id],
    );
    for (const { id } of [two, three, four, five]) {
      await expect(lease(id)).rejects.toMatchObject({ code: "SEAL_BROKEN" });
    }
    await lease(one.id);
  });
});
