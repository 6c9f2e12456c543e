import { hash } from "@node-rs/argon2";
import { describe, expect, it } from "vitest";
import { Secret } from "../domain/secret.js";
import { Argon2Passwords, owaspParameters } from "./argon2-passwords.js";

const cheap = { memoryCost: 1024, timeCost: 1, parallelism: 1 };
const password = new Secret("seven purple bicycles");
const other = new Secret("nine yellow submarines");

describe("Argon2Passwords", () => {
  it("hashes with argon2id and OWASP's parameters, salted", async () => {
    const passwords = await Argon2Passwords.create();
    const stored = await passwords.hash(password);
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
    expect(await passwords.hash(password)).not.toBe(stored);
    expect(await passwords.verify(stored, password)).toBe(true);
    expect(await passwords.verify(stored, other)).toBe(false);
    expect(passwords.isOutdated(stored)).toBe(false);
  });

  it("tells hashes of any other parameter apart, and still verifies them", async () => {
    const passwords = await Argon2Passwords.create();
    const variants = [
      { memoryCost: 9216 }, { timeCost: 1 }, { parallelism: 2 }, { outputLen: 16 },
      { algorithm: 1 },
    ];
    for (const variant of variants) {
      const options = { ...owaspParameters, outputLen: 32, ...variant };
      const stored = await hash("seven purple bicycles", options);
      expect(passwords.isOutdated(stored), JSON.stringify(variant)).toBe(true);
      expect(await passwords.verify(stored, password)).toBe(true);
    }
  });

  it("runs two at a time and turns away whoever finds the waiting room full", async () => {
    const passwords = await Argon2Passwords.create(cheap);
    const crowd: Promise<false>[] = [];
    while (passwords.hasRoom()) crowd.push(passwords.verifyNone(password));
    expect(crowd).toHaveLength(152);
    await expect(passwords.verifyNone(password)).rejects.toMatchObject({
      code: "TOO_MANY_ATTEMPTS", fields: { retryAfterSeconds: 1 },
    });
    expect(new Set(await Promise.all(crowd))).toEqual(new Set([false]));
    expect(passwords.hasRoom()).toBe(true);
    await passwords.hash(password);
  });

  it("gives its turn on when work fails", async () => {
    const passwords = await Argon2Passwords.create(cheap);
    const failing = Array.from({ length: 5 }, () => passwords.verify("no hash", password));
    const outcomes = await Promise.allSettled(failing);
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("rejected"));
    expect(await passwords.verify(await passwords.hash(password), password)).toBe(true);
  });
});
