import { expect, test } from "vitest";
import { scimDialectNames, scimDialects } from "./dialects.js";
import { scimKind } from "./scim-kind.js";

const good = {
  url: "https://scim.example.org/v2", users: {},
  authentication: { kind: "bearer", tokenSecret: "token" },
};
const problems = (settings: object) =>
  scimKind.validate({ ...good, ...settings }).map(({ setting }) => setting);

test("settings that are right have no problems", () => {
  const oauth2 = {
    kind: "oauth2", tokenUrl: "https://sign-in.example.org/token", clientId: "me",
    clientSecret: "client",
  };
  for (const settings of [
    {}, { groups: {} }, { authentication: oauth2 }, { url: "http://127.0.0.1:1", allowPlain: true },
    { users: { filter: 'userName eq ")(" and (active eq true)' } },
    { authentication: { kind: "basic", user: "me", passwordSecret: "p" } },
    { dialect: "slack", quirks: { pageSizeMax: 50 } },
  ]) expect(problems(settings)).toEqual([]);
});

test.each([
  [{ url: "http://scim.example.org" }, ["url"]],
  [{ url: "http://scim.example.org", allowPlain: true }, ["url"]],
  [{ url: "ftp://x" }, ["url"]], [{ url: "https://a:b@x" }, ["url"]],
  [{ url: "https://x/?a=1" }, ["url"]], [{ url: "https://x/#a" }, ["url"]],
  [{ users: undefined }, ["users"]],
  [{ authentication: { kind: "none" } }, ["authentication.kind"]],
  [{ authentication: { kind: "basic", user: "a:b", passwordSecret: "p" } },
    ["authentication.user"]],
  [{ authentication: {
    kind: "oauth2", tokenUrl: "http://x", clientId: "me", clientSecret: "c",
  } }, ["authentication.tokenUrl"]],
  [{ users: { filter: "a eq \"x" } }, ["users.filter"]],
  [{ users: { filter: "a pr) or (b pr" } }, ["users.filter"]],
  [{ users: { filter: "a[b pr)" } }, ["users.filter"]],
  [{ users: { endpoint: "https://elsewhere/Users" } }, ["users.endpoint"]],
  [{ users: { endpoint: "/../Users" } }, ["users.endpoint"]],
  [{ users: { attributes: [{ name: "__proto__" }] } }, ["users.attributes.0.name"]],
  [{ users: { pageSize: 1 } }, ["users.pageSize"]],
  [{ dialect: "unheard of" }, ["dialect"]],
  [{ dialect: "aws-identity-center", users: undefined, groups: {} }, ["users"]],
  [{ quirks: { showsMembers: false, updates: "patch" }, groups: {} }, ["groups"]],
  [{ quirks: { showsMembers: false, memberFilters: true }, groups: {} }, ["quirks.updates"]],
  [{ quirks: { filters: "none" }, users: { filter: "a pr" } }, ["users.filter"]],
  [{ ca: "x" }, ["ca"]], [{ unheardOf: 1 }, ["unheardOf"]],
])("%j is told to be wrong at %j", (settings, expected) => {
  expect(problems(settings)).toEqual(expected);
});

test("every record of a server says where its facts are from", () => {
  expect(scimDialectNames).toContain("rfc");
  for (const name of scimDialectNames) expect(scimDialects[name].source.length).toBeGreaterThan(30);
});
