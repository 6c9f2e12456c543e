import { expect, test } from "vitest";
import { Replica } from "../contract/replica.js";
import type { Connector } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { connectJson, exampleFor } from "./hr-api.fixture.js";
import { RosterServer } from "./one-roster.fixture.js";

const signal = new AbortController().signal;

function fill(roster: RosterServer): void {
  for (let number = 0; number < 250; number += 1) {
    roster.put("users", {
      sourcedId: `u${number}`, username: `user${number}`, givenName: "Ünal", familyName: "O'Hara",
      enabledUser: number % 2 === 0 ? "true" : false, email: `u${number}@school.example`,
      role: "student", roles: [{ roleType: "primary", role: "student" }], grades: ["09", "10"],
      userIds: [{ type: "LDAP", identifier: `l${number}` }], orgs: [{ sourcedId: "o1" }],
      primaryOrg: { sourcedId: "o1" },
    });
  }
  for (const id of ["c1", "c2"]) {
    roster.put("classes", { sourcedId: id, title: `Class ${id}`, school: { sourcedId: "o1" } });
  }
  for (let number = 0; number < 220; number += 1) {
    roster.enrol(`e${number}`, `u${number}`, "c1", "student");
  }
  roster.enrol("t1", "u240", "c1", "teacher");
  roster.enrol("a1", "u241", "c1", "administrator");
  roster.enrol("e-again", "u3", "c1", "student");
  roster.put("users", { sourcedId: "gone", username: "gone", status: "tobedeleted" });
  roster.enrol("e-gone", "u5", "c2", "student", "tobedeleted");
}

async function replicaOf(connector: Connector): Promise<Replica> {
  const { objects, members, skips, error } = await readAll(connector);
  expect([skips, error]).toEqual([[], undefined]);
  return new Replica(objects, members);
}

const ways = [
  ["1.1", {}], ["1.2", {}], ["1.2", { paging: { kind: "linkHeader" }, query: { limit: "30" } }],
] as const;

test.each(ways)("OneRoster %s %j: users, classes and enrolments are read whole", async (
  version, list,
) => {
  await using roster = await RosterServer.start();
  fill(roster);
  const settings = await exampleFor(`one-roster-${version}`, roster.origin) as {
    readonly users: { readonly list: object };
  };
  const connector = await connectJson({
    ...settings, users: { ...settings.users, list: { ...settings.users.list, ...list } },
  });
  await connector.check(signal);
  const { objects, members } = await replicaOf(connector);
  expect(objects.size).toBe(252);
  expect(objects.get("u7")).toMatchObject({
    kind: "user", name: "user7", enabled: false,
    attributes: { givenName: "Ünal", familyName: "O'Hara", grades: ["09", "10"],
      userIds: ["l7"] },
  });
  expect(objects.has("gone")).toBe(false);
  expect(members).toHaveLength(221);
  expect(members).toContain("c1 u240");
  expect(members).not.toContain("c1 u241");
  expect(connector.writes).toBeUndefined();
  await connector.close();
});

test.each(["1.1", "1.2"])("OneRoster %s: who is told all changes knows all", async (version) => {
  await using roster = await RosterServer.start();
  fill(roster);
  const connector = await connectJson(await exampleFor(`one-roster-${version}`, roster.origin));
  const { token, reportsDeletions } = await connector.changes?.begin(signal) ?? { token: "" };
  expect(reportsDeletions).toBe(false);
  const replica = await replicaOf(connector);
  roster.put("users", { ...roster.users.get("u7"), sourcedId: "u7", familyName: "New" });
  roster.put("users", { sourcedId: "u8", username: "user8", status: "tobedeleted" });
  roster.put("users", { sourcedId: "n1", username: "new1", enabledUser: true });
  // One of two enrolments of one person ends: she is still in the class.
  roster.enrol("e-again", "u3", "c1", "student", "tobedeleted");
  roster.enrol("e4", "u4", "c1", "student", "tobedeleted");
  roster.enrol("n1", "n1", "c2", "student");
  const before = roster.seen.length;
  for await (const batch of connector.changes?.changes(token, { signal, batchSizeMax: 50 }) ?? []) {
    replica.apply(batch);
  }
  const asked = roster.seen.slice(before);
  expect(asked.filter(({ path }) => path.endsWith("/users"))
    .every(({ query }) => /^dateLastModified>='\d{4}-.+Z'$/.test(query.get("filter") ?? "")))
    .toBe(true);
  const now = await replicaOf(connector);
  expect(replica.members).toEqual(now.members);
  expect(replica.members).toContain("c1 u3");
  expect(replica.members).not.toContain("c1 u4");
  expect(new Map([...replica.objects].sort())).toEqual(new Map([...now.objects].sort()));
  await connector.close();
});
