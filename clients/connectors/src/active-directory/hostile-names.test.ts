import { expect, test } from "vitest";
import { formatDn } from "../ldap/dn.js";
import { members, outcomes, remove, update } from "../ldap/directory.fixture.js";
import { describeDomain, newGroup, newUser } from "./domain.fixture.js";
import { hostileNames as hostile } from "../testing/hostile-ldap.fixture.js";
import { people } from "./fixtures.js";

describeDomain("names that want to be more than names", (domain) => {
  test("they are created, found, renamed, put into groups and deleted as they are", async () => {
    const keep = await domain.one(newUser("bystander", { title: "kept" }));
    const group = await domain.one(newGroup("hostiles"));
    const created = await domain.done(hostile.map((cn, at) => newUser(`h${at}`, { cn, info: cn })));
    expect(created.map((each) => each.attributes["cn"])).toEqual(hostile);
    expect(created.map((each) => each.attributes["info"])).toEqual(hostile);
    const again = await domain.write(hostile.map((cn, at) => newUser(`h${at}`, { cn, info: cn })));
    expect(new Set(outcomes(again))).toEqual(new Set(["already"]));
    const names = created.map((each) => each.name);
    await domain.done([members(group, names, [])]);
    const read = await domain.read();
    expect(read.skips).toEqual([]);
    expect(read.members.filter((each) => each.group === group.anchor)
      .map((each) => each.member).sort()).toEqual([...names].sort());
    const renamed = await domain.done(created.map((each, at) => update(each, {
      dn: { after: formatDn([[{ type: "CN", value: `r ${hostile[at] ?? ""}` }]]) + `,${people}` },
      info: { before: hostile[at] ?? "", after: `r ${hostile[at] ?? ""}` },
    })));
    expect(renamed.map((each) => each.attributes["cn"])).toEqual(hostile.map((cn) => `r ${cn}`));
    expect(renamed.map((each) => each.anchor)).toEqual(created.map((each) => each.anchor));
    expect(outcomes(await domain.write(renamed.map(remove)))).toEqual(hostile.map(() => "done"));
    const { objects } = await domain.read();
    expect(objects.map((each) => each.anchor).sort()).toEqual([keep.anchor, group.anchor].sort());
    expect(await domain.find(keep.anchor)).toEqual(keep);
  });

  test("as anchors, principal names and members they find nobody", async () => {
    const person = await domain.one(newUser("real"));
    const group = await domain.one(newGroup("reals"));
    for (const word of hostile) {
      const results = await domain.write([
        remove({ ...person, anchor: word }), members(group, [`CN=none ${word}`], []),
        update({ ...person, anchor: word }, { title: { after: "x" } }),
      ]);
      expect(outcomes(results).every((each) => each === "VALUE_INVALID")).toBe(true);
    }
    const [first, ...others] = hostile.map((word) => `${word}@corp.acme.test`) as [
      string, ...string[],
    ];
    await domain.done([update(person, { userPrincipalName: { before: null, after: first } })]);
    // A star in a principal name is a star: nobody else has it.
    const results = await domain.write(others.slice(0, 5).map((userPrincipalName, at) =>
      newUser(`principal${at}`, { userPrincipalName })));
    expect(outcomes(results)).toEqual(["done", "done", "done", "done", "done"]);
    expect(await domain.find(person.anchor)).toMatchObject({ anchor: person.anchor });
  });
});
