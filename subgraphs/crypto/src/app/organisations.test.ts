import { serviceNames } from "@joinery/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byPlatform, platform, startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import { addOrganisation, codeOfOutcome, goodPassword, recordedOf } from "../testing/world.js";
import { Secret } from "../domain/secret.js";
import { createOrganisation } from "./create-organisation.js";
import { resumeProvisioning } from "./housekeeping.js";

let crypto: TestCrypto;
beforeAll(async () => {
  crypto = await startCrypto();
});
afterAll(() => crypto.close());

function input(slug: string) {
  const owner = { email: `o@${slug}.example`, name: "O", password: new Secret(goodPassword) };
  return { name: slug, slug, owner };
}

describe("createOrganisation", () => {
  it("puts an organisation into service once all six services made their segment", async () => {
    const { id, ownerId } = await addOrganisation(crypto, "whole");
    for (const service of serviceNames) expect(crypto.segments.made.get(service)).toContain(id);
    expect(await crypto.deps.organisations.find(id)).toMatchObject({
      slug: "whole", state: "active",
    });
    expect(await crypto.deps.operators.find(id, ownerId)).toMatchObject({
      email: "owner@whole.example", role: "owner", state: "active",
    });
    expect(await recordedOf(crypto, id)).toMatchObject([
      { action: "organisation.create", outcome: "done", target: { kind: "organisation", id } },
    ]);
  });

  it("stays in provisioning when one service is down, and the same call completes it", async () => {
    crypto.segments.failing.add("rules");
    const first = createOrganisation(crypto.deps, byPlatform, input("halved"));
    await expect(first).rejects.toMatchObject({
      code: "PROVISIONING_INCOMPLETE", fields: { services: "rules" },
    });
    const half = await crypto.deps.organisations.findBySlug("halved");
    expect(half?.state).toBe("provisioning");
    const listed = await crypto.methods.listOrganisations(null, platform);
    expect(listed.map(({ name }) => name)).not.toContain("halved");

    crypto.segments.failing.delete("rules");
    const second = await createOrganisation(crypto.deps, byPlatform, input("halved"));
    expect(second).toEqual({ ok: true, value: { id: half?.id, slug: "halved" } });
    expect((await crypto.deps.organisations.findBySlug("halved"))?.state).toBe("active");
    expect(await recordedOf(crypto, half?.id ?? "")).toHaveLength(1);
  });

  it("is completed by the worker when the process died half-way", async () => {
    crypto.segments.failing.add("vault");
    await createOrganisation(crypto.deps, byPlatform, input("orphaned")).catch(() => undefined);
    const id = (await crypto.deps.organisations.findBySlug("orphaned"))?.id ?? "";
    crypto.segments.failing.delete("vault");
    // As a process leaves it that was killed: its claim still stands.
    const until = new Date(crypto.clock.read().getTime() + 60_000);
    expect(await crypto.deps.organisations.claim(id, crypto.clock.read(), until)).toBe(true);
    expect(await resumeProvisioning(crypto.deps)).toBe(0);
    expect(
      codeOfOutcome(await createOrganisation(crypto.deps, byPlatform, input("orphaned"))),
    ).toBe("PROVISIONING_RUNNING");

    crypto.clock.advance(60_000);
    expect(await resumeProvisioning(crypto.deps)).toBe(1);
    expect((await crypto.deps.organisations.find(id))?.state).toBe("active");
    expect(await resumeProvisioning(crypto.deps)).toBe(0);
  });

  it("resumes by itself when the task role starts", async () => {
    crypto.segments.failing.add("audit");
    await createOrganisation(crypto.deps, byPlatform, input("restarted")).catch(() => undefined);
    crypto.segments.failing.delete("audit");
    for (const worker of crypto.workers) await worker.start();
    for (const worker of crypto.workers) await worker.stop();
    expect((await crypto.deps.organisations.findBySlug("restarted"))?.state).toBe("active");
  });

  it("makes one organisation of two calls at once", async () => {
    const outcomes = await Promise.all(
      [1, 2].map(() => createOrganisation(crypto.deps, byPlatform, input("twice"))),
    );
    const codes = outcomes.map(codeOfOutcome).toSorted();
    expect(codes[0]).toBe("OK");
    expect(["OK", "SLUG_TAKEN", "PROVISIONING_RUNNING"]).toContain(codes[1]);
    const { rows } = await crypto.owner.query(
      "select from joinery.organisation where slug = 'twice'",
    );
    expect(rows).toHaveLength(1);
  });

  it("refuses a taken slug, a bad name, address or password, and writes nothing", async () => {
    await addOrganisation(crypto, "taken");
    const count = async () =>
      (await crypto.owner.query("select from joinery.organisation")).rowCount;
    const before = await count();
    const owner = input("x").owner;
    const cases = [
      [input("taken"), "SLUG_TAKEN"],
      [{ ...input("a"), name: " " }, "NAME_INVALID"],
      [{ ...input("a"), slug: "Not a slug" }, "SLUG_INVALID"],
      [{ ...input("a"), slug: "../../etc" }, "SLUG_INVALID"],
      [{ ...input("a"), owner: { ...owner, email: "nobody" } }, "EMAIL_INVALID"],
      [{ ...input("a"), owner: { ...owner, name: "\u0000" } }, "NAME_INVALID"],
      [{ ...input("a"), owner: { ...owner, password: new Secret("short") } }, "PASSWORD_TOO_SHORT"],
    ] as const;
    for (const [bad, code] of cases) {
      expect(codeOfOutcome(await createOrganisation(crypto.deps, byPlatform, bad))).toBe(code);
    }
    expect(await count()).toBe(before);
  });

  it("is for services: no person may call it, an owner neither", async () => {
    const { owner } = await addOrganisation(crypto, "owned");
    await expect(createOrganisation(crypto.deps, owner, input("more"))).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });
});
