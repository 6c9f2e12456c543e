import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { Connector, ConnectorObject } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { begin, reportOf } from "./changes.fixture.js";
import { DirectoryAdmin } from "./directory-admin.fixture.js";
import {
  createGroup, createUser, describeDirectory, members, remove, update, type TestDirectory,
} from "./directory.fixture.js";
import { errorOf, groups, people } from "./fixtures.js";

const suffix = "dc=example,dc=com";
/** Anything may be told twice. */
const anchorsOf = (objects: readonly ConnectorObject[]) =>
  [...new Set(objects.map((each) => each.anchor))];

describeDirectory("changes of a real directory", (directory) => {
  for (const changes of ["syncrepl", "timestamps"] as const) {
    describe(`by ${changes}`, () => {
      let connector: Connector;
      beforeAll(async () => {
        await using admin = await DirectoryAdmin.open(directory);
        await admin.addUnit(`ou=${changes},${people}`);
        await admin.addUnit(`ou=${changes},${suffix}`);
        connector = await directory.connect({ changes });
      });
      const world = { directory, changes, of: () => connector };
      nameTests(world);
      scopeTests(world);
      memberTests(world);
      contentTests(world);
    });
  }
});

interface World {
  readonly directory: TestDirectory;
  readonly changes: "syncrepl" | "timestamps";
  of(): Connector;
}

/** A person below the unit that is this world's own. */
const inside = ({ changes }: World, uid: string) =>
  createUser(`${uid}-${changes}`, { dn: `uid=${uid}-${changes},ou=${changes},${people}` });

function nameTests(world: World): void {
  const { directory, changes } = world;

  test("a rename and a move are the same account under another name", async () => {
    const [one, two] = await directory.created([
      inside(world, "renames"), inside(world, "moves"),
    ]) as [ConnectorObject, ConnectorObject];
    const token = await begin(world.of());
    const moved = `uid=moves-${changes},${people}`;
    await directory.write([
      update(one, { uid: { after: [`renamed-${changes}`] } }),
      update(two, { dn: { after: moved } }),
    ]);
    const report = await reportOf(world.of(), token);
    expect(report.gone).toEqual([]);
    expect(new Map(report.objects.map((each) => [each.anchor, each.name]))).toEqual(new Map([
      [one.anchor, `uid=renamed-${changes},ou=${changes},${people}`], [two.anchor, moved],
    ]));
  });

  test("when a unit is renamed, everybody below it is told by the new name", async () => {
    await using admin = await DirectoryAdmin.open(directory);
    await admin.addUnit(`ou=old-${changes},${people}`);
    const dn = `uid=in-${changes},ou=old-${changes},${people}`;
    const object = await directory.createdOne(createUser(`in-${changes}`, { dn }));
    const token = await begin(world.of());
    await admin.rename(`ou=old-${changes},${people}`, `ou=new-${changes},${people}`);
    const report = await reportOf(world.of(), token);
    expect(anchorsOf(report.objects)).toEqual([object.anchor]);
    expect(report.objects.at(-1)?.name).toBe(`uid=in-${changes},ou=new-${changes},${people}`);
    expect(report.gone.map((each) => each.anchor)).not.toContain(object.anchor);
  });

  test("who stands below a person bears another name when that person does", async () => {
    const above = await directory.createdOne(inside(world, "above"));
    const dn = `uid=below-${changes},${above.name}`;
    const below = await directory.createdOne(createUser(`below-${changes}`, { dn }));
    const token = await begin(world.of());
    await directory.write([update(above, { uid: { after: [`over-${changes}`] } })]);
    const { objects } = await reportOf(world.of(), token);
    expect(objects.find((each) => each.anchor === below.anchor)?.name)
      .toBe(`uid=below-${changes},uid=over-${changes},ou=${changes},${people}`);
  });
}

function scopeTests(world: World): void {
  const { directory, changes } = world;

  test("a moved or renamed OU leaves scope with all below it, and comes back", async () => {
    await using admin = await DirectoryAdmin.open(directory);
    const [home, away] = [`ou=van-${changes},${people}`, `ou=van-${changes},${suffix}`];
    await admin.addUnit(home);
    const dn = `uid=rider-${changes},${home}`;
    const rider = await directory.createdOne(createUser(`rider-${changes}`, { dn }));
    const token = await begin(world.of());
    await admin.rename(home, away);
    const out = await reportOf(world.of(), token);
    expect(out.gone).toContainEqual({ anchor: rider.anchor, because: "outOfScope" });
    expect(out.objects).toEqual([]);
    await admin.rename(away, home);
    const back = await reportOf(world.of(), out.token);
    expect(anchorsOf(back.objects)).toEqual([rider.anchor]);
    expect(back.gone.map((each) => each.anchor)).not.toContain(rider.anchor);
    const both = await reportOf(world.of(), token);
    expect(anchorsOf(both.objects)).toEqual([rider.anchor]);
    expect(both.gone.map((each) => each.anchor)).not.toContain(rider.anchor);
  });

  test("who no longer fits the filter is out of scope, who fits again is there", async () => {
    const filter = "(&(objectClass=inetOrgPerson)(title=sync))";
    const strict = await directory.connect({ changes, users: { base: people, filter } });
    const object = await directory.createdOne(createUser(`fits-${changes}`, { title: ["sync"] }));
    const token = await begin(strict);
    await directory.write([update(object, { title: { after: ["other"] } })]);
    const out = await reportOf(strict, token);
    expect(out.gone).toEqual([{ anchor: object.anchor, because: "outOfScope" }]);
    await directory.write([update(object, { title: { after: ["sync"] } })]);
    expect(anchorsOf((await reportOf(strict, out.token)).objects)).toEqual([object.anchor]);
    await strict.close();
  });

  test("a scope that was renamed itself stops the report, and nobody is gone", async () => {
    await using admin = await DirectoryAdmin.open(directory);
    const base = `ou=base-${changes},${suffix}`;
    await admin.addUnit(base);
    const based = await directory.connect({ changes, users: { base } });
    const dn = `uid=based-${changes},${base}`;
    await directory.created([createUser(`based-${changes}`, { dn })], based);
    const token = await begin(based);
    await admin.rename(base, `ou=elsewhere-${changes},${suffix}`);
    expect(await errorOf(reportOf(based, token))).toMatchObject({
      kind: "stop", code: "MISCONFIGURED",
    });
    await based.close();
  });

  test("settings that ask for something else, or in another way, need a full read", async () => {
    const token = await begin(world.of());
    const another = changes === "syncrepl" ? "timestamps" : "syncrepl";
    for (const settings of [
      { changes, users: { base: `ou=${changes},${people}` } }, { changes: another },
    ]) {
      const other = await directory.connect(settings);
      expect(await errorOf(reportOf(other, token))).toMatchObject({
        kind: "stop", code: "DELTA_TOKEN_REJECTED",
      });
      await other.close();
    }
    const auto = await directory.connect({ changes: "auto" });
    await auto.changes?.begin(new AbortController().signal);
    expect((await reportOf(auto, token)).gone).toEqual([]);
    await auto.close();
  });
}

function memberTests(world: World): void {
  const { directory, changes } = world;

  test("a group that changed is told with all its members, and no other group is", async () => {
    const users = await directory.created([inside(world, "m1"), inside(world, "m2")]);
    const [first, second] = users.map((each) => each.name) as [string, string];
    const [group, other] = await directory.created([
      createGroup(`team-${changes}`), createGroup(`idle-${changes}`),
    ]) as [ConnectorObject, ConnectorObject];
    await directory.write([members(group, [first], []), members(other, [first], [])]);
    const token = await begin(world.of());
    await directory.write([members(group, [second], [first])]);
    const report = await reportOf(world.of(), token);
    expect(report.whole).toEqual([group.anchor]);
    expect(report.added).toEqual([{ group: group.anchor, member: second }]);
    expect(anchorsOf(report.objects)).toEqual([group.anchor]);
    await directory.write([members(group, [], [second])]);
    const empty = await reportOf(world.of(), report.token);
    expect(empty).toMatchObject({ whole: [group.anchor], added: [] });
  });

  test("members that stand as names are told as the people they stand for", async () => {
    const user = await directory.createdOne(inside(world, "posix"));
    const posix = await directory.connect({ changes, groups: {
      base: groups, objectClasses: ["top", "posixGroup"], filter: "(objectClass=posixGroup)",
      memberAttribute: "memberUid",
    } });
    const group = await directory.createdOne(
      createGroup(`posix-${changes}`, { gidNumber: 7 }), posix);
    const token = await begin(posix);
    await directory.write([members(group, [user.name], [])], posix);
    const report = await reportOf(posix, token);
    expect(report.added).toEqual([{ group: group.anchor, member: user.name }]);
    expect(report.added).toEqual((await readAll(posix)).members
      .filter((each) => each.group === group.anchor));
    await posix.close();
  });
}

function contentTests(world: World): void {
  const { directory, changes } = world;

  test("what is told of an entry is what a full read tells, whatever classes it has", async () => {
    await using admin = await DirectoryAdmin.open(directory);
    const dn = `cn=extra-${changes},${groups}`;
    await admin.add(dn, {
      objectClass: ["groupOfNames", "labeledURIObject"], cn: [`extra-${changes}`],
      member: ["cn=nobody"], labeledURI: ["https://one.example"],
    });
    const numbered = await directory.connect({
      changes, users: { base: people, anchorAttribute: "uid" },
    });
    const [user] = await directory.created([inside(world, "number")]) as [ConnectorObject];
    const [token, byNumber] = [await begin(world.of()), await begin(numbered)];
    await directory.write([update(user, { description: { after: ["cleared next"] } })]);
    await directory.write([update(user, { description: { after: null } })]);
    await admin.modify(dn, "replace", "labeledURI", ["https://two.example"]);
    for (const [connector, since] of [[world.of(), token], [numbered, byNumber]] as const) {
      const report = await reportOf(connector, since);
      const whole = (await readAll(connector)).objects;
      expect(report.objects).toHaveLength(2);
      for (const each of report.objects) {
        expect(each).toEqual(whole.find(({ anchor }) => anchor === each.anchor));
      }
    }
    // Who is deleted is known to the server by an id of its own only.
    const position = await numbered.changes?.begin(new AbortController().signal);
    expect(position?.reportsDeletions).toBe(false);
    await directory.write([remove(user)]);
    const after = await reportOf(numbered, position?.token ?? "");
    expect(after.gone.map((each) => each.anchor)).not.toContain(`number-${changes}`);
    expect(after.objects).toEqual([]);
    await numbered.close();
  });

  test("one-second watermarks lose changes of the same second: ours do not", async () => {
    // From the beginning of a second there is time for several.
    await sleep(1_000 - (Date.now() % 1_000));
    const object = await directory.createdOne(inside(world, "second"));
    let token = await begin(world.of());
    for (const word of ["one", "two", "three", "one"]) {
      await directory.write([update(object, { description: { after: [word] } })]);
      const report = await reportOf(world.of(), token);
      expect(report.objects.map((each) => each.attributes["description"])).toEqual([[word]]);
      ({ token } = report);
      expect((await reportOf(world.of(), token)).objects).toEqual([]);
    }
  });
}
