import { describe, expect, test } from "vitest";
import { exampleFor } from "./hr-api.fixture.js";
import { httpJsonKind } from "./http-json-kind.js";

type Json = Record<string, unknown>;

const list = { path: "/people", paging: { kind: "none" } };
const users = {
  list, anchor: "id", name: "login", attributes: { login: { path: "login" } },
};
const good = {
  url: "https://hr.example.org/api", users,
  authentication: { kind: "apiKey", in: "header", name: "X-Api-Key", keySecret: "key" },
};
const item = { path: "/people/{anchor}" };
const find = { path: "/people", query: { login: "{name}" }, paging: { kind: "none" } };
const since = { kind: "since", query: { since: "{since}" } };

const problems = (settings: object): readonly string[] =>
  httpJsonKind.validate(settings).map(({ setting, message }) => `${setting} ${message}`);
const withList = (more: Json): Json =>
  ({ ...good, users: { ...users, list: { ...list, ...more } } });
const withWrites = (more: Json): Json =>
  ({ ...good, users: { ...users, writes: { item, find, ...more } } });
const withMembers = (members: Json, more: Json = {}): Json => ({
  ...good, groups: { ...users, list: { ...list, ...more }, members },
});

test("the examples of the documents and the smallest settings are good", async () => {
  for (const name of ["hr-rest-api", "one-roster-1.1", "one-roster-1.2"]) {
    expect(problems(await exampleFor(name, "https://sis.example.org"))).toEqual([]);
  }
  expect(problems(good)).toEqual([]);
});

test("no example holds a secret, and each is https", async () => {
  for (const name of ["hr-rest-api", "one-roster-1.1", "one-roster-1.2"]) {
    const text = JSON.stringify(await exampleFor(name, "https://sis.example.org"));
    expect(text).not.toMatch(/http:|password"|token":"[^n]/i);
  }
});

describe("what is wrong is named by its setting", () => {
  test.each<[object, readonly string[]]>([
    [{}, ["url is required", "authentication is required"]],
    [{ url: good.url, authentication: { kind: "none" } }, ["users or groups is required"]],
    [{ ...good, url: "http://hr.example.org" }, ["url is https://: secrets never travel in clear"]],
    [{ ...good, url: "http://hr.example.org", allowPlain: true },
      ["url is https://: in clear is for this machine (loopback) only"]],
    [{ ...good, authentication: { kind: "apiKey", in: "header", name: "a b", keySecret: "key" } },
      ["authentication.name has only letters, digits and -"]],
    [{ ...good, headers: { Authorization: "x" } },
      ["headers.Authorization is not for the settings to say"]],
    [{ ...good, headers: { "x-a": "a\r\nb" } },
      ["headers.x-a has only visible letters of ASCII"]],
    [{ ...good, errors: [{ kind: "stop", code: "MISCONFIGURED" }] },
      ["errors.0.status or path is required"]],
    [{ ...good, users: { ...users, name: "nobody" } }, ["users.name is one of the attributes"]],
    [{ ...good, users: { ...users, anchor: "__proto__.id" } },
      ["users.anchor is a JSON pointer such as /name/family, or names with dots between"]],
    [{ ...good, users: { ...users, anchor: "a..b" } },
      ["users.anchor is a JSON pointer such as /name/family, or names with dots between"]],
    [withList({ path: "/people/../x" }),
      ["users.list.path is a path below the url, such as /people/{anchor}"]],
    [withList({ path: "https://else.example" }),
      ["users.list.path is a path below the url, such as /people/{anchor}"]],
    [withList({ path: "/people/{anchor}" }), ["users.list.path has no {anchor}, but nothing"]],
    [withList({ body: {} }), ["users.list.body is for POST, PUT, PATCH and DELETE"]],
    [withList({ changes: { kind: "since", query: { since: "now" } } }),
      ["users.list.changes.query has {since}"]],
    [withList({ changes: { kind: "delta", ...list, token: "next", paging: {
      kind: "page", parameter: "page",
    } } }), [
      "users.list.changes.tombstone is required: else nobody could tell who is gone",
      "users.list.changes.paging.kind is none, cursor, nextLink or linkHeader",
    ]],
    [withWrites({ find: { ...find, query: { filter: "login eq {name}" } } }), [
      "users.writes.find.query.filter says how {name} is quoted, such as {name:doubled}, or is it "
      + "alone",
    ]],
    [withWrites({ find: { ...find, query: { filter: "login eq {name:bare}" } } }),
      ["users.writes.find.query.filter quotes by doubled, json, plain, not by bare"]],
    [withWrites({ find: { ...find, query: {} } }), ["users.writes.find.query has {name} or {id}"]],
    [withWrites({ find: { ...find, query: { ref: "{id}" } }, create: { path: "/people" } }),
      ["users.writes.create.id is required where find has {id}"]],
    [withWrites({ enable: { method: "POST", path: "/people/{anchor}/on" } }), [
      "users.writes.enable and disable go together",
      "users.enabled is required beside writes.enable: else nobody sees the state",
    ]],
    [withWrites({ delete: { method: "DELETE", path: "/people/{who}" } }),
      ["users.writes.delete.path has no {who}, but {anchor}"]],
    [withMembers({}), ["groups.members.ofGroup or inGroup or pairs is required"]],
    [withMembers({ inGroup: { path: "members" }, add: { method: "POST", path: "/x/{group}" } }),
      ["groups.members.add and remove go together"]],
    [withMembers({ pairs: { ...list, group: "g", member: "m", changes: since } },
      { changes: since }), [
      "users.list.changes is required where changes are told elsewhere",
      "groups.members.ofGroup is required beside changes of pairs",
    ]],
  ])("%j", (settings, expected) => {
    expect(problems(settings)).toEqual(expected);
  });
});

test("all problems come at once", () => {
  expect(problems({
    ...good, url: "ftp://x", extra: 1, headers: { host: "x" },
    users: { ...users, list: { ...list, paging: { kind: "pages" } } },
  }).map((each) => each.split(" ", 1)[0])).toEqual([
    "url", "headers.host", "users.list.paging.kind", "extra",
  ]);
});
