import { describe, expect, test } from "vitest";
import { groupType, resourceTypes, userType } from "../schema/resource-types.js";
import { badRequest, errorBody, ScimError } from "../scim-error.js";
import { orderOf, referencesOf, withIds, withoutOpenMembers } from "./bulk-references.js";
import { bulkRequestUrn, bulkResponse, parseBulk, type BulkOperation } from "./bulk-request.js";
import { resourceTypesOf, schemas, serviceProviderConfig } from "./discovery.js";
import { checkIfMatch, entityTag, isKnown, parseCondition } from "./entity-tag.js";
import { parseListQuery, parseSearch, searchUrn } from "./list-query.js";
import { listResponse } from "./list-response.js";
import { routeOf } from "./route.js";

const base = "https://joinery.example/scim/v2";

describe("paging and sorting", () => {
  const paging = (parameters: object) => parseListQuery([userType], { ...parameters }).paging;

  test.each([
    ["7644 §3.4.2.4 the first page by default", {}, { startIndex: 1, count: 100 }],
    ["7644 §3.4.2.4 text of a query", { startIndex: "11", count: "10" },
      { startIndex: 11, count: 10 }],
    ["7644 §3.4.2.4 an index below 1 is 1", { startIndex: "-4" }, { startIndex: 1, count: 100 }],
    ["7644 §3.4.2.4 a negative count is 0", { count: "-4" }, { startIndex: 1, count: 0 }],
    ["7644 §3.4.2.4 count 0 asks for the total", { count: "0" }, { startIndex: 1, count: 0 }],
    ["7644 §3.4.2.4 a count has a bound", { count: "9999999" }, { startIndex: 1, count: 1_000 }],
    ["7644 §3.4.3 numbers of a search request", { startIndex: 3, count: 5 },
      { startIndex: 3, count: 5 }],
    ["7644 §3.4.2 names in any case", { STARTINDEX: "3" }, { startIndex: 3, count: 100 }],
  ])("%s", (_, parameters, wanted) => {
    expect(paging(parameters)).toEqual({ kind: "index", ...wanted });
  });

  test.each([
    ["9865 §2 an empty cursor asks for the first page", { cursor: "" }, null, 100],
    ["9865 §2 a cursor with a count", { cursor: "abc", count: "7" }, "abc", 7],
  ])("%s", (_, parameters, cursor, count) => {
    expect(paging(parameters)).toEqual({ kind: "cursor", cursor, count });
  });

  test.each([
    ["7644 §3.4.2.4 an index is an integer", { startIndex: "x" }, "invalidValue"],
    ["7644 §3.4.2.4 a count is an integer", { count: "1.5" }, "invalidValue"],
    ["7644 §3.4.2.4 an index has a bound", { startIndex: "100001" }, "invalidValue"],
    ["9865 §2.1 a count beside a cursor is an integer", { cursor: "", count: "x" },
      "invalidCount"],
    ["9865 §2.1 a cursor is text", { cursor: ["a", "b"] }, "invalidCursor"],
    ["9865 §2.1 cursor and index exclude each other", { cursor: "", startIndex: "1" },
      "invalidCursor"],
    ["7644 §3.4.2.3 sortOrder is one of two", { sortBy: "userName", sortOrder: "up" },
      "invalidValue"],
    ["7644 §3.4.2.3 sortBy names an attribute", { sortBy: "shoe" }, "invalidPath"],
    ["7644 §3.4.2.3 sortBy names one with a value", { sortBy: "name" }, "invalidPath"],
    ["7644 §3.4.2.2 a filter is given once", { filter: ["a pr", "b pr"] }, "invalidValue"],
  ])("%s", (_, parameters, scimType) => {
    expect(() => paging(parameters))
      .toThrow(expect.objectContaining({ status: 400, scimType }) as Error);
  });

  test("7644 §3.4.2.3 sorted by an attribute, ascending unless said", () => {
    const sort = (sortOrder?: string) =>
      parseListQuery([userType], { sortBy: "emails", sortOrder }).targets[0]?.sort;
    expect(sort()).toMatchObject({ descending: false, path: { sub: { name: "value" } } });
    expect(sort("Descending")).toMatchObject({ descending: true });
  });

  test("7644 §3.4.3 a search request says so", () => {
    expect(parseSearch([userType], { schemas: [searchUrn], count: 1 }).paging.count).toBe(1);
    expect(() => parseSearch([userType], { count: 1 }))
      .toThrow(expect.objectContaining({ scimType: "invalidSyntax" }) as Error);
  });

  test("7644 §3.4.2 a list response; 9865 §2 with the cursor of the next page", () => {
    expect(listResponse({ total: 3, resources: [{ id: "a" }], startIndex: 1 })).toEqual({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
      totalResults: 3, itemsPerPage: 1, startIndex: 1, Resources: [{ id: "a" }],
    });
    expect(listResponse({ total: 3, resources: [], nextCursor: "c" }))
      .toMatchObject({ nextCursor: "c" });
  });
});

describe("entity tags", () => {
  test.each([
    ["7644 §3.14 a tag of this version", 'W/"3"', true],
    ["7644 §3.14 a strong tag is compared weakly", '"3"', true],
    ["7644 §3.14 one of several", 'W/"1", W/"3"', true],
    ["7644 §3.14 any version", "*", true],
    ["7644 §3.14 no condition", undefined, true],
    ["7644 §3.14 a tag of another version", 'W/"2"', false],
    ["7644 §3.14 somebody else's tag", '"a330bc54f0671c9"', false],
  ])("%s", (_, header, passes) => {
    const check = () => checkIfMatch(parseCondition(header), 3);
    if (passes) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ status: 412 }) as Error);
  });

  test("7644 §3.14 If-None-Match: known or not", () => {
    expect(isKnown(parseCondition(entityTag(3)), 3)).toBe(true);
    expect(isKnown(parseCondition(entityTag(2)), 3)).toBe(false);
    expect(isKnown(parseCondition(undefined), 3)).toBe(false);
    expect(isKnown(parseCondition("*"), 3)).toBe(true);
  });

  test("7644 §3.14 what is no tag is refused", () => {
    expect(() => parseCondition("3")).toThrow(
      expect.objectContaining({ scimType: "invalidVers" }) as Error);
  });
});

describe("routes", () => {
  test.each([
    ["7644 §3.2 POST /Users", "POST", "/Users", { kind: "create", type: userType }],
    ["7644 §3.2 GET /Users", "GET", "/Users", { kind: "list", type: userType }],
    ["7644 §3.2 GET /Groups/x", "GET", "/Groups/x", { kind: "get", type: groupType, id: "x" }],
    ["7644 §3.2 PUT", "PUT", "/users/x", { kind: "replace", type: userType, id: "x" }],
    ["7644 §3.2 PATCH", "PATCH", "/users/x", { kind: "patch", type: userType, id: "x" }],
    ["7644 §3.2 DELETE", "DELETE", "/users/x", { kind: "delete", type: userType, id: "x" }],
    ["7644 §3.4.3 search", "POST", "/users/.search", { kind: "search", type: userType }],
    ["7644 §3.4.2.1 all kinds", "GET", "/", { kind: "listAll" }],
    ["7644 §3.4.3 all kinds", "POST", "/.search", { kind: "searchAll" }],
    ["7644 §3.7 bulk", "POST", "/Bulk", { kind: "bulk" }],
    ["7644 §4 configuration", "GET", "/ServiceProviderConfig", { kind: "serviceProviderConfig" }],
    ["7644 §4 schemas", "GET", "/Schemas", { kind: "schemas", id: null }],
    ["7644 §4 one schema", "GET", "/Schemas/urn:x", { kind: "schemas", id: "urn:x" }],
    ["7644 §4 kinds", "GET", "/ResourceTypes/User", { kind: "resourceTypes", id: "User" }],
  ])("%s", (_, method, path, wanted) => {
    expect(routeOf(method, path)).toEqual(wanted);
  });

  test.each([
    ["7644 §3.11 /Me is not there", "GET", "/Me", 501],
    ["7644 §3.11 /Me is not there", "PATCH", "/me/x", 501],
    ["7644 §3.4.2.1 nothing is made of no kind", "POST", "/", 405],
    ["7644 §3.4.3 a search is a POST", "GET", "/.search", 405],
    ["7644 §3.12 an unknown endpoint", "GET", "/Printers", 404],
    ["7644 §3.12 something below a resource", "GET", "/users/a/b", 404],
    ["7644 §3.12 PUT of all", "PUT", "/Users", 405],
    ["7644 §3.12 DELETE of the configuration", "DELETE", "/ServiceProviderConfig", 405],
    ["7644 §3.12 an unknown method", "CONSTRUCTOR", "/Users", 405],
    ["7644 §3.12 a path that is no text", "GET", "/users/%ff", 404],
  ])("%s", (_, method, path, status) => {
    expect(() => routeOf(method, path)).toThrow(expect.objectContaining({ status }) as Error);
  });
});

describe("errors", () => {
  test("7644 §3.12 the status is text, the keyword is said", () => {
    expect(errorBody(badRequest("invalidFilter", "why"))).toEqual({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: "400", scimType: "invalidFilter", detail: "why",
    });
    expect(errorBody(new ScimError(404, "gone"))).not.toHaveProperty("scimType");
  });
});

describe("discovery", () => {
  test("7643 §5 the configuration says what there is", () => {
    expect(serviceProviderConfig(base)).toMatchObject({
      patch: { supported: true }, bulk: { supported: true, maxOperations: 500 },
      filter: { supported: true }, sort: { supported: true }, etag: { supported: true },
      changePassword: { supported: false },
      meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
    });
  });

  test("9865 §4 the configuration says how it pages", () => {
    expect(serviceProviderConfig(base)).toMatchObject({
      pagination: { cursor: true, index: true, defaultPaginationMethod: "index" },
    });
  });

  test("7643 §7 every attribute has its characteristics", () => {
    const { Resources } = schemas(base, resourceTypes, null) as { Resources: { id: string }[] };
    expect(Resources.map(({ id }) => id)).toEqual([
      "urn:ietf:params:scim:schemas:core:2.0:User",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
      "urn:ietf:params:scim:schemas:core:2.0:Group",
    ]);
    const keys = ["name", "type", "multiValued", "description", "required", "mutability",
      "returned"];
    const check = (attributes: readonly Record<string, unknown>[]) => {
      for (const each of attributes) {
        expect(Object.keys(each)).toEqual(expect.arrayContaining(keys));
        check((each["subAttributes"] ?? []) as Record<string, unknown>[]);
      }
    };
    for (const each of Resources) {
      check((each as unknown as { attributes: Record<string, unknown>[] }).attributes);
    }
  });

  test("7644 §4 one schema by its URN, and none that is not there", () => {
    expect(schemas(base, resourceTypes, userType.schema.id)).toMatchObject({ name: "User" });
    expect(() => schemas(base, resourceTypes, "urn:x")).toThrow(
      expect.objectContaining({ status: 404 }) as Error);
  });

  test("7643 §6 kinds of resources name their schemas", () => {
    expect(resourceTypesOf(base, resourceTypes, "User")).toMatchObject({
      endpoint: "/Users", schema: userType.schema.id,
      schemaExtensions: [{ required: false }],
    });
    expect(() => resourceTypesOf(base, resourceTypes, "Printer")).toThrow(ScimError);
  });
});

describe("bulk", () => {
  const post = (bulkId: string, data: unknown, path = "/Users"): BulkOperation =>
    ({ method: "POST", bulkId, path, version: null, data });
  const member = (id: string) => ({ displayName: "G", members: [{ value: `bulkId:${id}` }] });

  test.each([
    ["7644 §3.7 the schema is named", { Operations: [] }, "invalidSyntax", 400],
    ["7644 §3.7 there are operations", { schemas: [bulkRequestUrn] }, "invalidSyntax", 400],
    ["7644 §3.7 a POST has a bulkId",
      { schemas: [bulkRequestUrn], Operations: [{ method: "POST", path: "/Users" }] },
      "invalidSyntax", 400],
    ["7644 §3.7 GET is not done in bulk",
      { schemas: [bulkRequestUrn], Operations: [{ method: "GET", path: "/Users" }] },
      "invalidSyntax", 400],
    ["7644 §3.7 failOnErrors is a count",
      { schemas: [bulkRequestUrn], failOnErrors: 0, Operations: [] }, "invalidValue", 400],
    ["7644 §3.7.4 operations have a bound",
      { schemas: [bulkRequestUrn], Operations: Array.from({ length: 501 }, () => ({})) },
      undefined, 413],
    ["7644 §3.7.2 a bulkId is given once", {
      schemas: [bulkRequestUrn],
      Operations: [post("a", {}), post("a", {})],
    }, "invalidValue", 400],
  ])("%s", (_, body, scimType, status) => {
    expect(() => parseBulk(body)).toThrow(
      expect.objectContaining({ scimType, status }) as Error);
  });

  test("7644 §3.7.2 what is named is made first, else the order stays", () => {
    const operations = [
      post("g", member("u"), "/Groups"), post("x", {}), post("u", {}), post("y", {}),
    ];
    expect(orderOf(operations)).toEqual([2, 0, 1, 3]);
  });

  test("7644 §3.7.1 a circle has an order too", () => {
    const operations = [post("a", member("b"), "/Groups"), post("b", member("a"), "/Groups")];
    expect(orderOf(operations)).toEqual([1, 0]);
    const open = withoutOpenMembers(operations[1] as BulkOperation);
    expect(open.operation.data).toEqual({ displayName: "G", members: [] });
    expect(open.members).toEqual([{ value: "bulkId:a" }]);
  });

  test("7644 §3.7.2 references in path and data become ids", () => {
    const operation = {
      ...post("p", { Operations: [{ value: [{ value: "bulkId:u" }] }] }, "/Groups/bulkId:g"),
      method: "PATCH" as const,
    };
    expect(referencesOf(operation)).toEqual(["g", "u"]);
    expect(withIds(operation, new Map([["g", "1"], ["u", "2"]]))).toMatchObject({
      path: "/Groups/1", data: { Operations: [{ value: [{ value: "2" }] }] },
    });
  });

  test("7644 §3.7.3 each operation is answered with its status as text", () => {
    const result = { method: "POST", bulkId: "a", location: "l", version: "v", status: 201 };
    expect(bulkResponse([result])).toMatchObject({
      Operations: [{ method: "POST", bulkId: "a", location: "l", version: "v", status: "201" }],
    });
  });
});
