import { expect, test } from "vitest";
import type { ChangeBatch, ConnectorObject } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { createGroup, createUser, describeDirectory, signal, update } from "./directory.fixture.js";
import { groups } from "./fixtures.js";

const reader = "cn=reader,dc=example,dc=com";

describeDirectory("a directory that hides who is in its groups", (directory) => {
  const asReader = (more: Record<string, unknown> = {}) => directory.connect({
    bindDn: reader, passwordSecret: "reader",
    groups: { base: groups, placeholderMember: "cn=nobody" }, ...more,
  });

  test.each(["auto", "timestamps"])("is not one of empty groups (changes: %s)", async (changes) => {
    const name = `crew of ${changes}`;
    const [ann] = await directory.created([createUser(`ann-${changes}`)]);
    const [group] = await directory.created([createGroup(name, { member: [ann?.name ?? ""] })]) as [
      ConnectorObject,
    ];
    // One whose members stand elsewhere has none, and hides nothing.
    const unique = await directory.connect({ groups: {
      base: groups, objectClasses: ["groupOfUniqueNames"], memberAttribute: "uniqueMember",
      placeholderMember: "cn=nobody",
    } });
    const [other] = await directory.created([createGroup(`unique ${changes}`)], unique);
    const connector = await asReader({ changes });
    const expected = { anchor: group.anchor, code: "PERMISSION_DENIED" };
    const { objects, skips, members, error } = await readAll(connector);
    expect([members, error]).toEqual([[], undefined]);
    expect(skips).toContainEqual(expect.objectContaining(expected));
    const anchors = objects.map(({ anchor }) => anchor);
    expect(anchors).not.toContain(group.anchor);
    expect(anchors).toContain(other?.anchor);

    const { token } = await connector.changes?.begin(signal) ?? { token: "" };
    await directory.created([update(group, { description: { before: null, after: ["new"] } })]);
    const batches: ChangeBatch[] = [];
    const options = { signal, batchSizeMax: 100 };
    for await (const batch of connector.changes?.changes(token, options) ?? []) batches.push(batch);
    const told = batches.flatMap((batch) => (batch.type === "skips" ? batch.skips : []));
    expect(told).toContainEqual(expect.objectContaining(expected));
    expect(batches.filter(({ type }) => type === "wholeMembers" || type === "members")).toEqual([]);
  });
}, { databaseLines: [
  "access to attrs=userPassword by anonymous auth by * none",
  `access to attrs=member by dn.exact="${reader}" none by * read`,
  "access to * by * read",
] });
