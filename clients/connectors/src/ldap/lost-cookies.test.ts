import { expect, test } from "vitest";
import type { ConnectorObject } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { begin, reportOf, type Report } from "./changes.fixture.js";
import { DirectoryAdmin } from "./directory-admin.fixture.js";
import {
  createUser, describeDirectory, outcomes, remove, signal, update, type TestDirectory,
} from "./directory.fixture.js";
import { baseLdif, errorOf, people } from "./fixtures.js";

const rejected = { kind: "stop", code: "DELTA_TOKEN_REJECTED" } as const;

describeDirectory("a directory that is asked from an old position", (directory) => {
  test("deleted while away: who went is gone, who was made again is another", async () => {
    const [stays, goes] = await directory.created([
      createUser("stays"), createUser("goes"),
    ]) as [ConnectorObject, ConnectorObject];
    const token = await begin(directory.connector);
    await directory.write([remove(goes)]);
    const next = await directory.createdOne(createUser("goes"));
    const report = await reportOf(directory.connector, token);
    expect(report.gone).toEqual([{ anchor: goes.anchor, because: "deleted" }]);
    expect(report.objects.map((each) => each.anchor)).toEqual([next.anchor]);
    expect(report.gone.map((each) => each.anchor)).not.toContain(stays.anchor);
  });

  test("started again it has forgotten who went: that is a full read, nobody is gone", async () => {
    const object = await directory.createdOne(createUser("restarted"));
    const token = await begin(directory.connector);
    await directory.slapd.restart();
    expect(await reportOf(directory.connector, token)).toMatchObject({ gone: [], objects: [] });
    const another = await directory.connect({});
    await directory.write([remove(object)], another);
    await directory.slapd.restart();
    expect(await errorOf(reportOf(another, token))).toMatchObject(rejected);
    await another.close();
  });

  test("restored from an older backup it does not know the position", async () => {
    const writer = await directory.connect({});
    await directory.created([createUser("in-the-backup")], writer);
    const backup = await directory.slapd.dump();
    await directory.created([createUser("after-the-backup")], writer);
    await writer.close();
    const token = await begin(directory.connector);
    await directory.slapd.restart(backup);
    expect(await errorOf(reportOf(directory.connector, token))).toMatchObject(rejected);
    // Nor once it has gone on from there, when its newest change is newer than the position.
    const later = await directory.connect({});
    await directory.created([createUser("after-the-restoration")], later);
    await later.close();
    expect(await errorOf(reportOf(directory.connector, token))).toMatchObject(rejected);
    const fresh = await begin(directory.connector);
    expect(await reportOf(directory.connector, fresh)).toMatchObject({ gone: [], objects: [] });
  });

  test("started anew with nobody in it, nobody is gone", async () => {
    const token = await begin(directory.connector);
    await directory.slapd.restart(baseLdif);
    expect(await errorOf(reportOf(directory.connector, token))).toMatchObject(rejected);
    expect((await readAll(directory.connector)).objects).toEqual([]);
    // An empty database without even the bases says nothing of anybody.
    await directory.slapd.restart("");
    expect(await errorOf(reportOf(directory.connector, token))).toMatchObject({
      kind: "stop", code: "MISCONFIGURED",
    });
  });
});

describeDirectory("a directory that remembers few changes", (directory) => {
  test("more deletions than it remembers are a full read, and the next report works", async () => {
    const objects = await directory.created(
      Array.from({ length: 30 }, (_, at) => createUser(`many-${at}`)));
    const token = await begin(directory.connector);
    // One after the other: slapd's position may lie behind what it writes at once.
    const writer = await directory.connect({ inFlightMax: 1 });
    await directory.write(objects.slice(0, 25).map(remove), writer);
    expect(await errorOf(reportOf(directory.connector, token))).toMatchObject(rejected);
    const next = await begin(directory.connector);
    const [last] = objects.slice(-1) as [ConnectorObject];
    await directory.write([remove(last)]);
    expect((await reportOf(directory.connector, next)).gone).toEqual([
      { anchor: last.anchor, because: "deleted" },
    ]);
    await writer.close();
  });
}, { sessionLog: 5 });

/** The departures of these; others may be out of a scope that they never were in. */
function concerning({ gone }: Report, objects: readonly ConnectorObject[]) {
  return gone.filter(({ anchor }) => objects.some((each) => each.anchor === anchor));
}

const reader = { bindDn: "cn=reader,dc=example,dc=com", passwordSecret: "reader" };
const readers = "cn=readers,dc=example,dc=com";

/** Somebody reads people for as long as a group has them. */
describeDirectory("revoked rights that answer success, nothing", (directory) => {
  const withRights = async (change: "add" | "delete"): Promise<void> => {
    await using admin = await DirectoryAdmin.open(directory);
    await admin.modify(readers, change, "member", [reader.bindDn]);
  };

  test("by syncrepl nobody is gone but by a full read", async () => {
    await using admin = await DirectoryAdmin.open(directory);
    await admin.add(readers, { objectClass: ["groupOfNames"], cn: ["readers"], member: ["cn=x"] });
    await withRights("add");
    const objects = await directory.created([createUser("seen"), createUser("seen too")]);
    // The newest change is one that everybody may see.
    await admin.modify(readers, "add", "description", ["those who read"]);
    const connector = await directory.connect(reader);
    const token = await begin(connector);
    expect((await readAll(connector)).objects).toHaveLength(2);
    await withRights("delete");
    expect((await readAll(connector)).objects).toEqual([]);
    expect(concerning(await reportOf(connector, token), objects)).toEqual([]);
    await directory.write(objects.map((each) => update(each, { title: { after: ["new"] } })));
    expect(await errorOf(reportOf(connector, token))).toMatchObject(rejected);
    await withRights("add");
    const report = await reportOf(connector, token);
    expect(report.objects.map((each) => each.attributes["title"])).toEqual([["new"], ["new"]]);
    expect(concerning(report, objects)).toEqual([]);
    await connector.close();
  });

  test("by times nobody is gone either", async () => {
    await withRights("add").catch(() => undefined);
    const connector = await directory.connect({ ...reader, changes: "timestamps" });
    const object = await directory.createdOne(createUser("timed"));
    const token = await begin(connector);
    await withRights("delete");
    await directory.write([update(object, { title: { after: ["new"] } })]);
    const report = await reportOf(connector, token);
    expect(report.objects).toEqual([]);
    expect(concerning(report, [object])).toEqual([]);
    await connector.close();
  });
}, { databaseLines: [
  `access to dn.onelevel="${people}" by group.exact="${readers}" read by * none`,
  "access to attrs=userPassword by * auth",
  "access to * by * read",
] });

describeDirectory("a directory whose server dies", (directory) => {
  const settings = { pageSize: 10 };

  test("in the middle of a refresh, the position stays and everything is told later", async () => {
    const connector = await directory.connect(settings);
    const token = await begin(connector);
    const made = await madeMany(directory);
    let told = 0;
    const read = async (): Promise<void> => {
      const batches = connector.changes?.changes(token, { signal, batchSizeMax: 20 }) ?? [];
      for await (const batch of batches) {
        if (batch.type === "objects") told += batch.objects.length;
        expect(batch.type).not.toBe("token");
        if (told === 20) process.kill(directory.slapd.pid, "SIGKILL");
      }
    };
    expect(await errorOf(read())).toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
    expect(told).toBeLessThan(made.length);
    await directory.slapd.restart();
    // What it remembered died with it, so it may only answer that a full read is due.
    expect(await errorOf(reportOf(connector, token))).toMatchObject(rejected);
    const byTimes = await directory.connect({ ...settings, changes: "timestamps" });
    expect(outcomes(await directory.write([remove(made[0] as ConnectorObject)], byTimes)))
      .toEqual(["done"]);
    const { objects } = await readAll(connector);
    expect(objects).toHaveLength(made.length - 1);
    await byTimes.close();
    await connector.close();
  });
});

/** More than is asked for ahead. */
async function madeMany(directory: TestDirectory): Promise<readonly ConnectorObject[]> {
  const made: ConnectorObject[] = [];
  for (const turn of ["a", "b", "c"]) {
    const writes = Array.from({ length: 1_000 }, (_, at) => createUser(`die-${turn}-${at}`));
    made.push(...await directory.created(writes));
  }
  return made;
}
