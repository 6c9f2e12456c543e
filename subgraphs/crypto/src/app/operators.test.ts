import type { Role } from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../domain/secret.js";
import { platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import {
  addOrganisation, callerOf, codeOfOutcome, goodPassword, otherPassword, recordedOf, tryPassword,
  type TestOrganisation,
} from "../testing/world.js";
import { addOperator } from "./add-operator.js";
import { disableOperator, setOperatorRole } from "./change-operator.js";
import { findOperators, listOperators } from "./read-operators.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

async function add(
  { owner }: TestOrganisation,
  email: string,
  more: { role?: Role; name?: string; password?: string } = {},
) {
  return addOperator(crypto.deps, owner, {
    email,
    name: more.name ?? "Somebody",
    role: more.role ?? "operator",
    password: new Secret(more.password ?? goodPassword),
  });
}

async function addedId(organisation: TestOrganisation, email: string, role: Role = "operator") {
  const outcome = await add(organisation, email, { role });
  if (!outcome.ok) throw new Error(outcome.error.code);
  return outcome.value.id;
}

describe("addOperator", () => {
  it("knows a person by the address in any case, and refuses to add one twice", async () => {
    const organisation = await addOrganisation(crypto, "once");
    expect(codeOfOutcome(await add(organisation, "Émile@Once.Example"))).toBe("OK");
    for (const same of ["émile@once.example", "E\u0301MILE@ONCE.EXAMPLE", " Émile@once.example "]) {
      expect(codeOfOutcome(await add(organisation, same))).toBe("OPERATOR_EXISTS");
    }
    const { rows } = await crypto.owner.query(
      "select from joinery.operator where email_key = 'émile@once.example'",
    );
    expect(rows).toHaveLength(1);
  });

  it("adds one person of two calls at once", async () => {
    const organisation = await addOrganisation(crypto, "race");
    const outcomes = await Promise.all([1, 2, 3].map(() => add(organisation, "a@race.example")));
    expect(outcomes.map(codeOfOutcome).toSorted()).toEqual([
      "OK", "OPERATOR_EXISTS", "OPERATOR_EXISTS",
    ]);
  });

  it("answers the same whether the address is known elsewhere or not", async () => {
    const here = await addOrganisation(crypto, "blind");
    const there = await addOrganisation(crypto, "seen");
    await add(there, "known@people.example", { name: "Their name of there" });
    const known = await add(here, "known@people.example", { password: otherPassword });
    const unknown = await add(here, "unknown@people.example");
    for (const outcome of [known, unknown]) {
      expect(outcome).toMatchObject({ ok: true, value: { name: "Somebody", state: "active" } });
    }
    expect(JSON.stringify(known)).not.toContain("Their name of there");
    expect(codeOfOutcome(
      await tryPassword(crypto, "known@people.example", goodPassword, { organisation: "seen" }),
    )).toBe("OK");
  });

  it("refuses bad addresses, names and passwords", async () => {
    const organisation = await addOrganisation(crypto, "bad");
    expect(codeOfOutcome(await add(organisation, "nobody"))).toBe("EMAIL_INVALID");
    expect(codeOfOutcome(await add(organisation, "a@b.example", { name: "" }))).toBe(
      "NAME_INVALID",
    );
    expect(codeOfOutcome(await add(organisation, "a@b.example", { password: "x" }))).toBe(
      "PASSWORD_TOO_SHORT",
    );
    expect(codeOfOutcome(
      await add(organisation, "a@b.example", { password: "The bad company" }),
    )).toBe("PASSWORD_GUESSABLE");
  });

  it("is for owners", async () => {
    const organisation = await addOrganisation(crypto, "rights");
    for (const role of ["operator", "auditor"] as const) {
      const by = callerOf(organisation.id, organisation.ownerId, role);
      await expect(
        addOperator(crypto.deps, by, {
          email: "a@b.example", name: "A", role: "owner", password: new Secret(goodPassword),
        }),
      ).rejects.toMatchObject({ code: "FORBIDDEN" });
      await expect(
        setOperatorRole(crypto.deps, by, { operatorId: organisation.ownerId, role: "owner" }),
      ).rejects.toMatchObject({ code: "FORBIDDEN" });
      await expect(
        disableOperator(crypto.deps, by, { operatorId: organisation.ownerId }),
      ).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
  });
});

describe("the last owner", () => {
  it("stays an active owner, and the attempt is recorded", async () => {
    const organisation = await addOrganisation(crypto, "last");
    const { id, owner, ownerId: operatorId } = organisation;
    await addedId(organisation, "op@last.example");
    const demoted = await setOperatorRole(crypto.deps, owner, { operatorId, role: "auditor" });
    expect(codeOfOutcome(demoted)).toBe("LAST_OWNER");
    const gone = () => disableOperator(crypto.deps, owner, { operatorId });
    expect(codeOfOutcome(await gone())).toBe("LAST_OWNER");
    const refused = (await recordedOf(crypto, id)).filter(({ outcome }) => outcome === "refused");
    expect(refused.map(({ code }) => code)).toEqual(["LAST_OWNER", "LAST_OWNER"]);

    const second = await addedId(organisation, "second@last.example", "owner");
    expect(codeOfOutcome(await gone())).toBe("OK");
    const by = callerOf(id, second, "owner");
    expect(codeOfOutcome(await disableOperator(crypto.deps, by, { operatorId: second }))).toBe(
      "LAST_OWNER",
    );
  });

  it("stays when all owners remove each other at once", async () => {
    const organisation = await addOrganisation(crypto, "duel");
    const ids = [organisation.ownerId];
    for (let i = 0; i < 4; i += 1) {
      ids.push(await addedId(organisation, `o${i}@duel.example`, "owner"));
    }
    const outcomes = await Promise.all(
      ids.map(async (operatorId, index) => {
        const by = callerOf(organisation.id, ids[(index + 1) % ids.length] ?? "", "owner");
        try {
          return codeOfOutcome(await disableOperator(crypto.deps, by, { operatorId }));
        } catch (error) {
          return (error as { code: string }).code;
        }
      }),
    );
    const left = await crypto.deps.operators.active(organisation.id, ["owner"]);
    expect(left.length).toBeGreaterThanOrEqual(1);
    expect(outcomes.filter((code) => code === "OK")).toHaveLength(ids.length - left.length);
  });
});

describe("changes of operators", () => {
  it("are told with what was before and after, once", async () => {
    const organisation = await addOrganisation(crypto, "told");
    const id = await addedId(organisation, "op@told.example");
    const change = { operatorId: id, role: "auditor" } as const;
    await setOperatorRole(crypto.deps, organisation.owner, change);
    await setOperatorRole(crypto.deps, organisation.owner, change);
    await disableOperator(crypto.deps, organisation.owner, { operatorId: id });
    await disableOperator(crypto.deps, organisation.owner, { operatorId: id });
    const recorded = (await recordedOf(crypto, organisation.id)).slice(1);
    const target = { kind: "operator", id };
    expect(recorded).toMatchObject([
      {
        action: "operator.add", target, outcome: "done",
        after: { email: "op@told.example", role: "operator", state: "active" },
      },
      {
        action: "operator.setRole", target,
        before: { role: "operator", state: "active" }, after: { role: "auditor", state: "active" },
      },
      { action: "operator.disable", target, after: { role: "auditor", state: "disabled" } },
    ]);
    expect(recorded).toHaveLength(3);
    expect(recorded.every(({ actor }) => actor.id === organisation.ownerId)).toBe(true);
    expect(JSON.stringify(recorded)).not.toContain("argon2");
  });

  it("do not happen when they cannot be told", async () => {
    const organisation = await addOrganisation(crypto, "untold");
    const id = await addedId(organisation, "op@untold.example");
    const { rows } = await crypto.owner.query("select current_user as role");
    const service = String(rows[0].role).replace(/_owner$/, "_service");
    await crypto.owner.query(`revoke insert on joinery.outbox from "${service}"`);
    try {
      await expect(
        disableOperator(crypto.deps, organisation.owner, { operatorId: id }),
      ).rejects.toMatchObject({ code: "42501" });
      expect((await crypto.deps.operators.find(organisation.id, id))?.state).toBe("active");
    } finally {
      await crypto.owner.query(`grant insert on joinery.outbox to "${service}"`);
    }
  });

  it("reach nobody in another organisation", async () => {
    const mine = await addOrganisation(crypto, "mine");
    const theirs = await addOrganisation(crypto, "theirs");
    const victim = theirs.ownerId;
    const outcome = await setOperatorRole(crypto.deps, mine.owner, {
      operatorId: victim, role: "auditor",
    });
    expect(codeOfOutcome(outcome)).toBe("OPERATOR_NOT_FOUND");
    for (const operatorId of [victim, "x"]) {
      const disabled = await disableOperator(crypto.deps, mine.owner, { operatorId });
      expect(codeOfOutcome(disabled)).toBe("OPERATOR_NOT_FOUND");
    }
    expect(await crypto.deps.operators.find(theirs.id, victim)).toMatchObject({
      role: "owner", state: "active",
    });
    expect(await findOperators(crypto.deps, mine.owner.actor, [victim])).toEqual([]);
  });
});

describe("reading operators", () => {
  it("pages through all of an organisation in order of name, each once", async () => {
    const organisation = await addOrganisation(crypto, "pages");
    const names = ["Zoe", "ann", "Ann", "Ann", "Émile", "bob", "Zoe"];
    for (const [i, name] of names.entries()) {
      await add(organisation, `p${i}@pages.example`, { name });
    }
    const seen: string[] = [];
    let after: readonly [string, string] | null = null;
    for (;;) {
      const page = await listOperators(crypto.deps, organisation.owner.actor, { limit: 3, after });
      seen.push(...page.map(({ name }) => name));
      const last = page.at(-1);
      if (!last) break;
      after = [last.name, last.id];
    }
    const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    expect(seen).toEqual([...names, "Owner of pages"].toSorted(byBytes));
  });

  it("tells other services names and recipients of active operators", async () => {
    const organisation = await addOrganisation(crypto, "mail");
    const auditor = await addedId(organisation, "au@mail.example", "auditor");
    const gone = await addedId(organisation, "gone@mail.example", "auditor");
    await disableOperator(crypto.deps, organisation.owner, { operatorId: gone });
    const { id: tenant } = organisation;
    const recipients = await crypto.methods.listRecipients(
      { tenant, roles: ["owner", "auditor", "no-such-role"] }, platform,
    );
    const addresses = recipients.map(({ email }) => email).toSorted();
    expect(addresses).toEqual(["au@mail.example", "owner@mail.example"]);
    const ids = [auditor, gone, "no-such-id", "00000000-0000-4000-8000-000000000000"];
    const named = await crypto.methods.operatorNames({ tenant, ids }, platform);
    expect(named.map(({ id }) => id).toSorted()).toEqual([auditor, gone].toSorted());
  });
});
