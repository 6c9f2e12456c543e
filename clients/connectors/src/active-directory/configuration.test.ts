import { expect, test } from "vitest";
import { activeDirectoryKind } from "./active-directory-kind.js";
import {
  activeDirectoryConfigurationSchema, domainOf, toLdapConfiguration,
} from "./configuration.js";

const good = {
  url: "ldaps://dc1.corp.example", bindDn: "sync@corp.example", passwordSecret: "sync",
  users: { base: "OU=People,DC=corp,DC=example" },
};
const settingsWrong = (more: Record<string, unknown>): readonly string[] =>
  activeDirectoryKind.validate({ ...good, ...more }).map((problem) => problem.setting);

test("good settings have no problems, and every wrong one is named at once", () => {
  expect(settingsWrong({})).toEqual([]);
  expect(settingsWrong({ url: "ldap://dc1.corp.example", startTls: true })).toEqual([]);
  expect(settingsWrong({ url: "ldap://dc1.corp.example" })).toEqual(["startTls"]);
  expect(settingsWrong({ url: "ldap://127.0.0.1" })).toEqual(["startTls"]);
  expect(settingsWrong({ allowPlain: true })).toEqual(["allowPlain"]);
  expect(settingsWrong({ url: "ldaps://dc1.corp.example:3269" })).toEqual(["url"]);
  expect(settingsWrong({ users: undefined })).toEqual(["users"]);
  expect(settingsWrong({ users: { base: "ou=people,o=example" } })).toEqual(["users.base"]);
  expect(settingsWrong({ groups: { base: "DC=example" } })).toEqual(["groups.base"]);
  expect(settingsWrong({ groups: { base: "x" }, bindDn: "", memberPageSize: 0 })).toEqual([
    "bindDn", "groups.base", "memberPageSize",
  ]);
});

test("the rest is what the LDAP connector takes", () => {
  const { users, groups, referrals } = toLdapConfiguration(
    activeDirectoryConfigurationSchema.parse({ ...good, groups: { base: "DC=corp,DC=example" } }),
  );
  expect(users).toMatchObject({ anchorAttribute: "objectGUID", rdnAttribute: "cn", scope: "sub" });
  expect(groups).toMatchObject({ memberAttribute: "member", filter: "(objectClass=group)" });
  expect(referrals).toBe("refuse");
});

test("a domain is what a name ends in", () => {
  expect(domainOf("OU=People,DC=corp,DC=example")).toBe("DC=corp,DC=example");
  expect(domainOf("dc=x,OU=People,DC=corp,DC=example")).toBe("DC=corp,DC=example");
  expect(domainOf("DC=corp,DC=example")).toBe("DC=corp,DC=example");
});
