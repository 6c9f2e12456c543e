import { expect, test } from "vitest";
import type { ChangeBatch, ConnectorObject } from "../connector.js";
import { begin, reportOf } from "../ldap/changes.fixture.js";
import { members, remove, signal, update } from "../ldap/directory.fixture.js";
import { errorOf } from "../ldap/fixtures.js";
import { kindsOf } from "../ldap/write.js";
import { ChangedEntries } from "../ldap/changed-entries.js";
import { guidIds } from "../ldap/entry-ids.js";
import { readDirectory } from "../ldap/directory.js";
import { Directory, openSession } from "./directory-admin.fixture.js";
import { describeDomain, newGroup, newUser, password, type TestDomain } from "./domain.fixture.js";
import { domain as suffix, elsewhere, leavers, people, teams } from "./fixtures.js";

for (const changes of ["dirsync", "usn"] as const) {
  describeDomain(`changes of a real domain by ${changes}`, (domain) => {
    nameTests(domain);
    scopeTests(domain);
    memberTests(domain, changes);
    rightTests(domain, changes);
  }, { settings: { changes } });
}

function nameTests(domain: TestDomain): void {
  test("a rename and a move are the same object with another name, not two", async () => {
    const [one, two] = await domain.done([newUser("renames"), newUser("moves")]) as [
      ConnectorObject, ConnectorObject,
    ];
    const token = await begin(domain.connector);
    await domain.done([
      update(one, { cn: { after: "renamed" } }),
      update(two, { dn: { after: `CN=moves,${leavers}` } }),
    ]);
    const report = await reportOf(domain.connector, token);
    expect(report.gone).toEqual([]);
    expect(new Map(report.objects.map((each) => [each.anchor, each.name]))).toEqual(new Map([
      [one.anchor, `CN=renamed,${people}`], [two.anchor, `CN=moves,${leavers}`],
    ]));
  });

  test("a cleared attribute is missing from the object, an unchanged one is in it", async () => {
    const object = await domain.one(newUser("clears", { title: "t", department: "d" }));
    const token = await begin(domain.connector);
    await domain.done([update(object, { title: { before: "t", after: null } })]);
    const { objects } = await reportOf(domain.connector, token);
    expect(objects).toHaveLength(1);
    expect(objects[0]?.attributes).not.toHaveProperty("title");
    expect(objects[0]?.attributes).toMatchObject({ department: "d", cn: "clears" });
    expect(objects[0]).toEqual(await domain.find(object.anchor));
  });

  test("who is deleted is gone, and who is made again under the name is another", async () => {
    const object = await domain.one(newUser("dies"));
    const token = await begin(domain.connector);
    await domain.write([remove(object)]);
    const next = await domain.one(newUser("dies"));
    const report = await reportOf(domain.connector, token);
    expect(report.gone).toEqual([{ anchor: object.anchor, because: "deleted" }]);
    expect(report.objects.map((each) => each.anchor)).toEqual([next.anchor]);
  });

  test("when a unit is renamed, everybody below it is told by the new name", async () => {
    await using directory = await Directory.open(domain);
    await directory.addUnit(`OU=Old,${people}`);
    const inside = await domain.one(newUser("insider", { dn: `CN=insider,OU=Old,${people}` }));
    const token = await begin(domain.connector);
    await directory.rename(`OU=Old,${people}`, `OU=New,${people}`);
    const report = await reportOf(domain.connector, token);
    expect(report.objects.map(({ anchor, name }) => [anchor, name])).toEqual([
      [inside.anchor, `CN=insider,OU=New,${people}`],
    ]);
    expect(report.gone.map((each) => each.anchor)).not.toContain(inside.anchor);
  });
}

function scopeTests(domain: TestDomain): void {
  test("a moved or renamed OU leaves scope with its people, and comes back in again", async () => {
    await using directory = await Directory.open(domain);
    await directory.addUnit(`OU=Moving,${people}`);
    const dn = `CN=passenger,OU=Moving,${people}`;
    const inside = await domain.one(newUser("passenger", { dn }));
    const token = await begin(domain.connector);
    await directory.rename(`OU=Moving,${people}`, `OU=Moving,${elsewhere}`);
    const out = await reportOf(domain.connector, token);
    expect(out.gone).toContainEqual({ anchor: inside.anchor, because: "outOfScope" });
    expect(out.objects).toEqual([]);
    await directory.rename(`OU=Moving,${elsewhere}`, `OU=Moving,${people}`);
    const back = await reportOf(domain.connector, out.token);
    expect(back.objects.map((each) => each.anchor)).toEqual([inside.anchor]);
    // Told of both at once, the last word counts: who is there is not gone.
    const both = await reportOf(domain.connector, token);
    expect(both.objects.map((each) => each.anchor)).toEqual([inside.anchor]);
    expect(both.gone.map((each) => each.anchor)).not.toContain(inside.anchor);
  });

  test("who no longer fits the filter is out of scope, who fits again is there", async () => {
    const connector = await domain.connect({
      users: { base: people, filter: "(&(objectClass=user)(department=sync))" },
    });
    const object = await domain.one(newUser("leaver", { department: "sync" }));
    const token = await begin(connector);
    await domain.done([update(object, { department: { after: "other" } })]);
    const out = await reportOf(connector, token);
    expect(out.gone).toEqual([{ anchor: object.anchor, because: "outOfScope" }]);
    await domain.done([update(object, { department: { after: "sync" } })]);
    const back = await reportOf(connector, out.token);
    expect(back.objects.map((each) => each.anchor)).toEqual([object.anchor]);
    await connector.close();
  });

  test("a scope that was renamed itself stops the report, and nobody is gone", async () => {
    await using directory = await Directory.open(domain);
    await directory.addUnit(`OU=Base,${suffix}`);
    const dn = `CN=based,OU=Base,${suffix}`;
    const settings = { users: { base: `OU=Base,${suffix}` } };
    const connector = await domain.connect(settings);
    await domain.one(newUser("based", { dn }), connector);
    const token = await begin(connector);
    await directory.rename(`OU=Base,${suffix}`, `OU=Renamed,${suffix}`);
    expect(await errorOf(reportOf(connector, token))).toMatchObject({
      kind: "stop", code: "MISCONFIGURED",
    });
    await connector.close();
  });

  test("settings that ask for something else need a full read first", async () => {
    const token = await begin(domain.connector);
    const other = await domain.connect({ users: { base: leavers } });
    expect(await errorOf(reportOf(other, token))).toMatchObject({
      kind: "stop", code: "DELTA_TOKEN_REJECTED",
    });
    await other.close();
  });
}

function memberTests(domain: TestDomain, changes: string): void {
  test("of a large group only those are told who came and went", async () => {
    const [group, ...inside] = await domain.done(
      Array.from({ length: 12 }, (_, at) => newGroup(`team${at}`)),
    ) as [ConnectorObject, ...ConnectorObject[]];
    await domain.done([members(group, inside.slice(1).map((each) => each.name), [])]);
    const token = await begin(domain.connector);
    const [first, second] = inside as [ConnectorObject, ConnectorObject];
    await domain.done([members(group, [first.name], [second.name])]);
    const report = await reportOf(domain.connector, token);
    if (changes === "dirsync") {
      expect(report.added).toEqual([{ group: group.anchor, member: first.name }]);
      expect(report.removed).toEqual([{ group: group.anchor, member: second.name }]);
      expect(report.whole).toEqual([]);
    } else {
      // Numbers say that a group changed, not how: it is told whole.
      expect(report.whole).toEqual([group.anchor]);
      expect(report.added).toHaveLength(10);
      expect(report.added).not.toContainEqual({ group: group.anchor, member: second.name });
    }
  });

  test("a group that came into scope is told with all its members", async () => {
    await using directory = await Directory.open(domain);
    const person = await domain.one(newUser("joins"));
    const wide = await domain.connect({ groups: { base: suffix } });
    const group = await domain.one(newGroup("outside", { dn: `CN=outside,${elsewhere}` }), wide);
    await domain.done([members(group, [person.name], [])], wide);
    await wide.close();
    const token = await begin(domain.connector);
    await directory.rename(`CN=outside,${elsewhere}`, `CN=outside,${teams}`);
    const report = await reportOf(domain.connector, token);
    expect(report.objects.map((each) => each.anchor)).toContain(group.anchor);
    expect(report.whole).toEqual([group.anchor]);
    expect(report.added).toEqual([{ group: group.anchor, member: person.name }]);
  });
}

function rightTests(domain: TestDomain, changes: string): void {
  test("who may not replicate is told by numbers, of deletions only with the right", async () => {
    await using directory = await Directory.open(domain);
    await directory.hide(`CN=Deleted Objects,${suffix}`);
    const relaxed = await domain.connect({ passwordMustChange: false });
    await domain.one(newUser(`plain-${changes}`), relaxed);
    await relaxed.close();
    const plain = { bindDn: `plain-${changes}@corp.acme.test` };
    const strict = await domain.connect({ ...plain, changes: "dirsync" }, password);
    expect(await errorOf(begin(strict))).toMatchObject({ kind: "stop", code: "PERMISSION_DENIED" });
    await strict.close();
    const auto = await domain.connect({ ...plain, changes: "auto" }, password);
    const position = await auto.changes?.begin(signal);
    expect(position?.reportsDeletions).toBe(false);
    const object = await domain.one(newUser(`seen-${changes}`));
    const report = await reportOf(auto, position?.token ?? "");
    expect(report.objects.map((each) => each.anchor)).toEqual([object.anchor]);
    await domain.write([remove(object)]);
    expect((await reportOf(auto, report.token)).gone).toEqual([]);
    await auto.close();
    expect((await domain.connector.changes?.begin(signal))?.reportsDeletions).toBe(true);
  });

  test("what changed and cannot be read is passed over, and is not gone", async () => {
    await using directory = await Directory.open(domain);
    const object = await domain.one(newUser(`hidden-${changes}`, { title: "one" }));
    const reader = `reader-${changes}`;
    const relaxed = await domain.connect({ passwordMustChange: false });
    await domain.one(newUser(reader), relaxed);
    await relaxed.close();
    await directory.allowReplication(reader);
    const connector = await domain.connect({ bindDn: `${reader}@corp.acme.test` }, password);
    const token = await begin(connector);
    await domain.done([update(object, { title: { after: "two" } })]);
    await directory.hide(object.name);
    const report = await reportOf(connector, token);
    await connector.close();
    expect(report).toMatchObject({ gone: [], objects: [] });
    // Samba does not even say that it changed; where a server does, it is there all the same.
    const session = await openSession(domain, `${reader}@corp.acme.test`, password);
    const { schema } = await readDirectory(session);
    const kinds = kindsOf(session.configuration, { schema, dialect: session.dialect });
    const options = { signal, batchSizeMax: 50 };
    const of = { session, kinds: [...kinds.values()], ids: guidIds, roots: [suffix] };
    const changed = new ChangedEntries(of, options);
    const told = { id: object.anchor, isDeleted: false, mayBeRenamed: true };
    const batches: ChangeBatch[] = [];
    const page = { changes: [told], nameless: ["CN=x"] };
    for await (const batch of changed.batches(page)) batches.push(batch);
    await session.close();
    expect(batches).toMatchObject([
      { type: "skips", skips: [{ anchor: object.anchor, code: "PERMISSION_DENIED" }] },
      { type: "skips", skips: [{ object: "CN=x", code: "ANCHOR_MISSING" }] },
    ]);
  });
}
