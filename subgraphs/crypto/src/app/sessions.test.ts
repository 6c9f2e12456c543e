import { randomBytes } from "node:crypto";
import { permissionsOf } from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toSessionToken } from "../domain/session-token.js";
import { Secret } from "../domain/secret.js";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, alive, callerOf, codeOfOutcome, goodPassword, otherPassword, recordedOf,
  signedIn,
} from "../testing/world.js";
import { addOperator } from "./add-operator.js";
import { changePassword } from "./change-password.js";
import { disableOperator, setOperatorRole } from "./change-operator.js";
import { endedSessionsKeptMs, forgetOld } from "./housekeeping.js";
import { signOut } from "./sign-out.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

const hour = 3_600_000;

describe("a session", () => {
  it("dies unused after an hour, and lives on with use until twelve hours are over", async () => {
    await addOrganisation(crypto, "life");
    const idle = await signedIn(crypto, "owner@life.example", goodPassword);
    const used = await signedIn(crypto, "owner@life.example", goodPassword);
    const end = crypto.clock.read().getTime() + 12 * hour;
    crypto.clock.advance(59 * 60_000);
    expect(await alive(crypto, used.token)).toBe(true);
    crypto.clock.advance(60_000);
    expect(await alive(crypto, idle.token)).toBe(false);
    expect(await alive(crypto, used.token)).toBe(true);
    while (crypto.clock.read().getTime() < end - 60_000) {
      crypto.clock.advance(Math.min(30 * 60_000, end - 60_000 - crypto.clock.read().getTime()));
      expect(await alive(crypto, used.token)).toBe(true);
    }
    const resolved = await crypto.methods.resolveSession({ token: used.token }, platform);
    expect(resolved?.expiresAt).toBe(new Date(end).toISOString());
    crypto.clock.advance(60_000);
    expect(await alive(crypto, used.token)).toBe(false);
  });

  it("notes its use at most once a minute", async () => {
    await addOrganisation(crypto, "cheap");
    const { token } = await signedIn(crypto, "owner@cheap.example", goodPassword);
    const seen = async () =>
      (await crypto.owner.query("select max(last_seen_at) as at from joinery.session")).rows[0];
    const first = await seen();
    for (let i = 0; i < 5; i += 1) {
      crypto.clock.advance(10_000);
      await alive(crypto, token);
    }
    expect(await seen()).toEqual(first);
    crypto.clock.advance(10_000);
    await alive(crypto, token);
    expect(await seen()).toEqual({ at: crypto.clock.read() });
  });

  it("is not opened by a forged, cut, padded or foreign token", async () => {
    await addOrganisation(crypto, "forged");
    const { token } = await signedIn(crypto, "owner@forged.example", goodPassword);
    const forged = [
      toSessionToken(randomBytes(32)), token.slice(0, -1), `${token} `, `${token}A`,
      token.toUpperCase(), token.replace("jns_", "jnk_"), "", "jns_", "' or true --",
    ];
    for (const text of forged) expect(await alive(crypto, text), text).toBe(false);
    expect(await alive(crypto, token)).toBe(true);
  });

  it("has at every request the role that its operator has then", async () => {
    const { owner } = await addOrganisation(crypto, "roles");
    const added = await addOperator(crypto.deps, owner, {
      email: "op@roles.example", name: "Op", role: "operator", password: new Secret(goodPassword),
    });
    if (!added.ok) throw new Error(added.error.code);
    const { token } = await signedIn(crypto, "op@roles.example", goodPassword);
    await setOperatorRole(crypto.deps, owner, { operatorId: added.value.id, role: "auditor" });
    const resolved = await crypto.methods.resolveSession({ token }, platform);
    expect(resolved?.actor.permissions).toEqual(permissionsOf.auditor);
  });

  it("dies with its operator, for good: bringing them back brings no session back", async () => {
    const { owner } = await addOrganisation(crypto, "disabled");
    const person = { email: "op@disabled.example", name: "Op", role: "operator" } as const;
    const added = await addOperator(crypto.deps, owner, {
      ...person, password: new Secret(goodPassword),
    });
    if (!added.ok) throw new Error(added.error.code);
    const { token } = await signedIn(crypto, "op@disabled.example", goodPassword);
    await disableOperator(crypto.deps, owner, { operatorId: added.value.id });
    expect(await alive(crypto, token)).toBe(false);
    await addOperator(crypto.deps, owner, { ...person, password: new Secret(otherPassword) });
    expect(await alive(crypto, token)).toBe(false);
    await signedIn(crypto, "op@disabled.example", otherPassword);
  });

  it("dies when its organisation goes out of service", async () => {
    await addOrganisation(crypto, "closed");
    const { token } = await signedIn(crypto, "owner@closed.example", goodPassword);
    await crypto.owner.query(
      "update joinery.organisation set state = 'destroyed' where slug = 'closed'",
    );
    expect(await alive(crypto, token)).toBe(false);
  });

  it("is one of fifty at most: the oldest ends", async () => {
    const { id, ownerId } = await addOrganisation(crypto, "fifty");
    const first = await signedIn(crypto, "owner@fifty.example", goodPassword);
    for (let i = 0; i < 50; i += 1) {
      crypto.clock.advance(1);
      await signedIn(crypto, "owner@fifty.example", goodPassword);
    }
    expect(await alive(crypto, first.token)).toBe(false);
    const { rows } = await crypto.owner.query(
      `select from joinery.session
       where organisation_id = $1 and operator_id = $2 and ended_at is null`,
      [id, ownerId],
    );
    expect(rows).toHaveLength(50);
  }, 60_000);

  it("leaves no row a month after its end", async () => {
    await addOrganisation(crypto, "pruned");
    await signedIn(crypto, "owner@pruned.example", goodPassword);
    crypto.clock.advance(endedSessionsKeptMs);
    await forgetOld(crypto.deps);
    const left = async () => (await crypto.owner.query("select from joinery.session")).rowCount;
    expect(await left()).toBeGreaterThan(0);
    crypto.clock.advance(12 * hour + 1);
    await forgetOld(crypto.deps);
    expect(await left()).toBe(0);
  });
});

describe("signOut", () => {
  it("ends the session that asks and no other, once", async () => {
    const { id } = await addOrganisation(crypto, "out");
    const one = await signedIn(crypto, "owner@out.example", goodPassword);
    const two = await signedIn(crypto, "owner@out.example", goodPassword);
    expect(await signOut(crypto.deps, one.by, { everywhere: false })).toBe(1);
    expect(await alive(crypto, one.token)).toBe(false);
    expect(await alive(crypto, two.token)).toBe(true);
    expect(await signOut(crypto.deps, one.by, { everywhere: false })).toBe(0);
    const actions = (await recordedOf(crypto, id)).map(({ action }) => action);
    expect(actions.filter((action) => action === "session.close")).toHaveLength(1);
  });

  it("everywhere ends all sessions of this person in this organisation alone", async () => {
    const here = await addOrganisation(crypto, "here");
    const there = await addOrganisation(crypto, "there");
    const person = { email: "p@people.example", name: "P", role: "auditor" } as const;
    for (const { owner } of [here, there]) {
      await addOperator(crypto.deps, owner, { ...person, password: new Secret(goodPassword) });
    }
    const mine = [];
    for (let i = 0; i < 3; i += 1) {
      mine.push(await signedIn(crypto, person.email, goodPassword, { organisation: "here" }));
    }
    const other = await signedIn(crypto, person.email, goodPassword, { organisation: "there" });
    const mate = await signedIn(crypto, "owner@here.example", goodPassword);
    expect(await signOut(crypto.deps, mine[0]!.by, { everywhere: true })).toBe(3);
    for (const { token } of mine) expect(await alive(crypto, token)).toBe(false);
    expect(await alive(crypto, other.token)).toBe(true);
    expect(await alive(crypto, mate.token)).toBe(true);
  });

  it("cannot end somebody else's session by naming it", async () => {
    const { id } = await addOrganisation(crypto, "named");
    const victim = await signedIn(crypto, "owner@named.example", goodPassword);
    const nobody = "00000000-0000-4000-8000-000000000000";
    const thief = callerOf(id, nobody, "owner", victim.by.actor.session);
    expect(await signOut(crypto.deps, thief, { everywhere: false })).toBe(0);
    expect(await alive(crypto, victim.token)).toBe(true);
    await expect(
      signOut(crypto.deps, { actor: platform, requestId: "r" }, { everywhere: true }),
    ).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("changePassword", () => {
  async function change(by: Parameters<typeof changePassword>[1], current: string, next: string) {
    const input = { current: new Secret(current), next: new Secret(next) };
    return codeOfOutcome(await changePassword(crypto.deps, by, input));
  }

  it("ends every other session of the person, and the old password", async () => {
    const { id } = await addOrganisation(crypto, "change");
    const kept = await signedIn(crypto, "owner@change.example", goodPassword);
    const lost = await signedIn(crypto, "owner@change.example", goodPassword);
    expect(await change(kept.by, goodPassword, otherPassword)).toBe("OK");
    expect(await alive(crypto, kept.token)).toBe(true);
    expect(await alive(crypto, lost.token)).toBe(false);
    await expect(signedIn(crypto, "owner@change.example", goodPassword)).rejects.toThrow(
      "SIGN_IN_REFUSED",
    );
    await signedIn(crypto, "owner@change.example", otherPassword);
    const actions = (await recordedOf(crypto, id)).map(({ action }) => action);
    expect(actions.filter((action) => action === "password.change")).toHaveLength(1);
  });

  it("needs the current password, a new one, and a good one", async () => {
    await addOrganisation(crypto, "needs");
    const { by, token } = await signedIn(crypto, "owner@needs.example", goodPassword);
    expect(await change(by, otherPassword, "eleven green tractors")).toBe("PASSWORD_WRONG");
    expect(await change(by, goodPassword, goodPassword)).toBe("PASSWORD_UNCHANGED");
    expect(await change(by, goodPassword, "short")).toBe("PASSWORD_TOO_SHORT");
    expect(await change(by, goodPassword, "x".repeat(1025))).toBe("PASSWORD_TOO_LONG");
    expect(await change(by, goodPassword, "owner@needs.example")).toBe("PASSWORD_GUESSABLE");
    expect(await alive(crypto, token)).toBe(true);
  });

  it("does not let a stolen session guess the password", async () => {
    await addOrganisation(crypto, "guess");
    const { by } = await signedIn(crypto, "owner@guess.example", goodPassword);
    for (let i = 0; i < 5; i += 1) {
      expect(await change(by, `wrong ${otherPassword} ${i}`, otherPassword)).toBe("PASSWORD_WRONG");
    }
    expect(await change(by, goodPassword, otherPassword)).toBe("TOO_MANY_ATTEMPTS");
    crypto.clock.advance(1000);
    expect(await change(by, goodPassword, otherPassword)).toBe("OK");
  });
});
