import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { createUser, describeDirectory, members, outcomes } from "./directory.fixture.js";
import { groups, people } from "./fixtures.js";

describeDirectory("groups of a real directory", (directory) => {
  test("members come and go once, and a placeholder stays that nobody reads", async () => {
    const [ann, bob] = await directory.created([createUser("ann"), createUser("bob")]);
    const [group] = await directory.created([
      { operation: "create", id: "g", kind: "group", attributes: { cn: ["crew"] } },
    ]);
    if (ann === undefined || bob === undefined || group === undefined)
      throw new Error("nothing was created");
    const results = await directory.write([
      members(group, [ann.name, bob.anchor], []),
      members(group, [bob.name.toUpperCase()], [`uid=stranger,${people}`]),
      members(group, [ann.name], [bob.name]),
      members(group, [], [ann.name, "cn=nobody"]),
    ]);
    expect(outcomes(results)).toEqual(["done", "already", "done", "done"]);
    expect(
      (await readAll(directory.connector)).members.filter((each) => each.group === group.anchor),
    ).toEqual([]);
    const [again] = await directory.write([members(group, [ann.name], [])]);
    expect(again).toMatchObject({ ok: true, object: { anchor: group.anchor } });
    expect(
      (await readAll(directory.connector)).members.filter((each) => each.group === group.anchor),
    ).toEqual([{ group: group.anchor, member: ann.name }]);
  });

  test("a group that others made gets a placeholder when its last member leaves", async () => {
    const [ann] = await directory.created([createUser("only-member")]);
    const plain = await directory.connect({
      groups: {
        base: groups,
        objectClasses: ["groupOfUniqueNames"],
        memberAttribute: "uniqueMember",
        placeholderMember: ann?.name,
      },
    });
    const [group] = await directory.created(
      [{ operation: "create", id: "g2", kind: "group", attributes: { cn: ["of one"] } }],
      plain,
    );
    const ours = await directory.connect({
      groups: {
        base: groups,
        objectClasses: ["groupOfUniqueNames"],
        memberAttribute: "uniqueMember",
        placeholderMember: "cn=nobody",
      },
    });
    if (group === undefined || ann === undefined) throw new Error("nothing was created");
    expect(outcomes(await directory.write([members(group, [], [ann.name])], ours))).toEqual([
      "done",
    ]);
    expect((await readAll(ours)).members.filter((each) => each.group === group.anchor)).toEqual([]);
    await Promise.all([plain.close(), ours.close()]);
  });

  test("names in memberUid are read and written as the entries they stand for", async () => {
    const posix = await directory.connect({
      groups: {
        base: groups,
        filter: "(objectClass=posixGroup)",
        objectClasses: ["posixGroup"],
        memberAttribute: "memberUid",
      },
    });
    const [ann] = await directory.created([createUser("posix-ann")], posix);
    const [group] = await directory.created(
      [
        {
          operation: "create",
          id: "p",
          kind: "group",
          attributes: { cn: ["posix"], gidNumber: 5 },
        },
      ],
      posix,
    );
    if (ann === undefined || group === undefined) throw new Error("nothing was created");
    expect(group.attributes["gidNumber"]).toBe(5);
    expect(
      outcomes(
        await directory.write(
          [members(group, [ann.name, "stranger"], []), members(group, [ann.anchor], [])],
          posix,
        ),
      ),
    ).toEqual(["done", "already"]);
    expect((await readAll(posix)).members).toEqual([
      { group: group.anchor, member: ann.name }, { group: group.anchor, member: "stranger" },
    ]);
    await posix.close();
  });
});
