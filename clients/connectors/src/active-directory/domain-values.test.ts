import { expect, test } from "vitest";
import { update, outcomes } from "../ldap/directory.fixture.js";
import { describeDomain, newGroup, newUser } from "./domain.fixture.js";
import { people } from "./fixtures.js";

describeDomain("values of a real domain", (domain) => {
  test("anchors and identifiers read as people know them, times as instants", async () => {
    const { objects } = await domain.read();
    expect(objects).toEqual([]);
    const object = await domain.one(newUser("values", {
      accountExpires: "2031-02-03T04:05:06.789Z", description: "one", otherTelephone: ["1", "2"],
    }));
    expect(object.anchor).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { attributes } = object;
    expect(attributes["objectGUID"]).toBe(object.anchor);
    expect(attributes["objectSid"]).toMatch(/^S-1-5-21-\d+-\d+-\d+-\d{4}$/);
    expect(attributes["accountExpires"]).toBe("2031-02-03T04:05:06.789Z");
    const age = Date.now() - Date.parse(String(attributes["whenCreated"]));
    expect(Math.abs(age)).toBeLessThan(60_000);
    expect(attributes["description"]).toBe("one");
    expect(attributes["primaryGroupID"]).toBe(513);
    // It must be changed first: there is no such time.
    expect(attributes).not.toHaveProperty("pwdLastSet");
    for (const noise of ["uSNChanged", "whenChanged", "lastLogon", "memberOf", "unicodePwd"]) {
      expect(attributes).not.toHaveProperty(noise);
    }
    expect(await domain.find(object.anchor)).toEqual(object);
  });

  test("the end of an account is set, compared and taken away; never is no value", async () => {
    const object = await domain.one(newUser("ends"));
    expect(object.attributes).not.toHaveProperty("accountExpires");
    const [at, later] = ["2030-01-01T00:00:00Z", "2030-06-01T00:00:00+02:00"];
    const results = await domain.write([
      update(object, { accountExpires: { before: null, after: at } }),
      update(object, { accountExpires: { before: null, after: later } }),
      update(object, { accountExpires: { before: at, after: later } }),
      update(object, { accountExpires: { before: "2030-05-31T22:00:00Z", after: null } }),
      update(object, { accountExpires: { before: null, after: null } }),
      update(object, { accountExpires: { after: "no time" } }),
    ]);
    expect(outcomes(results)).toEqual([
      "done", "OBJECT_CHANGED", "done", "done", "already", "VALUE_INVALID",
    ]);
    expect((await domain.find(object.anchor))?.attributes).not.toHaveProperty("accountExpires");
  });

  test("the schema says what is required, single, read only and a time", async () => {
    const { user = [], group = [] } = await domain.connector.reads?.describe(
      new AbortController().signal,
    ) ?? {};
    const named = (name: string) => user.find((each) => each.name === name);
    expect(named("dn")).toMatchObject({ naming: true, required: true });
    expect(named("sAMAccountName")).toMatchObject({
      type: "string", required: true, caseIgnore: true,
    });
    expect(named("accountExpires")).toMatchObject({ type: "instant" });
    expect(named("objectGUID")).toMatchObject({ type: "string", readOnly: true });
    expect(named("manager")).toMatchObject({ type: "reference" });
    expect(named("thumbnailPhoto")).toMatchObject({ type: "binary" });
    expect(named("proxyAddresses")).toMatchObject({ many: true });
    expect(named("description")).not.toHaveProperty("many");
    expect(user.map((each) => each.name)).not.toContain("unicodePwd");
    expect(group.map((each) => each.name)).toContain("groupType");
    expect(group.map((each) => each.name)).not.toContain("member");
  });

  test("what changes by itself is shown where the settings name it", async () => {
    await domain.one(newGroup("quiet"));
    const person = await domain.one(newUser("noisy"));
    const connector = await domain.connect({
      users: { base: people, attributes: ["cn", "uSNChanged", "whenChanged", "pwdLastSet"] },
    });
    const seen = [];
    for await (const batch of connector.reads?.read({
      signal: new AbortController().signal, batchSizeMax: 100,
    }) ?? []) {
      if (batch.type === "objects") seen.push(...batch.objects);
    }
    await connector.close();
    const found = seen.find((each) => each.anchor === person.anchor);
    expect(Object.keys(found?.attributes ?? {}).sort()).toEqual([
      "cn", "dn", "objectGUID", "uSNChanged", "userAccountControl", "whenChanged",
    ]);
  });

  test("a value that a newer one replaced meanwhile is not overwritten", async () => {
    const object = await domain.one(newUser("race", { title: "First" }));
    const results = await domain.write([
      update(object, { title: { before: "First", after: "Second" } }),
      update(object, { title: { before: "First", after: "Third" } }),
      update(object, { title: { before: "second", after: "Third" } }),
    ]);
    expect(outcomes(results)).toEqual(["done", "OBJECT_CHANGED", "done"]);
  });
});
