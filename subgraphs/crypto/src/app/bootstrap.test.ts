import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { byPlatform, platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, alive, codeOfOutcome, goodPassword, recordedOf, signedIn, tryPassword,
} from "../testing/world.js";
import { bootstrap } from "./bootstrap.js";
import { resumeProvisioning } from "./housekeeping.js";

let crypto: TestCrypto;
beforeEach(async () => {
  crypto = await startCrypto();
});
afterEach(() => crypto.close());

const input = { organisationName: "Northwind Traders", ownerEmail: "Owner@northwind.example" };

describe("bootstrap", () => {
  it("answers the first owner's password once, and it signs in", async () => {
    const made = await crypto.methods.bootstrap(input, platform);
    expect(made).toMatchObject({ slug: "northwind-traders", email: "Owner@northwind.example" });
    const { by } = await signedIn(crypto, "owner@northwind.example", made?.password ?? "");
    expect(by.actor).toMatchObject({ tenant: made?.organisation });
    expect(by.actor.permissions).toContain("operator:write");
    expect(await crypto.methods.bootstrap(input, platform)).toBeNull();
    const other = { organisationName: "Other", ownerEmail: "other@northwind.example" };
    expect(await crypto.methods.bootstrap(other, platform)).toBeNull();
    expect(crypto.logged()).not.toContain(made?.password);
    await signedIn(crypto, "owner@northwind.example", made?.password ?? "");
  });

  it("makes one organisation and hands one password out, however many ask at once", async () => {
    const answers = await Promise.allSettled(
      [1, 2, 3, 4].map(() => crypto.methods.bootstrap(input, platform)),
    );
    const made = answers.flatMap((answer) =>
      answer.status === "fulfilled" && answer.value ? [answer.value] : [],
    );
    expect(made).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === "rejected") {
        expect(answer.reason).toMatchObject({ code: "PROVISIONING_RUNNING" });
      }
    }
    expect((await crypto.owner.query("select from joinery.organisation")).rowCount).toBe(1);
    await signedIn(crypto, input.ownerEmail, made[0]?.password ?? "");
  });

  it("still hands a password out when it died half-way, whoever completed the rest", async () => {
    crypto.segments.failing.add("notify");
    await expect(crypto.methods.bootstrap(input, platform)).rejects.toMatchObject({
      code: "PROVISIONING_INCOMPLETE",
    });
    crypto.segments.failing.delete("notify");
    expect(await resumeProvisioning(crypto.deps)).toBe(1);
    const made = await crypto.methods.bootstrap(input, platform);
    expect(made).not.toBeNull();
    await signedIn(crypto, input.ownerEmail, made?.password ?? "");
    expect((await crypto.owner.query("select from joinery.organisation")).rowCount).toBe(1);
    expect(await crypto.methods.bootstrap(input, platform)).toBeNull();
  });

  it("writes nothing for a bad address or name, and nothing for a person", async () => {
    const bad = [
      [{ ...input, ownerEmail: "nobody" }, "EMAIL_INVALID"],
      [{ ...input, organisationName: " " }, "NAME_INVALID"],
    ] as const;
    for (const [values, code] of bad) {
      await expect(crypto.methods.bootstrap(values, platform)).rejects.toMatchObject({ code });
    }
    const person = { ...byPlatform, actor: { ...platform, kind: "person" as const } };
    const asked = bootstrap(crypto.deps, person, input);
    await expect(asked).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect((await crypto.owner.query("select from joinery.organisation")).rowCount).toBe(0);
  });
});

describe("recoverOperator", () => {
  it("gives a new password to who is locked out, ends their sessions, is recorded", async () => {
    const { id } = await addOrganisation(crypto, "locked");
    const email = "owner@locked.example";
    const { token } = await signedIn(crypto, email, goodPassword);
    for (let i = 0; i < 5; i += 1) await tryPassword(crypto, email, "a wrong password indeed");
    expect(codeOfOutcome(await tryPassword(crypto, email, goodPassword))).toBe("TOO_MANY_ATTEMPTS");
    const recovery = { slug: "locked", email: email.toUpperCase() };
    const { password } = await crypto.methods.recoverOperator(recovery, platform);
    expect(await alive(crypto, token)).toBe(false);
    expect(codeOfOutcome(await tryPassword(crypto, email, goodPassword))).toBe("SIGN_IN_REFUSED");
    await signedIn(crypto, email, password);
    const actions = (await recordedOf(crypto, id)).map(({ action }) => action);
    expect(actions).toContain("password.recover");
  });

  it("asks for the organisation only where there is more than one", async () => {
    await addOrganisation(crypto, "alone");
    const email = "owner@alone.example";
    const anywhere = { slug: null, email };
    const { slug, password } = await crypto.methods.recoverOperator(anywhere, platform);
    expect(slug).toBe("alone");
    await signedIn(crypto, email, password);
    const owner = { email, name: "The same", password: goodPassword };
    const made = await crypto.methods.createOrganisation(
      { name: "Älter & Söhne", slug: null, owner }, platform);
    expect(made.slug).toBe("alter-sohne");
    await expect(crypto.methods.recoverOperator(anywhere, platform)).rejects
      .toMatchObject({
        code: "ORGANISATION_REQUIRED",
        message: expect.stringMatching(/\((alone, alter-sohne|alter-sohne, alone)\)/),
      });
  });

  it("finds nobody elsewhere", async () => {
    await addOrganisation(crypto, "one");
    await addOrganisation(crypto, "two");
    for (const bad of [
      { slug: "two", email: "owner@one.example" },
      { slug: "none", email: "owner@one.example" },
      { slug: "one", email: "nobody" },
    ]) {
      await expect(crypto.methods.recoverOperator(bad, platform)).rejects.toMatchObject({
        code: "OPERATOR_NOT_FOUND",
      });
    }
  });
});
