import { expect, test } from "vitest";
import type { ConnectorSchema } from "../connector.js";
import { scriptedWebServer, type ScriptedAnswer } from "../http/scripted-web-server.fixture.js";
import { indexPage, unknown, userSchemaId } from "./list-server.fixture.js";
import { connectScim, settingsFor } from "./scimmy.fixture.js";

const signal = new AbortController().signal;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const own = "urn:example:params:scim:schemas:extension:badge:2.0:User";

async function describedBy(
  told: Readonly<Record<string, ScriptedAnswer>>, settings: object = {},
): Promise<{ readonly schema: ConnectorSchema; readonly listed: readonly string[] }> {
  await using server = await scriptedWebServer((request) => {
    const name = request.path.replace("/scim/v2/", "");
    return told[name] ?? (/Users|Groups|People|Staff/.test(name)
      ? { body: indexPage([], request) } : unknown);
  });
  const connector = await connectScim({ ...settingsFor(server.url), ...settings });
  const schema = await connector.reads?.describe(signal) ?? {};
  await connector.check(signal);
  await connector.close();
  const listed = server.seen.filter(({ query }) => query.has("startIndex"));
  return { schema, listed: listed.map(({ path }) => path) };
}

const list = (...Resources: readonly unknown[]): ScriptedAnswer =>
  ({ body: { totalResults: Resources.length, Resources } });

test("a server that says nothing of itself has the core schema and the usual places", async () => {
  for (const status of [400, 404, 405, 501]) {
    const nothing = { status, headers: { "content-type": "text/html" }, body: "<p>no</p>" };
    const { schema, listed } = await describedBy({
      ServiceProviderConfig: nothing, ResourceTypes: nothing, Schemas: nothing,
    });
    expect(listed).toEqual(["/scim/v2/Users", "/scim/v2/Groups"]);
    const names = schema.user?.map(({ name }) => name) ?? [];
    expect(names).toContain("name.givenName");
    expect(names).toContain("emails[type eq \"work\"].value");
    expect(names).toContain(`${enterprise}:department`);
    for (const hidden of ["active", "password", "groups", "id", "meta", "schemas"]) {
      expect(names.filter((name) => name.split(/[.[]/)[0] === hidden)).toEqual([]);
    }
    expect(schema.group?.map(({ name }) => name)).toEqual(["displayName", "externalId"]);
    expect(schema.user?.find(({ name }) => name === "userName"))
      .toEqual({
        name: "userName", type: "string", caseIgnore: true, required: true, naming: true,
      });
  }
});

const types = list({
  name: "Person", endpoint: "/People", schema: userSchemaId, schemaExtensions: [{ schema: own }],
});
const schemas = list(
  { id: userSchemaId, attributes: [
    { name: "userName", type: "string", required: true, caseExact: true },
    { name: "level", type: "integer", mutability: "readOnly" },
    { name: "born", type: "dateTime" }, { name: "tags", type: "string", multiValued: true },
    { name: "__proto__", type: "string" }, { name: "a b", type: "string" },
    { name: "keys", type: "complex", multiValued: true, subAttributes: [
      { name: "value", type: "binary" },
      { name: "type", type: "string", canonicalValues: ["x\"y"] },
    ] },
  ] },
  { id: own, attributes: [{ name: "number", type: "decimal" }, { name: "on", type: "boolean" }] },
  { id: "urn:not:used", attributes: [{ name: "other", type: "string" }] },
);

test("what the server says of itself counts: places, attributes, types, extensions", async () => {
  const { schema, listed } = await describedBy({ ResourceTypes: types, Schemas: schemas });
  expect(listed).toEqual(["/scim/v2/People", "/scim/v2/Groups"]);
  expect(schema.user).toEqual([
    { name: "userName", type: "string", required: true, naming: true },
    { name: "level", type: "integer", readOnly: true },
    { name: "born", type: "instant" },
    { name: "tags", type: "string", many: true, caseIgnore: true },
    { name: "keys", type: "binary", many: true },
    { name: "keys[type eq \"x\\\"y\"].value", type: "binary" },
    { name: "externalId", type: "string" },
    { name: `${own}:number`, type: "decimal" }, { name: `${own}:on`, type: "boolean" },
  ]);
});

test("the settings add what the server has and does not tell of", async () => {
  const { schema, listed } = await describedBy({}, { users: {
    endpoint: "/Staff/all", types: { emails: ["school"] }, whole: ["phoneNumbers"],
    attributes: [{ name: "level", type: "integer" }, { name: "badge", schema: own, many: true }],
  } });
  expect(listed[0]).toBe("/scim/v2/Staff/all");
  const find = (name: string) => schema.user?.find((each) => each.name === name);
  expect(find("level")).toMatchObject({ type: "integer" });
  expect(find(`${own}:badge`)).toMatchObject({ type: "string", many: true });
  expect(find("emails[type eq \"school\"].value")).toMatchObject({ type: "string" });
  expect(find("phoneNumbers")).toEqual({ name: "phoneNumbers", type: "string", many: true });
});

test.each([
  "https://elsewhere.example/Users", "//elsewhere/Users", "/../admin", "/Users?x=1", "/a%2fb",
])(
  "a server that sends us to %s is not followed",
  async (endpoint) => {
    const { body } = types as { readonly body: { readonly Resources: readonly object[] } };
    const elsewhere = list({ ...body.Resources[0], endpoint });
    await expect(describedBy({ ResourceTypes: elsewhere })).rejects.toMatchObject({
      kind: "stop", code: "MISCONFIGURED",
    });
  },
);

test.each([
  [{ status: 401, body: {} }, "CREDENTIALS_REJECTED"],
  [{ status: 403, body: {} }, "PERMISSION_DENIED"], [{ status: 500, body: {} }, "CONNECTOR_BUSY"],
  [{ headers: { "content-type": "text/html" }, body: "<p>Sign in</p>" }, "SOURCE_UNREADABLE"],
  [{ body: { totalResults: 3, Resources: [{ id: own, attributes: [] }] } }, "SOURCE_INCOMPLETE"],
] as const)("a schema that is not shown as it was, %j, stops: %s", async (answer, code) => {
  await expect(describedBy({ Schemas: answer })).rejects.toMatchObject({ code });
  const { schema } = await describedBy({ Schemas: answer }, { quirks: { describesItself: false } });
  expect(schema.user?.length).toBeGreaterThan(20);
});
