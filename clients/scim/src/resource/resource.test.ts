import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject, type JsonObject } from "../json.js";
import { groupType, userType } from "../schema/resource-types.js";
import { ScimError } from "../scim-error.js";
import { isReturned, project, toProjection, wholeResource } from "./project.js";
import { toResource } from "./to-resource.js";

const core = userType.schema.id;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const user = (more: object) => toResource(userType, { schemas: [core], userName: "a", ...more });

/** Title, what is sent beside a user name, what is kept beside it. */
const kept: readonly (readonly [string, object, object])[] = [
  ["7643 §2.1 names in any case", { NICKname: "x" }, { nickName: "x" }],
  ["7643 §2.1 names of parts in any case",
    { Name: { GIVENNAME: "x" } }, { name: { givenName: "x" } }],
  ["7643 §2.1 URNs in any case",
    { [enterprise.toUpperCase()]: { department: "x" } }, { [enterprise]: { department: "x" } }],
  ["7643 §2.5 null is no value", { nickName: null }, {}],
  ["7643 §2.5 an empty list is no value", { emails: [] }, {}],
  ["7643 §2.5 an object without parts is no value", { name: {} }, {}],
  ["7643 §2.5 a list of nothing is no value", { emails: [null, {}] }, {}],
  ["7643 §2.2 read-only attributes are passed over",
    { id: "x", meta: { version: "y" }, groups: [{ value: "g" }] }, {}],
  ["7643 §3.1 externalId is the client's", { externalId: "E1" }, { externalId: "E1" }],
  ["7643 §2.4 values of a list once",
    { emails: [{ value: "a" }, { value: "a" }] }, { emails: [{ value: "a" }] }],
  ["7643 §2.4 same value, another type: two values",
    { emails: [{ value: "a", type: "work" }, { value: "a", type: "home" }] },
    { emails: [{ value: "a", type: "work" }, { value: "a", type: "home" }] }],
  ["7643 §2.3.2 booleans", { active: false }, { active: false }],
  ["7643 §7 canonical values are suggestions",
    { emails: [{ value: "a", type: "barn" }] }, { emails: [{ value: "a", type: "barn" }] }],
  ["7643 §3.3 an extension", { [enterprise]: { department: "D", manager: { value: "m" } } },
    { [enterprise]: { department: "D", manager: { value: "m" } } }],
  ["7643 §2 attributes of no schema are passed over", { shoeSize: 9, password: "p" }, {}],
  ["7643 §4.1.1 a password is not kept", { password: "t1meMa$heen" }, {}],
  ["Entra: a boolean as text", { active: "False" }, { active: false }],
  ["Entra: one value where a list belongs",
    { emails: { value: "a" } }, { emails: [{ value: "a" }] }],
  ["text where an object with a value belongs", { emails: ["a"] }, { emails: [{ value: "a" }] }],
  ["no attribute of a prototype",
    JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}') as object, {}],
];

const refused: readonly (readonly [string, unknown, string])[] = [
  ["7643 §3 schemas are required", { userName: "a" }, "invalidSyntax"],
  ["7643 §3 schemas name the kind", { schemas: [groupType.schema.id], userName: "a" },
    "invalidSyntax"],
  ["7644 §3.3 a list is no resource", [], "invalidSyntax"],
  ["7644 §3.3 text is no resource", "x", "invalidSyntax"],
  ["7643 §4.1.1 a user has a name", { schemas: [core] }, "invalidValue"],
  ["7643 §4.1.1 the name is not empty", { schemas: [core], userName: " " }, "invalidValue"],
  ["7643 §2.3.1 a number is no text", { schemas: [core], userName: 3 }, "invalidValue"],
  ["7643 §2.3.2 text is no boolean", { schemas: [core], userName: "a", active: "x" },
    "invalidValue"],
  ["7643 §2.3.6 base64", { schemas: [core], userName: "a", x509Certificates: ["%%"] },
    "invalidValue"],
  ["7643 §2.3.8 an object where one belongs", { schemas: [core], userName: "a", name: "x" },
    "invalidValue"],
  ["7643 §2.4 one primary value at most", {
    schemas: [core], userName: "a",
    emails: [{ value: "a", primary: true }, { value: "b", primary: true }],
  }, "invalidValue"],
  ["7643 §3.3 an extension is an object", { schemas: [core], userName: "a", [enterprise]: "x" },
    "invalidValue"],
  ["U+0000 is nobody's name", { schemas: [core], userName: "a\0" }, "invalidValue"],
  ["half a character is nobody's name", { schemas: [core], userName: "\ud800" }, "invalidValue"],
];

describe("a resource that is sent", () => {
  test.each(kept)("%s", (_, sent, wanted) => {
    expect(user(sent)).toEqual({ userName: "a", ...wanted });
  });

  test.each(refused)("%s", (_, body, scimType) => {
    expect(() => toResource(userType, body))
      .toThrow(expect.objectContaining({ status: 400, scimType }) as Error);
  });

  test("7643 §4.2 a group has a name and members", () => {
    const body = {
      schemas: [groupType.schema.id], displayName: "G",
      members: [{ value: "u", display: "not ours to say" }],
    };
    expect(toResource(groupType, body)).toEqual({ displayName: "G", members: [{ value: "u" }] });
    expect(() => toResource(groupType, { ...body, displayName: "" })).toThrow(ScimError);
  });

  test("7644 §3.3 whatever is sent is a resource or refused, and sent again it is the same", () => {
    fc.assert(fc.property(fc.json({ maxDepth: 4 }), fc.jsonValue(), (json, emails) => {
      const sent = JSON.parse(json) as unknown;
      const body = isObject(sent)
        ? { ...sent, emails, schemas: [core], userName: "a" }
        : { emails, schemas: [core], userName: "a", name: sent };
      try {
        const resource = toResource(userType, body);
        expect(toResource(userType, { ...resource, schemas: [core] })).toEqual(resource);
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
      }
    }), { numRuns: 1_000 });
  });
});

const whole: JsonObject = {
  schemas: [core, enterprise], id: "1", externalId: "e", userName: "a",
  name: { givenName: "G", familyName: "F" },
  emails: [{ value: "x", type: "work" }, { value: "y", type: "home" }],
  meta: { resourceType: "User", version: 'W/"1"' },
  [enterprise]: { department: "D", division: "V" },
};

const seen: readonly (readonly [string, unknown, unknown, JsonObject])[] = [
  ["7644 §3.9 everything by default", undefined, undefined, whole],
  ["7644 §3.9 one attribute, and what is always returned", "userName", undefined,
    { schemas: [core, enterprise], id: "1", userName: "a" }],
  ["7644 §3.9 several, in any case", "USERNAME, externalid", undefined,
    { schemas: [core, enterprise], id: "1", userName: "a", externalId: "e" }],
  ["7644 §3.9 a part", "name.givenName", undefined,
    { schemas: [core, enterprise], id: "1", name: { givenName: "G" } }],
  ["7644 §3.9 a part of a list", "emails.value", undefined,
    { schemas: [core, enterprise], id: "1", emails: [{ value: "x" }, { value: "y" }] }],
  ["7644 §3.10 by URN", `${enterprise}:department`, undefined,
    { schemas: [core, enterprise], id: "1", [enterprise]: { department: "D" } }],
  ["7644 §3.10 a whole extension", enterprise, undefined,
    { schemas: [core, enterprise], id: "1", [enterprise]: { department: "D", division: "V" } }],
  ["7644 §3.9 unknown names select nothing", "shoeSize", undefined,
    { schemas: [core, enterprise], id: "1" }],
  ["7644 §3.9 a list of a search request", ["userName"], undefined,
    { schemas: [core, enterprise], id: "1", userName: "a" }],
  ["7644 §3.9 all but some", undefined, "emails,name,meta,externalId", {
    schemas: [core, enterprise], id: "1", userName: "a",
    [enterprise]: { department: "D", division: "V" },
  }],
  ["7644 §3.9 all but a part", undefined, `name.givenName,emails,meta,externalId,${enterprise}`,
    { schemas: [core, enterprise], id: "1", userName: "a", name: { familyName: "F" } }],
  ["7643 §7 what is always returned is never left out", undefined,
    `id,schemas,emails,name,meta,externalId,${enterprise}`,
    { schemas: [core, enterprise], id: "1", userName: "a" }],
];

describe("a resource that is answered", () => {
  test.each(seen)("%s", (_, attributes, excluded, wanted) => {
    expect(project(userType, whole, toProjection(attributes, excluded))).toEqual(wanted);
  });

  test("7644 §3.9 attributes and excludedAttributes exclude each other", () => {
    expect(() => toProjection("a", "b")).toThrow(ScimError);
  });

  test("members are read only where they are answered", () => {
    expect(isReturned(groupType, wholeResource, "members")).toBe(true);
    expect(isReturned(groupType, toProjection("displayName", undefined), "members")).toBe(false);
    expect(isReturned(groupType, toProjection("members.value", undefined), "members")).toBe(true);
    expect(isReturned(groupType, toProjection(undefined, "members"), "members")).toBe(false);
  });
});
