import type { ProvidedServices } from "@joinery/kit/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Company } from "../../testing/company.js";
import { World } from "../../testing/world.js";
import { updateApplication } from "../update-application.js";

export type { ProvidedServices };

let world: World;
let company: Company;

beforeEach(async () => {
  world = await World.open();
  company = await Company.open(world);
});
afterEach(async () => {
  await world.close();
});

/** The system does what it was asked, and the first time the answer is lost. */
function dieOnce(): () => void {
  let isDead = false;
  return () => {
    if (isDead) return;
    isDead = true;
    throw new Error("cut off");
  };
}

describe("the first password of a new person", () => {
  const passwords = () => company.system.written.flatMap((write) =>
    write.operation === "create" ? [write.password?.use((plain) => plain)] : []);

  test("is made as the account is sent, the same for each attempt, and nowhere else", async () => {
    await updateApplication(world.deps, world.by, {
      id: company.directory.id, exportPolicy: { initialPasswords: true },
    });
    await company.tell({ ann: {} });
    const run = await company.run();
    const { id } = (await world.rows<{ id: string }>(
      "select id from account where state = 'planned'"))[0] ?? { id: "" };
    company.system.onAnswer = dieOnce();
    await expect(company.export()).rejects.toThrow("cut off");
    expect(world.passwords.get(id)).toBe("made");
    await company.export();
    expect(new Set(passwords())).toEqual(new Set([`first of ${id}`]));
    expect(company.system.written.map((write) => write.id)).toEqual([id, id]);
    expect(await world.run(run.id)).toMatchObject({ state: "finished" });
    const kept = await world.rows("select * from item, account, run, wave");
    expect(JSON.stringify([kept, await world.told()])).not.toContain("first of");
  });

  test("waits to be taken only where the system took it", async () => {
    await updateApplication(world.deps, world.by, {
      id: company.directory.id, exportPolicy: { initialPasswords: true },
    });
    await company.tell({ ann: {}, bob: {}, cid: {} });
    await company.run();
    company.system.onWrite = (write) => {
      if (write.operation !== "create") return undefined;
      const { id } = write;
      const name = write.attributes["login"] ?? write.attributes["cn"];
      const reason = "no";
      if (name === "bob") return { id, ok: false, kind: "skip", code: "VALUE_INVALID", reason };
      const object = {
        kind: "user" as const, anchor: `a-${String(name)}`, name: String(name),
        attributes: write.attributes,
      };
      return { id, ok: true, object, ...(name === "ann" ? { password: "set" as const } : {}) };
    };
    await company.export();
    expect([...world.passwords.values()].sort()).toEqual(["set", "unused", "unused"]);
  });

  test("cannot be had for a moment: nothing was sent, so what is there is not ours", async () => {
    await updateApplication(world.deps, world.by, {
      id: company.directory.id, exportPolicy: { initialPasswords: true },
    });
    await company.tell({ ann: {} });
    const run = await company.run();
    company.system.put({ anchor: "other", name: "ann", attributes: { cn: "ann" } });
    const { makePasswords } = world.deps;
    Object.assign(world.deps, { makePasswords: () => Promise.reject(new Error("away")) });
    await expect(company.export()).rejects.toThrow("away");
    Object.assign(world.deps, { makePasswords });
    await company.export();
    expect((await world.run(run.id)).errors).toHaveProperty("OBJECT_EXISTS");
    expect(await world.rows("select from account where anchor = 'other'")).toEqual([]);
  });

  test("is not asked for where the policy does not say so", async () => {
    await company.tell({ ann: {} });
    await company.run();
    await company.export();
    expect(passwords()).toEqual([undefined]);
    expect(world.passwords.size).toBe(0);
  });
});
