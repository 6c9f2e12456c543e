import type { ProvidedServices } from "@joinery/kit/services";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { base, groupUrn, ScimClient, userUrn } from "../../testing/scim-client.js";
import { World } from "../../testing/world.js";

export type { ProvidedServices };

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const bulkUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

let world: World;
let scim: ScimClient;
let nth = 0;

beforeAll(async () => { world = await World.open(); });
afterAll(async () => world.close());
beforeEach(async () => {
  nth += 1;
  scim = await ScimClient.open(world, `p${nth}`);
});

const resourcesOf = (answer: { body: Record<string, never> }) =>
  answer.body["Resources"] as unknown as Record<string, unknown>[];
const metaOf = (answer: { body: Record<string, never> }) =>
  answer.body["meta"] as unknown as Record<string, unknown>;
const idsOf = (answer: { body: Record<string, never> }) => resourcesOf(answer).map(({ id }) => id);

describe("one resource", () => {
  test("7644 §3.3 POST answers 201 with location, tag and the resource", async () => {
    const { status, headers, body } = await scim.ask("POST", "/Users", {
      schemas: [userUrn, enterprise], userName: "BJensen", externalId: "7",
      name: { givenName: "Barbara" }, [enterprise]: { department: "Tours" },
    });
    const id = String(body["id"]);
    expect(status).toBe(201);
    expect(headers).toEqual({ location: `${base}/Users/${id}`, etag: 'W/"1"' });
    expect(body).toMatchObject({
      schemas: [userUrn, enterprise], userName: "BJensen", externalId: "7",
      name: { givenName: "Barbara" }, [enterprise]: { department: "Tours" },
      meta: { resourceType: "User", version: 'W/"1"', location: headers["location"] },
    });
    const found = await scim.get(`/Users/${id}`);
    expect(found).toMatchObject({ status: 200, body });
  });

  test("7644 §3.3 a userName is taken once, whatever the case; then it is free again", async () => {
    const id = await scim.user("bjensen");
    const again = await scim.ask("POST", "/Users", { schemas: [userUrn], userName: "BJENSEN" });
    expect(again).toMatchObject({ status: 409, body: { scimType: "uniqueness", status: "409" } });
    const other = await scim.user("other");
    const renamed = await scim.patch(`/Users/${other}`,
      { op: "replace", path: "userName", value: "Bjensen" });
    expect(renamed).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
    await scim.ask("DELETE", `/Users/${id}`);
    expect(await scim.user("bjensen")).not.toBe(id);
  });

  test("7644 §3.3 twenty who race for one userName: one has it", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () =>
      scim.ask("POST", "/Users", { schemas: [userUrn], userName: "one" })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  test("7644 §3.4.1 what is not there is 404, whatever the id", async () => {
    const group = await scim.group("G");
    for (const path of ["nobody", "00000000-0000-4000-8000-000000000000", group, "'--"]) {
      expect(await scim.get(`/Users/${encodeURIComponent(path)}`))
        .toMatchObject({ status: 404, body: { status: "404" } });
    }
  });

  test("7644 §3.5.1 PUT clears what is not said, and keeps id and birthday", async () => {
    const id = await scim.user("a", { title: "T", emails: [{ value: "x" }] });
    const before = await scim.get(`/Users/${id}`);
    const { status, body } = await scim.ask("PUT", `/Users/${id}`, {
      schemas: [userUrn], id: "other", userName: "b", meta: { created: "2000-01-01T00:00:00Z" },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id, userName: "b", meta: { created: metaOf(before)["created"], version: 'W/"2"' },
    });
    expect(body).not.toHaveProperty("title");
    expect(body).not.toHaveProperty("emails");
  });

  test("7644 §3.5.2 PATCH changes what is said, all or nothing", async () => {
    const id = await scim.user("a", { title: "T" });
    const done = await scim.patch(`/Users/${id}`, { op: "replace", path: "title", value: "U" });
    expect(done).toMatchObject({ status: 200, body: { title: "U", userName: "a" } });
    const failed = await scim.patch(`/Users/${id}`,
      { op: "replace", path: "title", value: "V" }, { op: "remove", path: "userName" });
    expect(failed).toMatchObject({ status: 400, body: { scimType: "mutability" } });
    expect((await scim.get(`/Users/${id}`)).body).toMatchObject({ title: "U" });
  });

  test("7644 §3.5.2 what changes nothing is no new version", async () => {
    const id = await scim.user("a", { title: "T" });
    const { headers } = await scim.patch(`/Users/${id}`,
      { op: "replace", path: "title", value: "T" });
    expect(headers["etag"]).toBe('W/"1"');
  });

  test("7644 §3.6 DELETE answers 204, and then there is nothing", async () => {
    const id = await scim.user("a");
    expect(await scim.ask("DELETE", `/Users/${id}`)).toEqual({
      status: 204, headers: {}, body: null,
    });
    for (const method of ["GET", "DELETE"]) {
      expect((await scim.ask(method, `/Users/${id}`)).status).toBe(404);
    }
    expect((await scim.patch(`/Users/${id}`, { op: "remove", path: "title" })).status).toBe(404);
    expect(await scim.named('userName eq "a"')).toEqual([]);
  });

  test("7644 §3.14 a change of another version is refused", async () => {
    const id = await scim.user("a");
    const body = { schemas: [userUrn], userName: "b" };
    const stale = { ifMatch: 'W/"9"' };
    expect((await scim.ask("PUT", `/Users/${id}`, body, stale)).status).toBe(412);
    expect((await scim.ask("DELETE", `/Users/${id}`, undefined, stale)).status).toBe(412);
    expect((await scim.ask("PUT", `/Users/${id}`, body, { ifMatch: 'W/"1"' })).status).toBe(200);
    const known = await scim.ask("GET", `/Users/${id}`, undefined, { ifNoneMatch: 'W/"2"' });
    expect(known).toMatchObject({ status: 304, body: null });
  });

  test("7644 §3.9 only what is asked for, in every answer with a resource", async () => {
    const query = { attributes: "title" };
    const made = await scim.ask("POST", "/Users",
      { schemas: [userUrn], userName: "a", title: "T" }, { query });
    const id = String(made.body["id"]);
    expect(Object.keys(made.body).toSorted()).toEqual(["id", "schemas", "title"]);
    const { body } = await scim.get(`/Users/${id}`, { excludedAttributes: "title,meta" });
    expect(Object.keys(body).toSorted()).toEqual(["id", "schemas", "userName"]);
  });

  test("what is too large for an index or an event is refused", async () => {
    const refused = [
      { userName: "a".repeat(2_001) },
      { userName: "a", externalId: "é".repeat(1_001) },
      { userName: "a", title: "t".repeat(200 * 1024) },
    ];
    for (const each of refused) {
      expect(await scim.ask("POST", "/Users", { schemas: [userUrn], ...each }))
        .toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
    }
  });
});

describe("lists", () => {
  beforeEach(async () => {
    for (const n of [3, 1, 2, 5, 4]) {
      await scim.user(`user${n}`, n === 5 ? {} : { title: `T${n % 2}`, nickName: `N${9 - n}` });
    }
  });

  test("7644 §3.4.2.4 pages by index", async () => {
    const all = idsOf(await scim.get("/Users"));
    const page = await scim.get("/Users", { startIndex: "2", count: "2" });
    expect(page.body).toMatchObject({ totalResults: 5, itemsPerPage: 2, startIndex: 2 });
    expect(idsOf(page)).toEqual(all.slice(1, 3));
    expect((await scim.get("/Users", { startIndex: "9" })).body)
      .toMatchObject({ totalResults: 5, itemsPerPage: 0, Resources: [] });
    expect((await scim.get("/Users", { count: "0" })).body)
      .toMatchObject({ totalResults: 5, itemsPerPage: 0, Resources: [] });
  });

  test.each([
    ["in order of id", {}],
    ["sorted", { sortBy: "title" }],
    ["sorted the other way", { sortBy: "title", sortOrder: "descending" }],
    ["sorted by a date", { sortBy: "meta.created", sortOrder: "descending" }],
    ["filtered", { filter: "title pr", sortBy: "nickName" }],
  ])("9865 §2 pages by cursor %s are the whole list, each once", async (_, query) => {
    const whole = idsOf(await scim.get("/Users", query));
    for (const count of ["1", "2", "3", "5", "9"]) {
      const seen: unknown[] = [];
      let cursor: string | undefined = "";
      while (cursor !== undefined) {
        const page = await scim.get("/Users", { ...query, cursor, count });
        expect(page.status).toBe(200);
        expect(page.body["totalResults"]).toBe(whole.length);
        seen.push(...idsOf(page));
        cursor = page.body["nextCursor"];
      }
      expect(seen).toEqual(whole);
    }
  });

  test("9865 §2 who comes or goes between pages moves nobody else", async () => {
    const whole = idsOf(await scim.get("/Users"));
    const first = await scim.get("/Users", { cursor: "", count: "2" });
    await scim.ask("DELETE", `/Users/${String(whole[0])}`);
    const cursor = String(first.body["nextCursor"]);
    expect(idsOf(await scim.get("/Users", { cursor, count: "9" }))).toEqual(whole.slice(2));
  });

  test("9865 §2.1 a cursor of another query, or of nobody, is refused", async () => {
    const { body } = await scim.get("/Users", { cursor: "", count: "1" });
    const cursor = String(body["nextCursor"]);
    for (const query of [{ cursor, filter: "title pr" }, { cursor: "x" }, { cursor: "W10" }]) {
      expect(await scim.get("/Users", query))
        .toMatchObject({ status: 400, body: { scimType: "invalidCursor" } });
    }
  });

  test("7644 §3.4.2.3 sorted, what has no value last, first the other way", async () => {
    const names = async (query: Record<string, string>) =>
      resourcesOf(await scim.get("/Users", query)).map(({ userName }) => userName);
    expect(await names({ sortBy: "nickName" }))
      .toEqual(["user4", "user3", "user2", "user1", "user5"]);
    expect(await names({ sortBy: "nickName", sortOrder: "descending" }))
      .toEqual(["user5", "user1", "user2", "user3", "user4"]);
    expect(await names({ sortBy: "userName" }))
      .toEqual(["user1", "user2", "user3", "user4", "user5"]);
  });

  test("7644 §3.4.3 POST .search asks the same", async () => {
    const { status, body } = await scim.ask("POST", "/Users/.search", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
      filter: 'userName eq "USER3"', attributes: ["userName"], count: 10,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ totalResults: 1, Resources: [{ userName: "user3" }] });
  });
});

describe("groups", () => {
  const members = async (group: string) => {
    const { body } = await scim.get(`/Groups/${group}`);
    return ((body["members"] ?? []) as { value: string }[]).map(({ value }) => value);
  };

  test("7643 §4.2 members say who they are; a person says the groups", async () => {
    const a = await scim.user("a");
    const inner = await scim.group("Inner", [a]);
    const outer = await scim.group("Outer", [a, inner]);
    expect((await scim.get(`/Groups/${outer}`)).body["members"]).toEqual([
      { value: a, $ref: `${base}/Users/${a}`, display: "a", type: "User" },
      { value: inner, $ref: `${base}/Groups/${inner}`, display: "Inner", type: "Group" },
    ]);
    expect((await scim.get(`/Users/${a}`)).body["groups"]).toEqual([
      { value: inner, $ref: `${base}/Groups/${inner}`, display: "Inner", type: "direct" },
      { value: outer, $ref: `${base}/Groups/${outer}`, display: "Outer", type: "direct" },
    ]);
    expect((await scim.get(`/Groups/${outer}`, { excludedAttributes: "members" })).body)
      .not.toHaveProperty("members");
  });

  test("7644 §3.5.2 members come and go, and the group has a new version each time", async () => {
    const ids = await Promise.all(["a", "b", "c"].map((name) => scim.user(name)));
    const [a, b, c] = ids as [string, string, string];
    const group = await scim.group("G", [a]);
    const change = async (operation: object, wanted: readonly string[]) => {
      expect((await scim.patch(`/Groups/${group}`, operation)).status).toBe(204);
      expect((await members(group)).toSorted()).toEqual([...wanted].toSorted());
    };
    await change({ op: "add", path: "members", value: [{ value: b }, { value: a }] }, [a, b]);
    await change({ op: "add", value: { members: [{ value: c }] } }, [a, b, c]);
    await change({ op: "remove", path: `members[value eq "${a}"]` }, [b, c]);
    await change({ op: "Remove", path: "members", value: [{ value: b }] }, [c]);
    await change({ op: "replace", path: "members", value: [{ value: a }, { value: b }] }, [a, b]);
    await change({ op: "remove", path: 'members[display eq "A" or value eq "x"]' }, [b]);
    await change({ op: "remove", path: 'members[type eq "Group"]' }, [b]);
    await change({ op: "remove", path: "members" }, []);
    const { headers } = await scim.get(`/Groups/${group}`);
    expect(headers["etag"]).toBe('W/"8"');
  });

  test("7644 §3.5.1 PUT of a group says who is in it", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((name) => scim.user(name)));
    const group = await scim.group("G", [String(a)]);
    const body = { schemas: [groupUrn], displayName: "H", members: [{ value: b }] };
    expect((await scim.ask("PUT", `/Groups/${group}`, body)).body)
      .toMatchObject({ displayName: "H", members: [{ value: b }] });
  });

  test("7643 §4.2 nobody is in a group who is not there", async () => {
    const body = { schemas: [groupUrn], displayName: "G", members: [{ value: "nobody" }] };
    expect(await scim.ask("POST", "/Groups", body))
      .toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
    expect((await scim.get("/Groups")).body["totalResults"]).toBe(0);
  });

  test("7644 §3.6 who is deleted is in no group any more", async () => {
    const a = await scim.user("a");
    const group = await scim.group("G", [a]);
    await scim.ask("DELETE", `/Users/${a}`);
    expect(await members(group)).toEqual([]);
    expect((await scim.get(`/Groups/${group}`)).headers["etag"]).toBe('W/"2"');
  });

  test("7644 §3.5.2 twenty who add at once are all in", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => scim.user(`u${n}`)));
    const group = await scim.group("G");
    await Promise.all(ids.map((value) =>
      scim.patch(`/Groups/${group}`, { op: "add", path: "members", value: [{ value }] })));
    expect((await members(group)).toSorted()).toEqual(ids.toSorted());
  });

  test("Entra: a member is looked up by id and members", async () => {
    const a = await scim.user("a");
    const group = await scim.group("G", [a]);
    const found = (member: string) =>
      scim.get("/Groups", { filter: `id eq "${group}" and members eq "${member}"` });
    expect(idsOf(await found(a))).toEqual([group]);
    expect(idsOf(await found(group))).toEqual([]);
    const byUser = await scim.get("/Users", { filter: `groups.value eq "${group}"` });
    expect(idsOf(byUser)).toEqual([a]);
  });
});

describe("bulk", () => {
  const bulk = async (operations: readonly object[], failOnErrors?: number) => {
    const { status, body } = await scim.ask("POST", "/Bulk", {
      schemas: [bulkUrn], Operations: operations, failOnErrors,
    });
    expect(status).toBe(200);
    return body["Operations"] as unknown as Record<string, unknown>[];
  };
  const user = (bulkId: string, userName = bulkId) => ({
    method: "POST", path: "/Users", bulkId, data: { schemas: [userUrn], userName },
  });
  const group = (bulkId: string, ...members: readonly string[]) => ({
    method: "POST", path: "/Groups", bulkId, data: {
      schemas: [groupUrn], displayName: bulkId,
      members: members.map((each) => ({ value: `bulkId:${each}` })),
    },
  });

  test("7644 §3.7 a group with people who are made by the same request", async () => {
    const results = await bulk([group("g", "a", "b"), user("a"), user("b")]);
    expect(results.map(({ status, bulkId }) => [bulkId, status]))
      .toEqual([["g", "201"], ["a", "201"], ["b", "201"]]);
    const { body } = await scim.get("/Groups");
    expect((body["Resources"] as unknown as { members: [] }[])[0]?.members).toHaveLength(2);
  });

  test("7644 §3.7.1 groups that are in each other", async () => {
    const results = await bulk([group("g", "h"), group("h", "g")]);
    expect(results.map(({ status }) => status)).toEqual(["201", "201"]);
    for (const each of resourcesOf(await scim.get("/Groups"))) {
      expect(each["members"]).toHaveLength(1);
    }
  });

  test("7644 §3.7.3 an error says why, and the others go on", async () => {
    const results = await bulk([user("a"), user("x", "A"), user("b"), group("g", "x")]);
    expect(results.map(({ status }) => status)).toEqual(["201", "409", "201", "409"]);
    expect(results[1]?.["response"]).toMatchObject({ scimType: "uniqueness" });
  });

  test("7644 §3.7.3 failOnErrors stops, what was done stays done", async () => {
    const results = await bulk([user("a"), user("x", "A"), user("b")], 1);
    expect(results.map(({ status }) => status)).toEqual(["201", "409"]);
    expect(await scim.named("userName pr")).toEqual(["a"]);
  });

  test("7644 §3.7 there is no bulk in bulk, and no search", async () => {
    const post = (path: string) => ({ method: "POST", path, bulkId: path, data: {} });
    const search = ["", "Users", ".search"].join("/");
    const results = await bulk([post("/Bulk"), post(search), post("/Me")]);
    expect(results.map(({ status }) => status)).toEqual(["400", "400", "501"]);
  });

  test("7644 §3.7 PUT, PATCH and DELETE, with versions", async () => {
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => scim.user(name)));
    const results = await bulk([
      { method: "PUT", path: `/Users/${a}`, data: { schemas: [userUrn], userName: "a2" } },
      { method: "PATCH", path: `/Users/${b}`, version: 'W/"7"', data: {} },
      { method: "DELETE", path: `/Users/${c}` },
      { method: "DELETE", path: "/users/nobody" },
    ]);
    expect(results.map(({ status }) => status)).toEqual(["200", "400", "204", "404"]);
    expect(await scim.named("userName pr")).toEqual(["a2", "b"]);
  });
});
