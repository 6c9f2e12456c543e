import { expect, test } from "vitest";
import type { ConnectorObject, ConnectorWrite } from "../connector.js";
import { members, outcomes, remove, signal, update } from "../ldap/directory.fixture.js";
import { errorOf } from "../ldap/fixtures.js";
import {
  describeDomain, newGroup, newUser, password, secretOf, type TestDomain,
} from "./domain.fixture.js";
import { domain as suffix, elsewhere, leavers, people, teams } from "./fixtures.js";

const neverExpires = 0x10000;

describeDomain("accounts of a real domain", (domain) => {
  stateTests(domain);
  passwordTests(domain);
  nameTests(domain);
  protectionTests(domain);
  memberTests(domain);
});

async function signsIn(domain: TestDomain, account: string, plain: string): Promise<string> {
  const connector = await domain.connect({ bindDn: `${account}@corp.acme.test` }, plain);
  try {
    await connector.check(signal);
    return "signed in";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await connector.close();
  }
}

function stateTests(domain: TestDomain): void {
  test("enabling and disabling changes one bit of userAccountControl and no other", async () => {
    const object = await domain.one(newUser("bits", { userAccountControl: 0x200 | neverExpires }));
    expect(object).toMatchObject({ enabled: true, attributes: { userAccountControl: 0x10200 } });
    const results = await domain.write([
      update(object, {}, false), update(object, {}, false), update(object, {}, true),
      update(object, { userAccountControl: { before: 0x10200, after: 0x200 } }, false),
    ]);
    expect(outcomes(results)).toEqual(["done", "already", "done", "done"]);
    const bits = results.map((each) => each.ok && each.object?.attributes["userAccountControl"]);
    expect(bits).toEqual([0x10202, 0x10202, 0x10200, 0x202]);
  });

  test("without a password a new account is disabled, and cannot be asked to be else", async () => {
    const { password: _password, ...bare } = newUser("bare");
    expect(await domain.one(bare)).toMatchObject({ enabled: false });
    const { password: _other, ...wished } = { ...newUser("wished"), enabled: true };
    expect(outcomes(await domain.write([wished]))).toEqual(["VALUE_INVALID"]);
  });
}

function passwordTests(domain: TestDomain): void {
  test("an initial password works, and has to be changed unless the settings say no", async () => {
    await domain.one(newUser("initial"));
    expect(await signsIn(domain, "initial", password)).toContain("must be changed first");
    const relaxed = await domain.connect({ passwordMustChange: false });
    const strange = 'Zoë "quotes" \\ 名前 🙂 1';
    const [result] = await domain.write([
      { ...newUser("relaxed"), password: secretOf(strange) },
    ], relaxed);
    expect(result).toMatchObject({ ok: true, password: "set", object: { enabled: true } });
    await relaxed.close();
    expect(await signsIn(domain, "relaxed", strange)).toBe("signed in");
    expect(await signsIn(domain, "relaxed", "wrong")).toContain("wrong name or password");
  });

  test("a password against the domain's rules makes no account and is not repeated", async () => {
    const [result] = await domain.write([{ ...newUser("weak"), password: secretOf("abc-weak") }]);
    const good = await domain.write([{ ...newUser("weak"), enabled: false }]);
    expect(result).toMatchObject({ ok: false, kind: "skip", code: "VALUE_INVALID" });
    expect(JSON.stringify(result)).toContain("rules do not allow the password");
    expect(JSON.stringify(result)).not.toContain("abc-weak");
    expect(outcomes(good)).toEqual(["done"]);
  });

  test("a repeated create sets its password anew only where an id proves it ours", async () => {
    const [first, second] = await domain.write([
      newUser("again"), { ...newUser("again"), password: secretOf("another Password 2") },
    ]);
    expect(first).toMatchObject({ ok: true, password: "set" });
    expect(second).toMatchObject({ ok: true, already: true, password: "kept" });
    const proven = await domain.connect({
      users: { base: people, idAttribute: "adminDescription" }, passwordMustChange: false,
    });
    const results = await domain.write([
      newUser("proven"), { ...newUser("proven"), password: secretOf("another Password 2") },
    ], proven);
    await proven.close();
    expect(results[1]).toMatchObject({ ok: true, already: true, password: "set" });
    expect(await signsIn(domain, "proven", "another Password 2")).toBe("signed in");
  });
}

function nameTests(domain: TestDomain): void {
  test("renamed and moved, an account keeps its anchor and its groups", async () => {
    const person = await domain.one(newUser("mover"));
    const group = await domain.one(newGroup("movers"));
    await domain.done([members(group, [person.name], [])]);
    const target = `CN=Mover\\, now renamed,${leavers}`;
    const moved = await domain.one(update(person, { dn: { before: person.name, after: target } }));
    expect(moved).toMatchObject({
      anchor: person.anchor, name: target, attributes: { cn: "Mover, now renamed" },
    });
    const back = await domain.one(
      update(moved, { cn: { before: "Mover, now renamed", after: "M" } }),
    );
    expect(back.name).toBe(`CN=M,${leavers}`);
    const { members: read } = await domain.read();
    expect(read.filter((each) => each.group === group.anchor)).toEqual([
      { group: group.anchor, member: `CN=M,${leavers}` },
    ]);
    expect(outcomes(await domain.write([
      update(back, { dn: { after: `CN=M,${elsewhere}` } }),
      update(back, { dn: { after: `CN=M,OU=None,${people}` } }),
    ]))).toEqual(["VALUE_INVALID", "VALUE_INVALID"]);
  });

  test("names that another account has are refused, and whose they are not told", async () => {
    const upn = (name: string) => ({ userPrincipalName: `${name}@corp.acme.test` });
    const [one, two] = await domain.done([
      newUser("unique1", upn("only")), newUser("unique2"),
    ]) as [ConnectorObject, ConnectorObject];
    const results = await domain.write([
      newUser("unique3", { sAMAccountName: "unique1" }),
      newUser("unique4", upn("Only")),
      newUser("unique5", { cn: "unique1" }),
      newGroup("unique6", { sAMAccountName: "unique1" }),
      update(two, { userPrincipalName: { before: null, after: "only@corp.acme.test" } }),
      update(two, { sAMAccountName: { before: "unique2", after: "unique1" } }),
    ]);
    expect(outcomes(results)).toEqual([
      "VALUE_TAKEN", "VALUE_TAKEN", "OBJECT_EXISTS", "VALUE_TAKEN", "VALUE_TAKEN", "VALUE_TAKEN",
    ]);
    await domain.done([
      update(one, { userPrincipalName: { before: "only@corp.acme.test", after: null } }),
    ]);
    await domain.done([
      update(two, { userPrincipalName: { before: null, after: "only@corp.acme.test" } }),
    ]);
    expect(results[0]).toMatchObject({ reason: 'another entry has its "sAMAccountName"' });
  });

  test("an account that somebody moved is still found by a repeated create", async () => {
    const object = await domain.one(newUser("wanderer"));
    await domain.done([update(object, { dn: { after: `CN=wanderer,${leavers}` } })]);
    expect(await domain.write([newUser("wanderer")])).toMatchObject([
      { ok: true, already: true, object: { anchor: object.anchor } },
    ]);
  });

  test.each([
    ["nothing", ""], ["a sign that is not allowed", "a*b"], ["too long", "x".repeat(21)],
    ["a dot at its end", "ends."], ["a filter", "x)(objectClass=*"],
  ])("a sAMAccountName with %s is refused before anything is sent", async (_, account) => {
    const write: ConnectorWrite = newUser("named", { cn: "named", sAMAccountName: account });
    expect(outcomes(await domain.write([write]))).toEqual(["VALUE_INVALID"]);
  });
}

function protectionTests(domain: TestDomain): void {
  test("what guards the domain is never written, whoever asks", async () => {
    const everything = await domain.connect({
      users: { base: suffix, filter: "(objectClass=user)" }, groups: { base: suffix },
    });
    const objects: ConnectorObject[] = [];
    for await (const batch of everything.reads?.read({ signal, batchSizeMax: 500 }) ?? []) {
      if (batch.type === "objects") objects.push(...batch.objects);
    }
    const named = (name: string) =>
      objects.find((each) => each.attributes["sAMAccountName"] === name) as ConnectorObject;
    const untouchable = ["Administrator", "krbtgt", "Guest", "DC1$"].map(named);
    const groups = [
      "Domain Admins", "Domain Users", "Administrators", "Account Operators",
    ].map(named);
    const writes = [
      ...untouchable.flatMap((each) => [
        update(each, { comment: { after: "x" } }), update(each, {}, false), remove(each),
      ]),
      ...groups.flatMap((each) => [
        members(each, [named("Guest").name], []), update(each, { info: { after: "x" } }),
        remove(each),
      ]),
    ];
    const results = await domain.write(writes, everything);
    await everything.close();
    expect(new Set(outcomes(results))).toEqual(new Set(["PERMISSION_DENIED"]));
  });

  test("our own account is known by whatever name we sign in with", async () => {
    const relaxed = await domain.connect({ passwordMustChange: false });
    const own = await domain.one(
      newUser("joinery", { userPrincipalName: "sync@corp.acme.test" }), relaxed,
    );
    await relaxed.close();
    for (const bindDn of [
      own.name, "sync@corp.acme.test", "joinery@corp.acme.test", "CORP\\joinery",
    ]) {
      const connector = await domain.connect({ bindDn }, password);
      const refused = await domain.write([update(own, {}, false), remove(own)], connector);
      expect(refused).toMatchObject([
        { code: "PERMISSION_DENIED", reason: "the entry is protected" },
        { code: "PERMISSION_DENIED", reason: "the entry is protected" },
      ]);
      await connector.close();
    }
  });

  test("who has adminCount is protected as long as it stands", async () => {
    const object = await domain.one(newUser("chief"));
    await domain.done([update(object, { adminCount: { before: null, after: 1 } })]);
    expect(outcomes(await domain.write([
      update(object, { comment: { after: "x" } }), remove(object),
    ]))).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED"]);
  });
}

function memberTests(domain: TestDomain): void {
  test("a large group is read in ranges, whole and each member once", async () => {
    const writes = Array.from({ length: 25 }, (_, at) => newGroup(`range${at}`));
    const [group, ...inside] = await domain.done(writes) as [ConnectorObject, ...ConnectorObject[]];
    await domain.done([members(group, inside.map((each) => each.name), [])]);
    for (const memberPageSize of [1, 7, 24, 25, 1_500]) {
      const connector = await domain.connect({ memberPageSize, pageSize: 3 });
      const read: string[] = [];
      for await (const batch of connector.reads?.read({ signal, batchSizeMax: 5 }) ?? []) {
        if (batch.type !== "members") continue;
        read.push(...batch.members.filter((each) => each.group === group.anchor)
          .map((each) => each.member));
      }
      await connector.close();
      expect(read.sort()).toEqual(inside.map((each) => each.name).sort());
    }
  });

  test("a member who does not exist harms neither the group nor what is said of it", async () => {
    const group = await domain.one(newGroup("lonely"));
    const person = await domain.one(newUser("lone"));
    const results = await domain.write([
      members(group, [`CN=Nobody,${people}`], []), members(group, [], [`CN=Nobody,${people}`]),
      members(group, [person.anchor], []), members(group, [], [person.anchor]),
    ]);
    expect(outcomes(results)).toEqual(["VALUE_INVALID", "already", "done", "done"]);
  });

  test("a group deleted and made again is another group", async () => {
    const first = await domain.one(newGroup("phoenix"));
    expect(outcomes(await domain.write([remove(first)]))).toEqual(["done"]);
    const second = await domain.one(newGroup("phoenix"));
    expect(second.anchor).not.toBe(first.anchor);
    expect(second.name).toBe(`CN=phoenix,${teams}`);
  });

  test("a base in another domain, and a server that is none, are said so", async () => {
    const other = await domain.connect({
      users: { base: "OU=X,DC=other,DC=test" }, groups: undefined,
    });
    expect(await errorOf(other.check(signal))).toMatchObject({
      kind: "stop", code: "MISCONFIGURED",
    });
    expect(await errorOf(read(other))).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
    await other.close();
  });
}

async function read({ reads }: TestDomain["connector"]): Promise<void> {
  for await (const _ of reads?.read({ signal, batchSizeMax: 100 }) ?? []);
}
