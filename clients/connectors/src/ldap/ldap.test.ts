import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connector, ConnectorObject, ConnectorValue, ConnectorWrite, WriteResult } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { slapdMissing, startSlapd, type Slapd } from "../testing/slapd.js";
import { formatDn } from "./dn.js";
import { baseLdif, connectLdap, errorOf, groups, people, settingsFor } from "./fixtures.js";

const missing = slapdMissing();
const signal = new AbortController().signal;

type Changes = Extract<ConnectorWrite, { operation: "update" }>["changes"];

function createUser(uid: string, attributes: Record<string, ConnectorValue> = {}): ConnectorWrite {
  return {
    operation: "create", id: `create ${uid}`, kind: "user",
    attributes: { uid, cn: [`${uid} cn`], sn: [`${uid} sn`], ...attributes },
  };
}

function update(object: ConnectorObject, changes: Changes, enabled?: boolean): ConnectorWrite {
  const { kind, anchor, name } = object;
  const state = enabled === undefined ? {} : { enabled };
  return { operation: "update", id: `update ${anchor}`, kind, anchor, name, changes, ...state };
}

function members(group: ConnectorObject, add: string[], remove: string[]): ConnectorWrite {
  return { operation: "members", id: `members ${group.anchor}`, anchor: group.anchor, name: group.name, add, remove };
}

describe.skipIf(missing !== undefined)(`a real directory${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let slapd: Slapd;
  let connector: Connector;
  const secrets = (): Record<string, string> => ({ admin: slapd.adminPassword, reader: "the reader's password" });

  beforeAll(async () => {
    slapd = await startSlapd({ ldif: baseLdif });
    connector = await connectLdap(settingsFor(slapd), secrets());
  });
  afterAll(async () => {
    await connector.close();
    await slapd.stop();
  });

  const write = async (writes: readonly ConnectorWrite[], to = connector): Promise<readonly WriteResult[]> =>
    (await to.writes?.write(writes, signal)) ?? [];

  const created = async (writes: readonly ConnectorWrite[], to = connector): Promise<ConnectorObject[]> =>
    (await write(writes, to)).map((result) => {
      if (result.ok && result.object !== undefined) return result.object;
      throw new Error(JSON.stringify(result));
    });

  const outcomes = (results: readonly WriteResult[]): unknown[] =>
    results.map((each) => (each.ok ? each.already === true ? "already" : "done" : each.code));

  test("what is created is read back as the write said, binary, lists and awkward text included", async () => {
    const [object] = await created([createUser("first", {
      mail: ["a@example.org", "b@example.org"], jpegPhoto: ["AP8Q/w=="], description: ["\ufeffmark", "=1+1", " x "],
      manager: [`cn=admin,dc=example,dc=com`], employeeNumber: "7",
    })]);
    expect(object?.attributes).toMatchObject({
      dn: `uid=first,${people}`, uid: ["first"], jpegPhoto: ["AP8Q/w=="], employeeNumber: "7",
      manager: ["cn=admin,dc=example,dc=com"],
    });
    expect(new Set(object?.attributes["mail"] as string[])).toEqual(new Set(["a@example.org", "b@example.org"]));
    expect(new Set(object?.attributes["description"] as string[])).toEqual(new Set(["\ufeffmark", "=1+1", " x "]));
    expect(object?.anchor).toMatch(/^[0-9a-f-]{36}$/);
    const read = await readAll(connector);
    expect(read.objects.find((each) => each.anchor === object?.anchor)).toEqual(object);
  });

  test("the schema is the server's", async () => {
    const schema = await connector.reads?.describe(signal);
    const find = (name: string) => schema?.user?.find((each) => each.name === name);
    expect(find("dn")).toEqual({ name: "dn", type: "string", caseIgnore: true, required: true });
    expect(find("sn")).toEqual({ name: "sn", type: "string", many: true, caseIgnore: true, required: true });
    expect(find("employeeNumber")).toEqual({ name: "employeeNumber", type: "string", caseIgnore: true });
    expect(find("jpegPhoto")).toEqual({ name: "jpegPhoto", type: "binary", many: true });
    expect(find("manager")).toMatchObject({ type: "reference" });
    expect(find("entryUUID")).toMatchObject({ readOnly: true });
    expect(find("userPassword")).toBeUndefined();
    expect(schema?.group?.find((each) => each.name === "member")).toBeUndefined();
  });

  test("a repeated create makes no second entry; another's entry is never taken over", async () => {
    await created([createUser("twice", { mail: ["t@example.org"] })]);
    const results = await write([
      createUser("twice", { mail: ["T@example.org"] }), createUser("twice", { mail: ["other@example.org"] }),
    ]);
    expect(outcomes(results)).toEqual(["already", "OBJECT_EXISTS"]);
    const byId = await connectLdap({
      ...settingsFor(slapd), users: { base: people, idAttribute: "employeeNumber" },
    }, secrets());
    const first = await created([createUser("with-id")], byId);
    // The planned name changed between the lost answer and the second attempt.
    const again = await write([{ ...createUser("with-new-id"), id: "create with-id" }], byId);
    expect(again).toMatchObject([{ ok: true, already: true, object: { anchor: first[0]?.anchor } }]);
    await byId.close();
  });

  test("an update applies only to the values it was computed from", async () => {
    const [object] = await created([createUser("changing", { title: ["Clerk"], mail: ["a@x", "b@x"] })]);
    if (object === undefined) throw new Error("nothing was created");
    expect(outcomes(await write([update(object, { title: { before: ["Boss"], after: ["King"] } })])))
      .toEqual(["OBJECT_CHANGED"]);
    const results = await write([
      update(object, { title: { before: ["Clerk"], after: ["Boss"] }, mail: { before: ["b@x", "a@x"], after: ["a@x", "c@x"] } }),
      update(object, { title: { before: ["Clerk"], after: ["Boss"] } }),
      update(object, { title: { before: null, after: ["Boss"] }, description: { before: null, after: ["new"] } }),
      update(object, { description: { before: ["new"], after: null }, title: { after: ["Chief"] } }),
      update(object, { employeeNumber: { before: null, after: "1" } }),
      update(object, { employeeNumber: { before: null, after: "2" } }),
    ]);
    expect(outcomes(results)).toEqual(["done", "already", "done", "done", "done", "OBJECT_CHANGED"]);
    const last = results[4];
    expect(last?.ok === true && last.object?.attributes).toMatchObject({ title: ["Chief"], employeeNumber: "1" });
    expect(last?.ok === true && last.object?.attributes).not.toHaveProperty("description");
  });

  test("a value that changes between our look and our write is noticed by the server", async () => {
    const [object] = await created([createUser("raced", { title: ["0"] })]);
    if (object === undefined) throw new Error("nothing was created");
    const rivals = await Promise.all([1, 2, 3, 4].map(() => connectLdap(settingsFor(slapd), secrets())));
    let value = "0";
    for (let round = 0; round < 15; round += 1) {
      const before = value;
      const results = await Promise.all(rivals.map(async (rival, at) =>
        (await write([update(object, { title: { before: [before], after: [`${round}-${at}`] } })], rival))[0]));
      // Exactly one of them found what all of them had seen.
      const done = results.flatMap((each, at) => (each?.ok === true ? [at] : []));
      expect(done).toHaveLength(1);
      expect(new Set(results.filter((each) => each?.ok === false).map((each) => each?.ok === false && each.code)))
        .toEqual(new Set(["OBJECT_CHANGED"]));
      value = `${round}-${done[0]}`;
    }
    await Promise.all(rivals.map((rival) => rival.close()));
  });

  test("an entry is renamed with the attribute that names it, and moved with its dn", async () => {
    await created([{
      operation: "create", id: "ou", kind: "group",
      attributes: { dn: `cn=team,${groups}`, cn: ["team"] },
    }]);
    const [object] = await created([createUser("old,name")]);
    if (object === undefined) throw new Error("nothing was created");
    const [renamed] = await created([update(object, { uid: { before: ["old,name"], after: ["new\\name"] } })]);
    expect(renamed).toMatchObject({
      anchor: object.anchor, attributes: { uid: ["new\\name"], dn: formatDn([[{ type: "uid", value: "new\\name" }]]) + `,${people}` },
    });
    // The anchor finds the entry wherever it went; the old name is stale.
    const to = `cn=moved+uid=new\\\\name,${people}`;
    const results = await write([update(object, { dn: { before: renamed?.attributes["dn"] ?? null, after: to }, title: { before: null, after: ["x"] } })]);
    expect(results).toMatchObject([{ ok: true, object: { anchor: object.anchor, attributes: { title: ["x"] } } }]);
    expect(outcomes(await write([
      update(object, { dn: { after: `uid=x,${groups}` } }), update(object, { dn: { after: "no name" } }),
      update(object, { dn: { before: `uid=elsewhere,${people}`, after: `uid=y,${people}` } }),
      update(object, { dn: { after: `uid=y,ou=nowhere,${people}` } }),
      update(object, { dn: { after: null } }),
    ]))).toEqual(["VALUE_INVALID", "VALUE_INVALID", "OBJECT_CHANGED", "VALUE_INVALID", "VALUE_INVALID"]);
  });

  test("a deleted entry is gone, and deleting it again is well", async () => {
    const [object] = await created([createUser("leaving")]);
    if (object === undefined) throw new Error("nothing was created");
    const remove: ConnectorWrite = { operation: "delete", id: "d", kind: "user", anchor: object.anchor, name: object.name };
    expect(outcomes(await write([remove, remove, update(object, { title: { after: ["x"] } }), members(object, [], [])])))
      .toEqual(["done", "already", "OBJECT_GONE", "OBJECT_GONE"]);
  });

  test("members are added and removed once, and the last one leaves a placeholder that nobody reads", async () => {
    const [ann, bob] = await created([createUser("ann"), createUser("bob")]);
    const [group] = await created([{ operation: "create", id: "g", kind: "group", attributes: { cn: ["crew"] } }]);
    if (ann === undefined || bob === undefined || group === undefined) throw new Error("nothing was created");
    const results = await write([
      members(group, [ann.name, bob.anchor], []), members(group, [bob.name.toUpperCase()], [`uid=stranger,${people}`]),
      members(group, [ann.name], [bob.name]), members(group, [], [ann.name, "cn=nobody"]),
    ]);
    expect(outcomes(results)).toEqual(["done", "already", "done", "done"]);
    expect((await readAll(connector)).members.filter((each) => each.group === group.anchor)).toEqual([]);
    const [again] = await write([members(group, [ann.name], [])]);
    expect(again).toMatchObject({ ok: true, object: { anchor: group.anchor } });
    expect((await readAll(connector)).members.filter((each) => each.group === group.anchor))
      .toEqual([{ group: group.anchor, member: ann.name }]);
  });

  test("a group that others made without a placeholder gets one when its last member leaves", async () => {
    const [ann] = await created([createUser("only-member")]);
    const plain = await connectLdap({
      ...settingsFor(slapd), groups: { base: groups, objectClasses: ["groupOfUniqueNames"], memberAttribute: "uniqueMember", placeholderMember: ann?.name },
    }, secrets());
    const [group] = await created([{ operation: "create", id: "g2", kind: "group", attributes: { cn: ["of one"] } }], plain);
    const ours = await connectLdap({
      ...settingsFor(slapd), groups: { base: groups, objectClasses: ["groupOfUniqueNames"], memberAttribute: "uniqueMember", placeholderMember: "cn=nobody" },
    }, secrets());
    if (group === undefined || ann === undefined) throw new Error("nothing was created");
    expect(outcomes(await write([members(group, [], [ann.name])], ours))).toEqual(["done"]);
    expect((await readAll(ours)).members.filter((each) => each.group === group.anchor)).toEqual([]);
    await Promise.all([plain.close(), ours.close()]);
  });

  test("names in memberUid are read and written as the entries they stand for", async () => {
    const posix = await connectLdap({
      ...settingsFor(slapd),
      groups: { base: groups, filter: "(objectClass=posixGroup)", objectClasses: ["posixGroup"], memberAttribute: "memberUid" },
    }, secrets());
    const [ann] = await created([createUser("posix-ann")], posix);
    const [group] = await created([{ operation: "create", id: "p", kind: "group", attributes: { cn: ["posix"], gidNumber: 5 } }], posix);
    if (ann === undefined || group === undefined) throw new Error("nothing was created");
    expect(group.attributes["gidNumber"]).toBe(5);
    expect(outcomes(await write([members(group, [ann.name, "stranger"], []), members(group, [ann.anchor], [])], posix)))
      .toEqual(["done", "already"]);
    expect((await readAll(posix)).members).toEqual([
      { group: group.anchor, member: ann.name }, { group: group.anchor, member: "stranger" },
    ]);
    await posix.close();
  });

  test("the state is an attribute that is there or not, or has one of two values", async () => {
    const byAbsence = await connectLdap({
      ...settingsFor(slapd), users: { base: people, enabledBy: { attribute: "carLicense", enabledValue: null, disabledValue: "locked" } },
    }, secrets());
    const [object] = await created([createUser("stateful")], byAbsence);
    if (object === undefined) throw new Error("nothing was created");
    expect(object.enabled).toBe(true);
    const results = await write([update(object, {}, false), update(object, {}, false), update(object, {}, true)], byAbsence);
    expect(outcomes(results)).toEqual(["done", "already", "done"]);
    expect(results.map((each) => each.ok && each.object?.enabled)).toEqual([false, false, true]);
    await byAbsence.close();
    const byValue = await connectLdap({
      ...settingsFor(slapd), users: { base: people, enabledBy: { attribute: "employeeType", enabledValue: "active", disabledValue: "inactive" } },
    }, secrets());
    const [other] = await created([{ ...createUser("stateful-too"), enabled: false } as ConnectorWrite], byValue);
    expect(other).toMatchObject({ enabled: false, attributes: { employeeType: ["inactive"] } });
    expect((await readAll(byValue)).objects.find((each) => each.anchor === object.anchor)).not.toHaveProperty("enabled");
    await byValue.close();
  });

  test("protected entries and our own account are never written, nor what is outside the base", async () => {
    const [vip] = await created([createUser("vip")]);
    if (vip === undefined) throw new Error("nothing was created");
    const careful = await connectLdap({ ...settingsFor(slapd), users: { base: "dc=example,dc=com", filter: "(objectClass=*)" }, protected: [vip.name.toUpperCase()] }, secrets());
    const reader = (await readAll(careful)).objects.find((each) => each.name.startsWith("cn=reader"));
    if (reader === undefined) throw new Error("the reader was not read");
    expect(outcomes(await write([
      update(vip, { title: { after: ["x"] } }),
      { operation: "delete", id: "d", kind: "user", anchor: vip.anchor, name: vip.name },
      createUser("x", { dn: `uid=below,${vip.name}` }), createUser("y", { dn: `uid=y,dc=other` }),
      update(reader, { description: { after: ["fine"] } }),
    ], careful))).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED", "PERMISSION_DENIED", "VALUE_INVALID", "done"]);
    await careful.close();
    const asReader = await connectLdap({ ...settingsFor(slapd), bindDn: "cn=reader,dc=example,dc=com", passwordSecret: "reader",
      users: { base: "dc=example,dc=com", filter: "(objectClass=*)" } }, secrets());
    expect(outcomes(await write([
      update(reader, { description: { after: ["x"] } }), update(vip, { title: { after: ["x"] } }), createUser("z", { dn: `uid=z,${people}` }),
    ], asReader))).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED", "PERMISSION_DENIED"]);
    await asReader.close();
  });

  test("a value that the server refuses fails its own write, names the attribute and shows no value", async () => {
    const canary = "canary-7f3a";
    const results = await write([
      createUser("bad1", { mail: ["ü@example.org", canary] }), createUser("bad2", { nosuch: canary }),
      createUser("bad3", { objectClass: ["inetOrgPerson", canary] }), createUser("bad4", { manager: [canary] }),
      createUser("bad5", { employeeNumber: ["1", canary] }), createUser("bad6", { jpegPhoto: [canary] }),
      createUser("bad7", { dn: canary }), createUser("bad8", { dn: `uid=bad8,ou=${canary},${people}` }), createUser("good"),
    ]);
    expect(outcomes(results)).toEqual([
      "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID",
      "VALUE_INVALID", "VALUE_INVALID", "done",
    ]);
    expect(JSON.stringify(results)).not.toContain(canary);
    expect(results[0]).toMatchObject({ reason: expect.stringContaining("\"mail\"") as string });
  });

  test("whatever is in a name or a value is written, found and read back, and is never syntax", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
      fc.string({ unit: fc.constantFrom("a", "*", "(", ")", "\\", ",", "+", "\"", "<", ">", ";", "=", "#", " ", "é", "😀", "\ufeff", "\n"), minLength: 1, maxLength: 10 }),
    ).filter((each) => each.isWellFormed() && !each.includes("\0")
      // OpenLDAP prepares names (RFC 4518): what is nothing but space is empty to it.
      && each.normalize("NFKC").replace(/[\s\p{C}\p{M}\p{Z}]/gu, "") !== "");
    let turn = 0;
    await fc.assert(fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 8 }), async (texts) => {
      turn += 1;
      const writes = texts.map((each, at): ConnectorWrite => ({
        operation: "create", id: `n${turn}-${at}`, kind: "user",
        attributes: {
          dn: `${formatDn([[{ type: "cn", value: each }, { type: "uid", value: `n${turn}-${at}` }]])},${people}`,
          cn: [each], sn: ["x"], uid: [`n${turn}-${at}`], description: [each],
        },
      }));
      const objects = await created(writes);
      expect(objects.map((each) => each.attributes["description"])).toEqual(texts.map((each) => [each]));
      expect(objects.map((each) => each.attributes["cn"])).toEqual(texts.map((each) => [each]));
      const changed = await created(objects.map((each) => update(each, { description: { before: each.attributes["description"] ?? null, after: [`${each.anchor}`] } })));
      expect(changed.map((each) => each.attributes["description"])).toEqual(objects.map((each) => [each.anchor]));
    }), { numRuns: 60 });
  });

  test("a thousand writes in one batch all come to be, each object's in order", async () => {
    const writes = Array.from({ length: 500 }, (_, at) => createUser(`many-${at}`));
    const objects = await created(writes);
    const results = await write(objects.flatMap((object) => [
      update(object, { title: { before: null, after: ["1"] } }), update(object, { title: { before: ["1"], after: ["2"] } }),
    ]));
    expect(new Set(outcomes(results))).toEqual(new Set(["done"]));
    const read = await readAll(connector);
    expect(read.objects.filter((each) => each.name.startsWith("uid=many-") && String(each.attributes["title"]) === "2")).toHaveLength(500);
  });

  test("pages of any size and batches of any size give the same whole", async () => {
    const whole = (await readAll(connector)).objects.map((each) => each.anchor).sort();
    for (const [pageSize, batchSizeMax] of [[1_000, 7], [13, 1_000], [37, 37]] as const) {
      const paged = await connectLdap({ ...settingsFor(slapd), pageSize }, secrets());
      const { objects, error } = await readAll(paged, batchSizeMax);
      expect(error).toBeUndefined();
      expect(objects.map((each) => each.anchor).sort()).toEqual(whole);
      await paged.close();
    }
  });

  test("an aborted read or write throws the reason of its signal, and the next write works", async () => {
    const reason = new Error("stopped by the test");
    const stopped = new AbortController();
    const read = async (): Promise<void> => {
      const paged = await connectLdap({ ...settingsFor(slapd), pageSize: 5 }, secrets());
      for await (const _ of paged.reads?.read({ signal: stopped.signal, batchSizeMax: 5 }) ?? []) stopped.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    const midway = new AbortController();
    const writing = connector.writes?.write(Array.from({ length: 300 }, (_, at) => createUser(`aborted-${at}`)), midway.signal);
    setTimeout(() => { midway.abort(reason); }, 15);
    await expect(writing).rejects.toBe(reason);
    await expect(connector.writes?.write([createUser("late")], AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(outcomes(await write([createUser("after-abort")]))).toEqual(["done"]);
  });

  test("encryption: LDAPS and StartTLS work with the right authority, and with no other", async () => {
    const { url: _url, allowPlain: _allow, ...rest } = settingsFor(slapd);
    const port = new URL(slapd.ldapsUrl).port;
    for (const way of [{ url: slapd.ldapsUrl }, { url: slapd.url, startTls: true }, { url: `ldaps://localhost:${port}` }]) {
      const trusted = await connectLdap({ ...rest, ...way, ca: slapd.ca }, secrets());
      await trusted.check(signal);
      expect((await readAll(trusted)).error).toBeUndefined();
      await trusted.close();
      const untrusted = await connectLdap({ ...rest, ...way }, secrets());
      expect(await errorOf(untrusted.check(signal))).toMatchObject({ kind: "stop", code: "CERTIFICATE_UNTRUSTED" });
      expect(await errorOf(untrusted.writes?.write([createUser("never")], signal) ?? Promise.resolve()))
        .toMatchObject({ code: "CERTIFICATE_UNTRUSTED" });
      const misnamed = await connectLdap({ ...rest, ...way, ca: slapd.ca, serverName: "elsewhere.example" }, secrets());
      expect(await errorOf(misnamed.check(signal))).toMatchObject({ kind: "stop", code: "CERTIFICATE_UNTRUSTED" });
    }
    const viaSecret = await connectLdap({ ...rest, url: slapd.ldapsUrl, caSecret: "ca" }, { ...secrets(), ca: slapd.ca });
    await viaSecret.check(signal);
    const mixedUp = await connectLdap({ ...rest, url: `ldaps://127.0.0.1:${new URL(slapd.url).port}`, ca: slapd.ca }, secrets());
    expect(["MISCONFIGURED", "CONNECTOR_UNREACHABLE"]).toContain((await errorOf(mixedUp.check(signal))).code);
  });

  test("who cannot sign in is told so: wrong password, no such entry, an empty password", async () => {
    const settings = settingsFor(slapd);
    const wrong = await connectLdap(settings, { admin: "wrong" });
    expect(await errorOf(wrong.check(signal))).toMatchObject({ kind: "stop", code: "CREDENTIALS_REJECTED" });
    expect((await readAll(wrong)).error).toMatchObject({ kind: "stop", code: "CREDENTIALS_REJECTED" });
    expect(await errorOf(wrong.writes?.write([createUser("never")], signal) ?? Promise.resolve()))
      .toMatchObject({ kind: "stop", code: "CREDENTIALS_REJECTED" });
    const nobody = await connectLdap({ ...settings, bindDn: "cn=nobody,dc=example,dc=com" }, secrets());
    expect(await errorOf(nobody.check(signal))).toMatchObject({ code: "CREDENTIALS_REJECTED" });
    const empty = await connectLdap(settings, { admin: "" });
    expect(await errorOf(empty.check(signal))).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
  });

  test("a base that does not exist stops check and read", async () => {
    const lost = await connectLdap({ ...settingsFor(slapd), users: { base: "ou=nowhere,dc=example,dc=com" } }, secrets());
    expect(await errorOf(lost.check(signal))).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
    expect((await readAll(lost)).error).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
  });
});

describe.skipIf(missing !== undefined)(`a directory with limits${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  test("a server that gives no more than so many stops the read and never looks whole", async () => {
    const person = (at: number): string => `dn: uid=p${at},${people}\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: x\nsn: x\n\n`;
    const slapd = await startSlapd({
      ldif: `${baseLdif}\n${Array.from({ length: 30 }, (_, at) => person(at)).join("")}`,
      databaseLines: ["limits dn.exact=\"cn=reader,dc=example,dc=com\" size.soft=10 size.hard=10 size.prtotal=10", "access to * by * read"],
    });
    try {
      const limited = await connectLdap({
        ...settingsFor(slapd), bindDn: "cn=reader,dc=example,dc=com", passwordSecret: "reader", pageSize: 4,
      }, { reader: "the reader's password" });
      const { error, objects } = await readAll(limited);
      expect(error).toMatchObject({ kind: "stop", code: "LIMIT_EXCEEDED" });
      expect(objects.length).toBeLessThan(30);
    } finally {
      await slapd.stop();
    }
  });

  test("a server that dies makes open writes retries, and the next batch finds it again", async () => {
    const slapd = await startSlapd({ ldif: baseLdif });
    const connector = await connectLdap(settingsFor(slapd), { admin: slapd.adminPassword });
    const writing = connector.writes?.write(Array.from({ length: 800 }, (_, at) => createUser(`dying-${at}`)), signal);
    setTimeout(() => { process.kill(slapd.pid, "SIGKILL"); }, 60);
    const results = (await writing) ?? [];
    expect(results).toHaveLength(800);
    const failed = results.filter((each) => !each.ok);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map((each) => `${each.kind} ${each.code}`))).toEqual(new Set(["retry CONNECTOR_UNREACHABLE"]));
    expect(await errorOf(connector.writes?.write([createUser("late")], signal) ?? Promise.resolve()))
      .toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
    expect((await readAll(connector)).error).toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
    await slapd.stop();
  });
});
