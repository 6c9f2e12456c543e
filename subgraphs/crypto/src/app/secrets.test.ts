import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../domain/secret.js";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, callerOf, codeOfOutcome, recordedOf, type TestOrganisation,
} from "../testing/world.js";
import { deleteSecret, listSecrets, setSecret } from "./secrets.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

async function set({ owner }: TestOrganisation, name: string, value: string) {
  return codeOfOutcome(await setSecret(crypto.deps, owner, { name, value: new Secret(value) }));
}

function open({ id }: TestOrganisation, name: string) {
  return crypto.methods.openSecret({ tenant: id, name }, platform);
}

/** The table as its owner sees it, who may change what no service of ours would. */
function table({ id }: TestOrganisation): string {
  return `"t_${id}".secret`;
}

describe("secrets", () => {
  it("open as they were set, byte for byte, and only for services", async () => {
    const organisation = await addOrganisation(crypto, "bytes");
    const values = ["plain", "p\u0000ß🐙\r\n'\"\\${}", " ", "x".repeat(65_536), "é".repeat(32_768)];
    for (const [i, value] of values.entries()) {
      expect(await set(organisation, `s-${i}`, value)).toBe("OK");
      expect(await open(organisation, `s-${i}`)).toEqual({ plain: value });
    }
    await expect(
      crypto.methods.openSecret({ tenant: organisation.id, name: "s-0" }, organisation.owner.actor),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("are stored sealed and told by name alone", async () => {
    const organisation = await addOrganisation(crypto, "sealed");
    await set(organisation, "ldap", "planted-secret");
    await set(organisation, "ldap", "planted-secret-2");
    const { rows } = await crypto.owner.query<{ name: string; sealed: Buffer }>(
      `select name, sealed from ${table(organisation)}`,
    );
    expect(rows.map(({ name }) => name)).toEqual(["ldap"]);
    expect(rows[0]?.sealed.includes("planted")).toBe(false);
    const recorded = (await recordedOf(crypto, organisation.id)).slice(1);
    expect(recorded).toMatchObject([
      { action: "secret.set", target: { kind: "secret", id: "ldap" }, outcome: "done" },
      { action: "secret.set" },
    ]);
    expect(JSON.stringify(recorded)).not.toContain("planted");
    expect(crypto.logged()).not.toContain("planted");
    expect(await open(organisation, "ldap")).toEqual({ plain: "planted-secret-2" });
  });

  it("do not open when a byte changed or the value is of another row or tenant", async () => {
    const here = await addOrganisation(crypto, "here");
    const there = await addOrganisation(crypto, "there");
    for (const name of ["a", "b", "c"]) {
      await set(here, name, `value ${name}`);
      await set(there, name, `other ${name}`);
    }
    const tampered = `update ${table(here)}
      set sealed = set_byte(sealed, $1, get_byte(sealed, $1) # 1) where name = 'c'`;
    const { rows } = await crypto.owner.query<{ length: number }>(
      `select octet_length(sealed) as length from ${table(here)} where name = 'c'`,
    );
    const length = rows[0]?.length ?? 0;
    expect(length).toBeGreaterThan(33);
    for (let at = 0; at < length; at += 1) {
      await crypto.owner.query(tampered, [at]);
      await expect(open(here, "c"), `byte ${at}`).rejects.toMatchObject({ code: "SEAL_BROKEN" });
      await crypto.owner.query(tampered, [at]);
    }
    expect(await open(here, "c")).toEqual({ plain: "value c" });

    await crypto.owner.query(
      `update ${table(here)} x set sealed = y.sealed from ${table(here)} y
       where (x.name, y.name) in (('a', 'b'), ('b', 'a'))`,
    );
    for (const name of ["a", "b"]) {
      await expect(open(here, name)).rejects.toMatchObject({ code: "SEAL_BROKEN" });
    }
    await crypto.owner.query(
      `update ${table(here)} x set sealed = y.sealed from ${table(there)} y
       where x.name = 'c' and y.name = 'c'`,
    );
    await expect(open(here, "c")).rejects.toMatchObject({ code: "SEAL_BROKEN" });
    await crypto.owner.query(`update ${table(there)} set sealed = substring(sealed for 20)`);
    await expect(open(there, "a")).rejects.toMatchObject({ code: "SEAL_BROKEN" });
  });

  it("are listed by name and date, paged, and gone once deleted", async () => {
    const organisation = await addOrganisation(crypto, "list");
    const { owner } = organisation;
    for (const name of ["c", "a", "b-1", "b"]) await set(organisation, name, "value");
    crypto.clock.advance(1000);
    await set(organisation, "a", "newer");
    const first = await listSecrets(crypto.deps, owner.actor, { limit: 2, after: null });
    expect(first.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(first[0]!.updatedAt.getTime() - first[0]!.createdAt.getTime()).toBe(1000);
    expect(Object.keys(first[0]!)).toEqual(["name", "createdAt", "updatedAt"]);
    const rest = await listSecrets(crypto.deps, owner.actor, { limit: 9, after: "b" });
    expect(rest.map(({ name }) => name)).toEqual(["b-1", "c"]);
    const remove = () => deleteSecret(crypto.deps, owner, { name: "a" });
    expect(codeOfOutcome(await remove())).toBe("OK");
    expect(codeOfOutcome(await remove())).toBe("SECRET_NOT_FOUND");
    await expect(open(organisation, "a")).rejects.toMatchObject({ code: "SECRET_NOT_FOUND" });
    const deleted = (await recordedOf(crypto, organisation.id)).filter(
      ({ action }) => action === "secret.delete",
    );
    expect(deleted).toHaveLength(1);
  });

  it("are refused when empty, too long or badly named, quoting nothing", async () => {
    const organisation = await addOrganisation(crypto, "refused");
    expect(await set(organisation, "a", "")).toBe("SECRET_EMPTY");
    expect(await set(organisation, "a", "x".repeat(65_537))).toBe("SECRET_TOO_LONG");
    expect(await set(organisation, "a", "é".repeat(32_769))).toBe("SECRET_TOO_LONG");
    expect(await set(organisation, "a", "x\ud800")).toBe("SECRET_MALFORMED");
    for (const name of ["", "A", "../x", "a b", "x".repeat(64)]) {
      const outcome = await setSecret(crypto.deps, organisation.owner, {
        name, value: new Secret("planted"),
      });
      expect(codeOfOutcome(outcome)).toBe("SECRET_NAME_INVALID");
      expect(JSON.stringify(outcome)).not.toContain("planted");
    }
  });

  it("are at most a thousand", async () => {
    const organisation = await addOrganisation(crypto, "thousand");
    await set(organisation, "kept", "value");
    await crypto.owner.query(
      `insert into ${table(organisation)}
       select gen_random_uuid(), 'n-' || i, 'x', now(), now() from generate_series(2, 1000) i`,
    );
    expect(await set(organisation, "more", "value")).toBe("SECRETS_TOO_MANY");
    expect(await set(organisation, "kept", "other")).toBe("OK");
  });

  it("are set by owners and operators, not by auditors", async () => {
    const { id, ownerId } = await addOrganisation(crypto, "who");
    const value = new Secret("value");
    const auditor = callerOf(id, ownerId, "auditor");
    await expect(setSecret(crypto.deps, auditor, { name: "a", value })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(
      listSecrets(crypto.deps, auditor.actor, { limit: 1, after: null }),
    ).rejects.toMatchObject({ code: "FORBIDDEN" });
    const operator = callerOf(id, ownerId, "operator");
    expect(codeOfOutcome(await setSecret(crypto.deps, operator, { name: "a", value }))).toBe("OK");
  });
});
