import { expect, test } from "vitest";
import { ldapKind } from "./ldap-kind.js";

const users = { base: "ou=people,dc=example,dc=com" };
const good = { url: "ldaps://dc.example.com", bindDn: "cn=me", passwordSecret: "p", users };
const settings = (configuration: unknown): readonly string[] =>
  ldapKind.validate(configuration).map((each) => each.setting);

test("a good configuration has no problems", () => {
  expect(ldapKind.validate(good)).toEqual([]);
  expect(settings({ ...good, url: "ldap://dc.example.com:1389", startTls: true })).toEqual([]);
  expect(settings({ ...good, url: "ldap://127.0.0.1:1389", allowPlain: true })).toEqual([]);
  expect(settings({ ...good, url: "ldap://[::1]", allowPlain: true })).toEqual([]);
});

test("all problems are reported at once, each with its setting", () => {
  expect(
    settings({
      url: "http://x", bindDn: "", ca: "none", pageSize: 0, inFlightMax: 65, colour: "red",
      users: { base: "people", filter: "(uid=", rdnAttribute: "u id" },
      groups: { base: "ou=groups", memberAttribute: "owner" },
      protected: ["nobody"], timeouts: { connectMs: 1 },
    }),
  ).toEqual(
    expect.arrayContaining([
      "url", "bindDn", "ca", "pageSize", "inFlightMax", "colour", "passwordSecret", "users.base",
      "users.filter", "users.rdnAttribute", "groups.memberAttribute", "protected.0",
      "timeouts.connectMs",
    ]),
  );
});

test.for([
  [{ url: "ldap://dc.example.com" }, "startTls"],
  [{ url: "ldap://dc.example.com", allowPlain: true }, "allowPlain"],
  [{ url: "ldap://127.0.0.1.example.com", allowPlain: true }, "allowPlain"],
  [{ url: "ldap://localhost.example.com", allowPlain: true }, "allowPlain"],
  [{ startTls: true }, "startTls"],
  [{ url: "ldaps://user@dc.example.com" }, "url"],
  [{ url: "ldaps://dc.example.com/dc=x" }, "url"],
  [{ users: undefined }, "users"],
  [{ ca: "-----BEGIN CERTIFICATE-----", caSecret: "x" }, "caSecret"],
  [{ changes: "usn" }, "changes"],
  [{ overlapMs: 999 }, "overlapMs"],
  [{ groups: { base: "ou=groups" } }, "groups.placeholderMember"],
  [{ users: undefined, groups: { base: "ou=g", memberAttribute: "memberUid" } }, "users"],
] as const)("%j is refused at %s", ([change, setting]) => {
  expect(settings({ ...good, ...change })).toEqual([setting]);
});
