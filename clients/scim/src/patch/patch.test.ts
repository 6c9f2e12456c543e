import { describe, expect, test } from "vitest";
import type { JsonObject } from "../json.js";
import { groupType, userType } from "../schema/resource-types.js";
import type { ScimResourceType } from "../schema/schema.js";
import { ScimError } from "../scim-error.js";
import { applyPatch } from "./apply-patch.js";
import { parsePatch, patchUrn } from "./patch-request.js";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const user: JsonObject = {
  userName: "bjensen",
  active: true,
  name: { familyName: "Jensen", givenName: "Barbara" },
  emails: [
    { value: "b@work", type: "work", primary: true },
    { value: "b@home", type: "home" },
  ],
  [enterprise]: { department: "Tours", manager: { value: "m1" } },
};

const group: JsonObject = {
  displayName: "Guides", members: [{ value: "u1", type: "User" }, { value: "u2", type: "User" }],
};

type Operation = Readonly<Record<string, unknown>>;

function patched(
  resource: JsonObject,
  operations: readonly Operation[],
  type: ScimResourceType = userType,
): JsonObject {
  const sent = JSON.stringify({ schemas: [patchUrn], Operations: operations });
  const body = JSON.parse(sent) as object;
  const before = structuredClone(resource);
  const after = applyPatch(type, resource, parsePatch(type, body));
  expect(resource).toEqual(before);
  return after;
}

/** Title, operations, what differs afterwards (undefined: gone). */
const table: readonly (readonly [string, readonly Operation[], Operation])[] = [
  ["7644 §3.5.2.1 add sets a single value",
    [{ op: "add", path: "title", value: "Guide" }], { title: "Guide" }],
  ["7644 §3.5.2.1 add replaces a single value",
    [{ op: "add", path: "userName", value: "babs" }], { userName: "babs" }],
  ["7644 §3.5.2.1 add without a path sets what the object says",
    [{ op: "add", value: { title: "Guide", nickName: "Babs" } }],
    { title: "Guide", nickName: "Babs" }],
  ["7644 §3.5.2.1 add to a complex attribute adds its parts",
    [{ op: "add", path: "name", value: { middleName: "J" } }],
    { name: { familyName: "Jensen", givenName: "Barbara", middleName: "J" } }],
  ["7644 §3.5.2.1 add appends to a list",
    [{ op: "add", path: "emails", value: [{ value: "b@other", type: "other" }] }],
    { emails: [...user["emails"] as [], { value: "b@other", type: "other" }] }],
  ["7644 §3.5.2.1 add of a value that is there changes nothing",
    [{ op: "add", path: "emails", value: [{ type: "home", value: "b@home" }] }], {}],
  ["7644 §3.5.2 a new primary value is the only one",
    [{ op: "add", path: "emails", value: [{ value: "p", type: "other", primary: true }] }],
    { emails: [
      { value: "b@work", type: "work", primary: false }, { value: "b@home", type: "home" },
      { value: "p", type: "other", primary: true },
    ] }],
  ["7644 §3.5.2 primary is moved by a value path",
    [{ op: "replace", path: 'emails[type eq "home"].primary', value: true }],
    { emails: [
      { value: "b@work", type: "work", primary: false },
      { value: "b@home", type: "home", primary: true },
    ] }],
  ["7644 §3.5.2.2 remove takes a single value away",
    [{ op: "remove", path: "active" }], { active: undefined }],
  ["7644 §3.5.2.2 remove takes a whole list away",
    [{ op: "remove", path: "emails" }], { emails: undefined }],
  ["7644 §3.5.2.2 remove takes the values that a filter selects",
    [{ op: "remove", path: 'emails[type eq "work"]' }],
    { emails: [{ value: "b@home", type: "home" }] }],
  ["7644 §3.5.2.2 the last value that goes leaves no list",
    [{ op: "remove", path: "emails[value pr]" }], { emails: undefined }],
  ["7644 §3.5.2.2 remove takes a part of a complex attribute",
    [{ op: "remove", path: "name.givenName" }], { name: { familyName: "Jensen" } }],
  ["7644 §3.5.2.2 the last part that goes leaves no attribute",
    [{ op: "remove", path: "name.givenName" }, { op: "remove", path: "name.familyName" }],
    { name: undefined }],
  ["7644 §3.5.2.2 remove takes a part of the selected values",
    [{ op: "remove", path: 'emails[type eq "work"].primary' }],
    { emails: [{ value: "b@work", type: "work" }, { value: "b@home", type: "home" }] }],
  ["7644 §3.5.2.3 replace sets a single value",
    [{ op: "replace", path: "userName", value: "babs" }], { userName: "babs" }],
  ["7644 §3.5.2.3 replace of a complex attribute sets the given parts",
    [{ op: "replace", path: "name", value: { givenName: "Babs" } }],
    { name: { familyName: "Jensen", givenName: "Babs" } }],
  ["7644 §3.5.2.3 replace of a list sets all of it",
    [{ op: "replace", path: "emails", value: [{ value: "x" }] }], { emails: [{ value: "x" }] }],
  ["7644 §3.5.2.3 replace with nothing takes a list away",
    [{ op: "replace", path: "emails", value: [] }], { emails: undefined }],
  ["7644 §3.5.2.3 replace of selected values",
    [{ op: "replace", path: 'emails[type eq "home"]', value: { value: "n", type: "home" } }],
    { emails: [{ value: "b@work", type: "work", primary: true }, { value: "n", type: "home" }] }],
  ["7644 §3.5.2.3 replace of a part of selected values",
    [{ op: "replace", path: 'emails[type eq "work"].value', value: "new" }],
    { emails: [
      { value: "new", type: "work", primary: true }, { value: "b@home", type: "home" },
    ] }],
  ["7644 §3.5.2.3 replace without a path",
    [{ op: "replace", value: { active: false, name: { givenName: "B" } } }],
    { active: false, name: { familyName: "Jensen", givenName: "B" } }],
  ["7644 §3.5.2 operations are done in order",
    [{ op: "add", path: "title", value: "A" }, { op: "replace", path: "title", value: "B" }],
    { title: "B" }],
  ["7644 §3.10 a path with the URN of the core schema",
    [{ op: "replace", path: "urn:ietf:params:scim:schemas:core:2.0:User:title", value: "T" }],
    { title: "T" }],
  ["7644 §3.10 a path into an extension",
    [{ op: "replace", path: `${enterprise}:department`, value: "Sales" }],
    { [enterprise]: { department: "Sales", manager: { value: "m1" } } }],
  ["7644 §3.10 a part of an extension's attribute",
    [{ op: "replace", path: `${enterprise}:manager.value`, value: "m2" }],
    { [enterprise]: { department: "Tours", manager: { value: "m2" } } }],
  ["7643 §2.1 names of attributes in any case",
    [{ op: "replace", path: "USERNAME", value: "x" }], { userName: "x" }],
  ["7643 §2.5 null is no value",
    [{ op: "replace", path: "active", value: null }], { active: undefined }],
  ["Entra: op with a capital",
    [{ op: "Replace", path: "title", value: "T" }], { title: "T" }],
  ["Entra: booleans as text",
    [{ op: "Replace", path: "active", value: "False" }], { active: false }],
  ["Entra: no path, paths as names",
    [{ op: "Add", value: {
      "name.givenName": "B2", 'emails[type eq "work"].value': "w2",
      [`${enterprise}:department`]: "D2", active: "True",
    } }],
    { name: { familyName: "Jensen", givenName: "B2" }, [enterprise]:
      { department: "D2", manager: { value: "m1" } },
    emails: [{ value: "w2", type: "work", primary: true }, { value: "b@home", type: "home" }] }],
  ["Entra: add by a filter that selects nothing makes the value",
    [{ op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "+41" }],
    { phoneNumbers: [{ type: "mobile", value: "+41" }] }],
  ["Entra: roles by a boolean as text",
    [{ op: "Add", path: 'roles[primary eq "True"].value', value: "admin" }],
    { roles: [{ primary: true, value: "admin" }] }],
  ["Entra: the manager as text",
    [{ op: "Add", path: `${enterprise}:manager`, value: "m9" }],
    { [enterprise]: { department: "Tours", manager: { value: "m9" } } }],
  ["Entra: an extension as a whole",
    [{ op: "Replace", path: enterprise, value: { department: "D3" } }],
    { [enterprise]: { department: "D3", manager: { value: "m1" } } }],
  ["Entra: one value where a list belongs",
    [{ op: "Add", path: "emails", value: { value: "o", type: "other" } }],
    { emails: [...user["emails"] as [], { value: "o", type: "other" }] }],
  ["Okta: id and schemas are repeated, and change nothing",
    [{ op: "replace", value: { id: "other", schemas: ["x"], active: false } }], { active: false }],
  ["Okta: a password without a path changes nothing, nor does what no schema has",
    [{ op: "replace", value: { password: "p", shoeSize: 9, title: "T" } }], { title: "T" }],
  ["Okta: read-only attributes without a path change nothing",
    [{ op: "replace", value: { groups: [{ value: "g" }], title: "T" } }], { title: "T" }],
];

describe("PATCH of a user", () => {
  test.each(table)("%s", (_, operations, differs) => {
    const wanted = Object.fromEntries(
      Object.entries({ ...user, ...differs }).filter(([, value]) => value !== undefined));
    expect(patched(user, operations)).toEqual(wanted);
  });
});

const ofMembers: readonly (readonly [string, readonly Operation[], readonly string[]])[] = [
  ["7644 §3.5.2.1 add members",
    [{ op: "add", path: "members", value: [{ value: "u3" }] }], ["u1", "u2", "u3"]],
  ["7644 §3.5.2.2 remove a member by a filter",
    [{ op: "remove", path: 'members[value eq "u1"]' }], ["u2"]],
  ["7644 §3.5.2.2 removing who is out is well",
    [{ op: "remove", path: 'members[value eq "u9"]' }], ["u1", "u2"]],
  ["Entra: remove with a list of members takes those alone",
    [{ op: "Remove", path: "members", value: [{ value: "u2" }] }], ["u1"]],
  ["Entra: remove with one member as an object",
    [{ op: "Remove", path: "members", value: { value: "u2" } }], ["u1"]],
  ["7644 §3.5.2.2 remove of all members",
    [{ op: "remove", path: "members" }], []],
  ["7644 §3.5.2.3 replace of all members",
    [{ op: "replace", path: "members", value: [{ value: "u7" }] }], ["u7"]],
  ["Okta: replace without a path",
    [{ op: "replace", value: { id: "g", displayName: "Guides" } }], ["u1", "u2"]],
];

describe("PATCH of a group", () => {
  test.each(ofMembers)("%s", (_, operations, wanted) => {
    const { members = [] } = patched(group, operations, groupType);
    expect((members as { value: string }[]).map(({ value }) => value)).toEqual(wanted);
  });
});

const refusals: readonly (readonly [string, Operation, string])[] = [
  ["7644 §3.5.2.2 remove without a path", { op: "remove" }, "noTarget"],
  ["7644 §3.5.2.3 replace of a value that is not there",
    { op: "replace", path: 'emails[type eq "other"].value', value: "x" }, "noTarget"],
  ["7644 §3.5.2.2 a required attribute stays", { op: "remove", path: "userName" }, "mutability"],
  ["7644 §3.5.2.2 a required attribute is never null",
    { op: "replace", path: "userName", value: null }, "mutability"],
  ["7644 §3.5.2 a read-only attribute", { op: "replace", path: "id", value: "x" }, "mutability"],
  ["7644 §3.5.2 a read-only list",
    { op: "add", path: "groups", value: [{ value: "g" }] }, "mutability"],
  ["7644 §3.5.2 a read-only part",
    { op: "replace", path: "meta.created", value: "2020-01-01T00:00:00Z" }, "mutability"],
  ["7644 §3.5.2 an unknown attribute", { op: "add", path: "shoe", value: 9 }, "invalidPath"],
  ["7644 §3.5.2 a path that is none", { op: "add", path: "emails[", value: 9 }, "invalidPath"],
  ["7644 §3.5.2 a path of another type", { op: "add", path: 3, value: 9 }, "invalidPath"],
  ["7644 §3.5.2 a filter over a single value",
    { op: "add", path: 'name[givenName eq "x"]', value: {} }, "invalidPath"],
  ["7644 §3.5.2 a filter that is none",
    { op: "add", path: "emails[shoe eq 9]", value: {} }, "invalidFilter"],
  ["7644 §3.5.2 an unknown op", { op: "move", path: "title", value: "x" }, "invalidSyntax"],
  ["7644 §3.5.2.1 add without a value", { op: "add", path: "title" }, "invalidValue"],
  ["7644 §3.5.2.1 a value of another type",
    { op: "add", path: "title", value: { a: 1 } }, "invalidValue"],
  ["7644 §3.5.2.1 a boolean that is none",
    { op: "replace", path: "active", value: "perhaps" }, "invalidValue"],
  ["7644 §3.5.2.1 without a path the value is an object",
    { op: "add", value: "x" }, "invalidSyntax"],
  ["a dotted name that no schema has", { op: "add", value: { "name.shoe": 9 } }, "invalidPath"],
  ["no attribute of a prototype by a path",
    { op: "add", path: "__proto__.polluted", value: true }, "invalidPath"],
  ["no attribute of a prototype by the constructor",
    { op: "add", path: "constructor.prototype.polluted", value: true }, "invalidPath"],
];

describe("PATCH that is refused", () => {
  test.each(refusals)("%s", (_, operation, scimType) => {
    expect(() => patched(user, [{ op: "add", path: "title", value: "T" }, operation]))
      .toThrow(expect.objectContaining({ scimType, status: 400 }) as Error);
  });

  test("7644 §3.5.2 a body without the schema of PATCH is no PATCH", () => {
    const body = { Operations: [{ op: "add", path: "title", value: "x" }] };
    expect(() => parsePatch(userType, body)).toThrow(ScimError);
  });

  test("7644 §3.5.2 no operations are refused", () => {
    expect(() => parsePatch(userType, { schemas: [patchUrn], Operations: [] })).toThrow(ScimError);
  });
});

test.each([
  '{"op":"add","value":{"__proto__":{"polluted":true}}}',
  '{"op":"add","value":{"constructor":{"prototype":{"polluted":true}}}}',
  '{"op":"add","path":"name","value":{"__proto__":{"polluted":true},"givenName":"x"}}',
  '{"op":"add","path":"emails","value":[{"__proto__":{"polluted":true},"value":"x"}]}',
  `{"op":"add","path":"${enterprise}","value":{"__proto__":{"polluted":true}}}`,
  '{"__proto__":{"op":"add","path":"title","value":"x"}}',
  '{"op":"add","value":{"name.__proto__":{"polluted":true}}}',
  '{"op":"replace","path":"emails[__proto__ eq 1]","value":{"polluted":true}}',
])("no prototype is polluted: %s", (operation) => {
  const body: unknown = JSON.parse(`{"schemas":["${patchUrn}"],"Operations":[${operation}]}`);
  try {
    applyPatch(userType, user, parsePatch(userType, body));
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
  }
  expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
  expect(Object.prototype).not.toHaveProperty("polluted");
});
