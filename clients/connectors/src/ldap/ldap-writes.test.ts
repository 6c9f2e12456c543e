import { expect, test } from "vitest";
import type { ConnectorWrite } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import {
  createUser,
  describeDirectory,
  members,
  outcomes,
  remove,
  update,
} from "./directory.fixture.js";
import { formatDn } from "./dn.js";
import { groups, people } from "./fixtures.js";

describeDirectory("writes to a real directory", (directory) => {
  test("a repeated create makes no second entry; another's entry is never taken over", async () => {
    await directory.created([createUser("twice", { mail: ["t@example.org"] })]);
    const results = await directory.write([
      createUser("twice", { mail: ["T@example.org"] }),
      createUser("twice", { mail: ["other@example.org"] }),
    ]);
    expect(outcomes(results)).toEqual(["already", "OBJECT_EXISTS"]);
    const byId = await directory.connect({
      users: { base: people, idAttribute: "employeeNumber" },
    });
    const first = await directory.created([createUser("with-id")], byId);
    // The planned name changed between the lost answer and the second attempt.
    const again = await directory.write(
      [{ ...createUser("with-new-id"), id: "create with-id" }],
      byId,
    );
    expect(again).toMatchObject([
      { ok: true, already: true, object: { anchor: first[0]?.anchor } },
    ]);
    await byId.close();
  });

  test("an update applies only to the values it was computed from", async () => {
    const object = await directory.createdOne(
      createUser("changing", { title: ["Clerk"], mail: ["a@x", "b@x"] }),
    );
    expect(
      outcomes(
        await directory.write([update(object, { title: { before: ["Boss"], after: ["King"] } })]),
      ),
    ).toEqual(["OBJECT_CHANGED"]);
    const results = await directory.write([
      update(object, {
        title: { before: ["Clerk"], after: ["Boss"] },
        mail: { before: ["b@x", "a@x"], after: ["a@x", "c@x"] },
      }),
      update(object, { title: { before: ["Clerk"], after: ["Boss"] } }),
      update(object, {
        title: { before: null, after: ["Boss"] },
        description: { before: null, after: ["new"] },
      }),
      update(object, {
        description: { before: ["new"], after: null },
        title: { after: ["Chief"] },
      }),
      update(object, { employeeNumber: { before: null, after: "1" } }),
      update(object, { employeeNumber: { before: null, after: "2" } }),
    ]);
    expect(outcomes(results)).toEqual([
      "done",
      "already",
      "done",
      "done",
      "done",
      "OBJECT_CHANGED",
    ]);
    const last = results[4];
    expect(last?.ok === true && last.object?.attributes).toMatchObject({
      title: ["Chief"],
      employeeNumber: "1",
    });
    expect(last?.ok === true && last.object?.attributes).not.toHaveProperty("description");
  });

  test("a value that changes between our look and our write is noticed by the server", async () => {
    const object = await directory.createdOne(createUser("raced"));
    const rivals = await Promise.all([1, 2, 3, 4].map(() => directory.connect({})));
    const race = async (before: string[] | null, round: number): Promise<string[]> => {
      const wanted = rivals.map((_, at) => [`${round}-${at}`]);
      const results = await Promise.all(
        rivals.map((rival, at) =>
          directory.write([update(object, { title: { before, after: wanted[at] ?? [] } })], rival),
        ),
      );
      const words = outcomes(results.flat());
      // Exactly one of them found what all of them had seen, be it a value or none.
      const rest = ["OBJECT_CHANGED", "OBJECT_CHANGED", "OBJECT_CHANGED"];
      expect([...words].sort()).toEqual([...rest, "done"]);
      return wanted[words.indexOf("done")] ?? [];
    };
    for (let round = 0; round < 12; round += 1) {
      const second = await race(await race(null, round), round + 100);
      await directory.write([update(object, { title: { before: second, after: null } })]);
    }
    await Promise.all(rivals.map((rival) => rival.close()));
  });

  test("an entry is renamed with the attribute that names it, and moved with its dn", async () => {
    await directory.created([{
      operation: "create", id: "ou", kind: "group",
      attributes: { dn: `cn=team,${groups}`, cn: ["team"] },
    }]);
    const object = await directory.createdOne(createUser("old,name"));
    const [renamed] = await directory.created([
      update(object, { uid: { before: ["old,name"], after: ["new\\name"] } }),
    ]);
    expect(renamed).toMatchObject({
      anchor: object.anchor,
      attributes: {
        uid: ["new\\name"],
        dn: formatDn([[{ type: "uid", value: "new\\name" }]]) + `,${people}`,
      },
    });
    // The anchor finds the entry wherever it went; the old name is stale.
    const to = `cn=moved+uid=new\\\\name,${people}`;
    const results = await directory.write([
      update(object, {
        dn: { before: renamed?.attributes["dn"] ?? null, after: to },
        title: { before: null, after: ["x"] },
      }),
    ]);
    expect(results).toMatchObject([
      { ok: true, object: { anchor: object.anchor, attributes: { title: ["x"] } } },
    ]);
    expect(
      outcomes(
        await directory.write([
          update(object, { dn: { after: `uid=x,${groups}` } }),
          update(object, { dn: { after: "no name" } }),
          update(object, { dn: { before: `uid=elsewhere,${people}`, after: `uid=y,${people}` } }),
          update(object, { dn: { after: `uid=y,ou=nowhere,${people}` } }),
          update(object, { dn: { after: null } }),
        ]),
      ),
    ).toEqual([
      "VALUE_INVALID",
      "VALUE_INVALID",
      "OBJECT_CHANGED",
      "VALUE_INVALID",
      "VALUE_INVALID",
    ]);
  });

  test("a deleted entry is gone, and deleting it again is well", async () => {
    const object = await directory.createdOne(createUser("leaving"));
    expect(
      outcomes(
        await directory.write([
          remove(object),
          remove(object),
          update(object, { title: { after: ["x"] } }),
          members(object, [], []),
        ]),
      ),
    ).toEqual(["done", "already", "OBJECT_GONE", "OBJECT_GONE"]);
  });

  test("the state is an attribute that is there or not, or has one of two values", async () => {
    const byAbsence = await directory.connect({
      users: {
        base: people,
        enabledBy: { attribute: "carLicense", enabledValue: null, disabledValue: "locked" },
      },
    });
    const object = await directory.createdOne(createUser("stateful"), byAbsence);
    expect(object.enabled).toBe(true);
    const results = await directory.write(
      [update(object, {}, false), update(object, {}, false), update(object, {}, true)],
      byAbsence,
    );
    expect(outcomes(results)).toEqual(["done", "already", "done"]);
    expect(results.map((each) => each.ok && each.object?.enabled)).toEqual([false, false, true]);
    await byAbsence.close();
    const byValue = await directory.connect({
      users: {
        base: people,
        enabledBy: { attribute: "employeeType", enabledValue: "active", disabledValue: "inactive" },
      },
    });
    const [other] = await directory.created(
      [{ ...createUser("stateful-too"), enabled: false } as ConnectorWrite],
      byValue,
    );
    expect(other).toMatchObject({ enabled: false, attributes: { employeeType: ["inactive"] } });
    expect(
      (await readAll(byValue)).objects.find((each) => each.anchor === object.anchor),
    ).not.toHaveProperty("enabled");
    await byValue.close();
  });

  test("protected entries, our own and those outside the base are never written", async () => {
    const vip = await directory.createdOne(createUser("vip"));
    const careful = await directory.connect({
      users: { base: "dc=example,dc=com", filter: "(objectClass=*)" },
      protected: [vip.name.toUpperCase()],
    });
    const reader = (await readAll(careful)).objects.find((each) =>
      each.name.startsWith("cn=reader"),
    );
    if (reader === undefined) throw new Error("the reader was not read");
    expect(
      outcomes(
        await directory.write(
          [
            update(vip, { title: { after: ["x"] } }),
            { operation: "delete", id: "d", kind: "user", anchor: vip.anchor, name: vip.name },
            createUser("x", { dn: `uid=below,${vip.name}` }),
            createUser("y", { dn: `uid=y,dc=other` }),
            update(reader, { description: { after: ["fine"] } }),
          ],
          careful,
        ),
      ),
    ).toEqual([
      "PERMISSION_DENIED",
      "PERMISSION_DENIED",
      "PERMISSION_DENIED",
      "VALUE_INVALID",
      "done",
    ]);
    await careful.close();
    const asReader = await directory.connect({
      bindDn: "cn=reader,dc=example,dc=com",
      passwordSecret: "reader",
      users: { base: "dc=example,dc=com", filter: "(objectClass=*)" },
    });
    expect(
      outcomes(
        await directory.write(
          [
            update(reader, { description: { after: ["x"] } }),
            update(vip, { title: { after: ["x"] } }),
            createUser("z", { dn: `uid=z,${people}` }),
          ],
          asReader,
        ),
      ),
    ).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED", "PERMISSION_DENIED"]);
    await asReader.close();
  });

  test("a thousand writes in one batch all come to be, each object's in order", async () => {
    const writes = Array.from({ length: 500 }, (_, at) => createUser(`many-${at}`));
    const objects = await directory.created(writes);
    const results = await directory.write(
      objects.flatMap((object) => [
        update(object, { title: { before: null, after: ["1"] } }),
        update(object, { title: { before: ["1"], after: ["2"] } }),
      ]),
    );
    expect(new Set(outcomes(results))).toEqual(new Set(["done"]));
    const read = await readAll(directory.connector);
    expect(
      read.objects.filter(
        (each) => each.name.startsWith("uid=many-") && String(each.attributes["title"]) === "2",
      ),
    ).toHaveLength(500);
  });
});
