import { describe, expect, test } from "vitest";
import { toConnectorObject, pushedSchema } from "./pushed-attributes.js";
import { plainTypes, schemaProblems, typesOf } from "./pushed-types.js";

const urn = "urn:example:params:scim:schemas:extension:school:2.0:User";
const school = {
  id: urn, name: "School", attributes: [
    { name: "grade", type: "integer" }, { name: "courses", multiValued: true },
    { name: "badge", caseExact: true },
  ],
};
const settingsOf = (...declared: readonly unknown[]) =>
  schemaProblems(declared).map(({ setting }) => setting);

describe("schemas that an application declares", () => {
  test("are none unless said, and those that are right have no problem", () => {
    expect(schemaProblems(undefined)).toEqual([]);
    expect(typesOf({})).toBe(plainTypes);
    expect(settingsOf(school, { ...school, id: "urn:example:g", of: "Group" })).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ["no list", school, "schemas"],
    ["too many", Array.from({ length: 21 }, () => school), "schemas"],
    ["no object", ["x"], "schemas.0"],
    ["no URN", [{ ...school, id: "school" }], "schemas.0.id"],
    ["a URN with a quote", [{ ...school, id: "urn:x:'; drop" }], "schemas.0.id"],
    ["the core's", [{ ...school, id: "URN:ietf:params:scim:schemas:core:2.0:user" }],
      "schemas.0.id"],
    ["a part of another", [school, { ...school, id: `${urn}:more` }], "schemas.1.id"],
    ["one of robots", [{ ...school, of: "Robot" }], "schemas.0.of"],
    ["an unknown setting", [{ ...school, extra: 1 }], "schemas.0.extra"],
    ["no attribute", [{ ...school, attributes: [] }], "schemas.0.attributes"],
    ["a name with a dot", [{ ...school, attributes: [{ name: "a.b" }] }],
      "schemas.0.attributes.0.name"],
    ["a prototype", [{ ...school, attributes: [{ name: "__proto__" }] }],
      "schemas.0.attributes.0.name"],
    ["a name twice", [{ ...school, attributes: [{ name: "a" }, { name: "A" }] }],
      "schemas.0.attributes.1.name"],
    ["a complex one", [{ ...school, attributes: [{ name: "a", type: "complex" }] }],
      "schemas.0.attributes.0.type"],
    ["a required one", [{ ...school, attributes: [{ name: "a", required: true }] }],
      "schemas.0.attributes.0.required"],
  ])("%s is refused by its place", (_, declared, setting) => {
    expect(schemaProblems(declared).map((each) => each.setting)).toContain(setting);
  });

  test("are attributes that mappers see, under their URN", () => {
    const types = typesOf({ schemas: [school] });
    expect(typesOf({ schemas: [{ ...school }] })).toBe(types);
    expect(pushedSchema(types).user).toEqual(expect.arrayContaining([
      { name: `${urn}:grade`, type: "integer", caseIgnore: true },
      { name: `${urn}:courses`, type: "string", many: true },
      { name: `${urn}:badge`, type: "string" },
    ]));
    expect(pushedSchema(types).group).toEqual(pushedSchema(plainTypes).group);
    const object = {
      id: "1", kind: "user" as const, version: 1, createdAt: new Date(), modifiedAt: new Date(),
      resource: { userName: "a", [urn]: { grade: 7, courses: ["x", "y", "x"] } },
    };
    expect(toConnectorObject(types, object).attributes)
      .toMatchObject({ [`${urn}:grade`]: 7, [`${urn}:courses`]: ["x", "y"] });
  });
});
