import { hash } from "@node-rs/argon2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preparedPassword } from "../domain/password.js";
import { sessionLifeMs } from "../domain/session-life.js";
import { Secret } from "../domain/secret.js";
import { Argon2Passwords } from "../persistence/argon2-passwords.js";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, codeOfOutcome, goodPassword, otherPassword, recordedOf, signedIn,
  tryPassword,
} from "../testing/world.js";
import { addOperator } from "./add-operator.js";
import { disableOperator } from "./change-operator.js";
import { endedSessionsKeptMs, forgetOld } from "./housekeeping.js";
import { signOut } from "./sign-out.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

const wrong = "a wrong password indeed";

async function code(email: string, password: string, more = {}): Promise<string> {
  return codeOfOutcome(await tryPassword(crypto, email, password, more));
}

describe("signIn", () => {
  it("opens a session whose actor has the organisation and the role's permissions", async () => {
    const { id, ownerId, owner } = await addOrganisation(crypto, "opens");
    const { token, by } = await signedIn(crypto, "owner@opens.example", goodPassword);
    expect(by.actor).toMatchObject({ kind: "person", id: ownerId, tenant: id });
    const resolved = await crypto.methods.resolveSession({ token }, platform);
    expect(resolved?.actor).toEqual(by.actor);
    expect(resolved?.actor.permissions).toEqual(owner.actor.permissions);
  });

  it("answers the same, and waits the same, for everything that is not right", async () => {
    const { owner } = await addOrganisation(crypto, "same");
    const disabled = await addOperator(crypto.deps, owner, {
      email: "gone@same.example", name: "Gone", role: "auditor", password: new Secret(goodPassword),
    });
    if (!disabled.ok) throw new Error(disabled.error.code);
    await disableOperator(crypto.deps, owner, { operatorId: disabled.value.id });
    await addOrganisation(crypto, "halted");
    await crypto.owner.query(
      "update joinery.organisation set state = 'provisioning' where slug = 'halted'",
    );
    crypto.waits.length = 0;
    const refused = [
      await tryPassword(crypto, "owner@same.example", wrong),
      await tryPassword(crypto, "nobody@same.example", goodPassword),
      await tryPassword(crypto, "gone@same.example", goodPassword),
      await tryPassword(crypto, "owner@halted.example", goodPassword),
      await tryPassword(crypto, "owner@same.example", goodPassword, { organisation: "halted" }),
      await tryPassword(crypto, "owner@same.example", goodPassword, { organisation: "no-such" }),
      await tryPassword(crypto, "owner@same.example", goodPassword, { organisation: "\u0000" }),
      await tryPassword(crypto, "not an address", goodPassword),
      await tryPassword(crypto, "owner@same.example", "x".repeat(1025)),
      await tryPassword(crypto, "' or 1=1 --", "' or 1=1 --"),
    ];
    expect(new Set(refused.map((outcome) => JSON.stringify(outcome)))).toHaveProperty("size", 1);
    expect(refused[0]).toMatchObject({ error: { code: "SIGN_IN_REFUSED" } });
    expect(crypto.waits).toEqual(refused.map(() => 400));
  });

  it("knows an address in any case, and a password of 1,024 characters to the last", async () => {
    const { owner } = await addOrganisation(crypto, "unicode");
    const long = Array.from({ length: 1023 }, (_, i) => ((i * i) % 36).toString(36)).join("");
    await addOperator(crypto.deps, owner, {
      email: "Zoë.Straße@Bücher.example",
      name: "Zoë", role: "operator", password: new Secret(`${long}é`),
    });
    expect(await code("ZOE\u0308.STRASSE@xn--bcher-kva.EXAMPLE", `${long}e\u0301`)).toBe("OK");
    expect(await code("zoë.straße@bücher.example", `${long}e`)).toBe("SIGN_IN_REFUSED");
    expect(await code("zoë.straße@bücher.example", long)).toBe("SIGN_IN_REFUSED");
  });

  it("renews a hash of other parameters with the next sign-in; the password stays", async () => {
    const { id, ownerId } = await addOrganisation(crypto, "rehash");
    const weak = await hash(preparedPassword(goodPassword), {
      memoryCost: 8192, timeCost: 1, parallelism: 1,
    });
    await crypto.owner.query(
      "update joinery.operator_role set password_hash = $1 where operator_id = $2", [weak, ownerId],
    );
    expect(await code("owner@rehash.example", wrong)).toBe("SIGN_IN_REFUSED");
    expect((await crypto.deps.credentials.findOf(id, ownerId))?.passwordHash).toBe(weak);
    expect(await code("owner@rehash.example", goodPassword)).toBe("OK");
    const renewed = (await crypto.deps.credentials.findOf(id, ownerId))?.passwordHash;
    expect(renewed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await code("owner@rehash.example", goodPassword)).toBe("OK");
  });

  it("records who signed in and who was refused, and nobody for an unknown address", async () => {
    const { id, ownerId } = await addOrganisation(crypto, "recorded");
    await tryPassword(crypto, "owner@recorded.example", wrong);
    await tryPassword(crypto, "stranger@recorded.example", wrong);
    await signedIn(crypto, "owner@recorded.example", goodPassword);
    const target = { kind: "operator", id: ownerId };
    const [, refused, done, ...rest] = await recordedOf(crypto, id);
    expect(rest).toEqual([]);
    expect(refused).toMatchObject({
      action: "session.open", outcome: "refused", code: "SIGN_IN_REFUSED", target,
      actor: { kind: "person", id: "anonymous" },
    });
    expect(done).toMatchObject({
      action: "session.open", outcome: "done", target, actor: { kind: "person", id: ownerId },
    });
    const { rows } = await crypto.owner.query("select payload from joinery.outbox");
    const bytes = Buffer.concat(rows.map(({ payload }: { payload: Buffer }) => payload));
    for (const planted of [goodPassword, wrong]) {
      expect(bytes.includes(planted)).toBe(false);
      expect(crypto.logged()).not.toContain(planted);
    }
    expect(crypto.logged()).not.toContain("stranger@recorded.example");
  });

  it("keeps tokens as digests only", async () => {
    await addOrganisation(crypto, "digests");
    const { token } = await signedIn(crypto, "owner@digests.example", goodPassword);
    const { rows } = await crypto.owner.query("select s::text as row from joinery.session s");
    for (const { row } of rows as { row: string }[]) {
      expect(row).not.toContain(token.slice(4, 40));
      expect(row).not.toContain(Buffer.from(token).toString("hex").slice(8, 80));
    }
  });

  it("opens none for a password that was changed while it was verified", async () => {
    const { id, ownerId } = await addOrganisation(crypto, "raced");
    const { credentials, passwords, clock } = crypto.deps;
    const other = await passwords.hash(new Secret(otherPassword));
    // The change happens between the look-up and the new session.
    const racing: typeof crypto.deps.credentials = {
      find: async (...query) => {
        const found = await credentials.find(...query);
        await credentials.setPassword(id, ownerId, other, null, clock(), []);
        return found;
      },
      findOf: (...query) => credentials.findOf(...query),
      rehash: (...change) => credentials.rehash(...change),
      setPassword: (...change) => credentials.setPassword(...change),
    };
    const raced = { ...crypto, deps: { ...crypto.deps, credentials: racing } };
    const outcome = await tryPassword(raced, "owner@raced.example", goodPassword);
    expect(codeOfOutcome(outcome)).toBe("SIGN_IN_REFUSED");
    expect((await crypto.owner.query(
      "select from joinery.session where organisation_id = $1", [id],
    )).rowCount).toBe(0);
  });
});

describe("several organisations", () => {
  it("let the same person have a password in each, and neither opens the other", async () => {
    const north = await addOrganisation(crypto, "north");
    const south = await addOrganisation(crypto, "south");
    const person = { email: "both@people.example", name: "Both", role: "auditor" } as const;
    await addOperator(crypto.deps, north.owner, { ...person, password: new Secret(goodPassword) });
    // Whoever owns the other organisation and knows the address gains nothing here.
    const added = await addOperator(crypto.deps, south.owner, {
      ...person, name: "Chosen in the south", role: "owner", password: new Secret(otherPassword),
    });
    expect(added).toMatchObject({ ok: true, value: { name: "Chosen in the south" } });
    const first = await signedIn(crypto, "both@people.example", goodPassword);
    expect(first.by.actor).toMatchObject({ tenant: north.id, name: "Both" });
    const second = await signedIn(crypto, "both@people.example", otherPassword);
    expect(second.by.actor).toMatchObject({ tenant: south.id });
    expect(await code("both@people.example", otherPassword, { organisation: "north" })).toBe(
      "SIGN_IN_REFUSED",
    );
  });

  it("with one password are named by slug, after the right password only", async () => {
    const east = await addOrganisation(crypto, "east");
    const west = await addOrganisation(crypto, "west");
    const person = { email: "twice@people.example", name: "Twice", role: "auditor" } as const;
    for (const { owner } of [east, west]) {
      crypto.clock.advance(1);
      await addOperator(crypto.deps, owner, { ...person, password: new Secret(goodPassword) });
    }
    const asked = await tryPassword(crypto, "twice@people.example", goodPassword);
    expect(asked).toMatchObject({
      error: { code: "ORGANISATION_REQUIRED", organisations: ["east", "west"] },
    });
    expect(await code("twice@people.example", wrong)).toBe("SIGN_IN_REFUSED");
    const { by } = await signedIn(crypto, "twice@people.example", goodPassword, {
      organisation: "west",
    });
    expect(by.actor.tenant).toBe(west.id);
  });
});

describe("throttling", () => {
  it("holds an address back after five failures, known or not, and says how long", async () => {
    await addOrganisation(crypto, "held");
    for (const email of ["owner@held.example", "unknown@held.example"]) {
      for (let i = 0; i < 5; i += 1) expect(await code(email, wrong)).toBe("SIGN_IN_REFUSED");
      expect(await tryPassword(crypto, email, goodPassword)).toMatchObject({
        error: { code: "TOO_MANY_ATTEMPTS", retryAfterSeconds: 1 },
      });
    }
    crypto.clock.advance(1000);
    expect(await code("owner@held.example", goodPassword)).toBe("OK");
    for (let i = 0; i < 4; i += 1) await code("owner@held.example", wrong);
    expect(await code("owner@held.example", goodPassword)).toBe("OK");
  });

  it("lets five of a hundred guesses through that come at once", async () => {
    await addOrganisation(crypto, "burst");
    const codes = await Promise.all(
      Array.from({ length: 100 }, () => code("OWNER@burst.example", wrong)),
    );
    expect(codes.filter((found) => found === "SIGN_IN_REFUSED")).toHaveLength(5);
    expect(codes.filter((found) => found === "TOO_MANY_ATTEMPTS")).toHaveLength(95);
  });

  it("does not let others' guesses hold back a device that has signed in before", async () => {
    const { owner } = await addOrganisation(crypto, "device");
    const email = "owner@device.example";
    const { token, by } = await signedIn(crypto, email, goodPassword);
    await signOut(crypto.deps, by, { everywhere: false });
    for (let i = 0; i < 30; i += 1) {
      await code(email, wrong);
      crypto.clock.advance(600_000);
    }
    for (let i = 0; i < 3; i += 1) await code(email, wrong);
    expect(await code(email, goodPassword)).toBe("TOO_MANY_ATTEMPTS");
    const again = await signedIn(crypto, email, goodPassword, { formerToken: token });

    // Guesses with the device's own token are counted too,
    for (let i = 0; i < 5; i += 1) await code(email, wrong, { formerToken: again.token });
    expect(await code(email, goodPassword, { formerToken: again.token })).toBe("TOO_MANY_ATTEMPTS");
    // and nobody else's token helps.
    await addOperator(crypto.deps, owner, {
      email: "mate@device.example", name: "M", role: "auditor", password: new Secret(goodPassword),
    });
    const mate = await signedIn(crypto, "mate@device.example", goodPassword);
    for (const formerToken of [mate.token, "jns_forged"]) {
      expect(await code(email, goodPassword, { formerToken })).toBe("TOO_MANY_ATTEMPTS");
    }
  });

  it("lets nobody guess on by way of another organisation that they own", async () => {
    const victim = await addOrganisation(crypto, "victim");
    const thief = await addOrganisation(crypto, "thief");
    const email = "owner@victim.example";
    await addOperator(crypto.deps, thief.owner, {
      email, name: "Bait", role: "auditor", password: new Secret(otherPassword),
    });
    // With its own password for that address the thief signs in between the guesses, named or not.
    const codes: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      codes.push(await code(email, wrong, { organisation: "victim" }));
      const organisation = i % 2 === 0 ? { organisation: "thief" } : {};
      const bait = await signedIn(crypto, email, otherPassword, organisation);
      codes.push(
        await code(email, wrong, { organisation: "victim", formerToken: bait.token }),
      );
      crypto.clock.advance(1);
    }
    expect(codes.filter((found) => found === "SIGN_IN_REFUSED").length).toBeLessThanOrEqual(5);
    expect(codes.at(-1)).toBe("TOO_MANY_ATTEMPTS");

    // Nor do the answers tell whether the address belongs to an organisation.
    const answersOf = async (slug: string) => {
      const answers: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        answers.push(await code(email, wrong, { organisation: slug }));
        await signedIn(crypto, email, otherPassword, { organisation: "thief" });
      }
      return answers;
    };
    await addOrganisation(crypto, "stranger");
    const member = await addOrganisation(crypto, "member");
    await addOperator(crypto.deps, member.owner, {
      email, name: "Member", role: "auditor", password: new Secret(goodPassword),
    });
    expect(await answersOf("member")).toEqual(await answersOf("stranger"));
    expect(await answersOf("no-such")).toContain("TOO_MANY_ATTEMPTS");
    const { rows } = await crypto.owner.query(
      "select from joinery.session where organisation_id = $1", [victim.id],
    );
    expect(rows).toEqual([]);
  });

  it("no longer trusts a device that was signed out with all others, or a month ago", async () => {
    await addOrganisation(crypto, "stolen");
    const email = "owner@stolen.example";
    const stolen = await signedIn(crypto, email, goodPassword);
    await signOut(crypto.deps, stolen.by, { everywhere: true });
    const old = await signedIn(crypto, email, goodPassword);
    crypto.clock.advance(endedSessionsKeptMs + sessionLifeMs);
    const recent = await signedIn(crypto, email, goodPassword);
    for (let i = 0; i < 5; i += 1) await code(email, wrong);
    for (const { token: formerToken } of [stolen, old]) {
      expect(await code(email, goodPassword, { formerToken })).toBe("TOO_MANY_ATTEMPTS");
    }
    expect(await code(email, goodPassword, { formerToken: recent.token })).toBe("OK");
  });

  it("forgets unknown addresses first and failures after a day", async () => {
    await addOrganisation(crypto, "forget");
    await crypto.owner.query("delete from joinery.sign_in_attempt");
    await code("owner@forget.example", wrong);
    for (let i = 0; i < 5; i += 1) {
      crypto.clock.advance(1);
      await code(`stranger${i}@forget.example`, wrong);
    }
    const kept = async () =>
      (await crypto.owner.query("select known from joinery.sign_in_attempt order by last_at")).rows;
    await crypto.deps.attempts.prune(new Date(0), 2);
    const [known, unknown] = [{ known: true }, { known: false }];
    expect(await kept()).toEqual([known, known, unknown, unknown]);
    crypto.clock.advance(24 * 3_600_000 + 1);
    await forgetOld(crypto.deps);
    expect(await kept()).toEqual([]);
  });

  it("asks everybody to come back while the waiting room is full; nothing is counted", async () => {
    await addOrganisation(crypto, "crowd");
    const cheap = { memoryCost: 1024, timeCost: 1, parallelism: 1 };
    const passwords = await Argon2Passwords.create(cheap);
    const crowd: Promise<false>[] = [];
    while (passwords.hasRoom()) crowd.push(passwords.verifyNone(new Secret(wrong)));
    const crowded = { ...crypto, deps: { ...crypto.deps, passwords } };
    for (let i = 0; i < 9; i += 1) {
      expect(await tryPassword(crowded, "owner@crowd.example", goodPassword)).toMatchObject({
        error: { code: "TOO_MANY_ATTEMPTS", retryAfterSeconds: 1 },
      });
    }
    await Promise.all(crowd);
    await signedIn(crypto, "owner@crowd.example", goodPassword);
  });
});
