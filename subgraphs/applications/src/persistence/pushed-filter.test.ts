import { randomUUID } from "node:crypto";
import type { ProvidedServices } from "@joinery/kit/services";
import { bindFilter, matches, parseFilter, userType, type JsonObject } from "@joinery/scim";
import type { TenantTransaction } from "@joinery/kit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScimClient } from "../testing/scim-client.js";
import { World } from "../testing/world.js";
import { pushedStore } from "./pushed-store.js";

export type { ProvidedServices };

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

let world: World;
let scim: ScimClient;
const resources: JsonObject[] = [];

beforeAll(async () => {
  world = await World.open();
  scim = await ScimClient.open(world, "filters");
  const people = [
    { userName: "Anna", title: "Éclair", active: true, externalId: "A-1" },
    { userName: "bob", title: "éclair", active: false, externalId: "a-1",
      emails: [{ value: "Bob@Work", type: "work", primary: true }, { value: "b@home" }] },
    { userName: "İbrahim", nickName: "%_\\", name: { givenName: "O'Neil", familyName: "\"x\"" } },
    { userName: "dora", emails: [{ value: "dora@home", type: "home" }], title: "",
      [enterprise]: { department: "Tours", manager: { value: "m1" } } },
    { userName: "Zoë", emails: [{ value: "z", type: "work" }, { value: "dora@home" }],
      [enterprise]: { department: "tours 😀" } },
  ];
  for (const { userName, ...more } of people) await scim.user(userName, more);
  const { body } = await scim.get("/Users");
  resources.push(...(body["Resources"] as unknown as JsonObject[]));
});
afterAll(async () => world.close());

const paths = [
  "userName", "title", "nickName", "externalId", "name.givenName", "name.familyName", "emails",
  "emails.type", "emails.value", `${enterprise}:department`, `${enterprise}:manager.value`,
  "meta.resourceType", "id", "schemas", "groups",
];
const texts = [
  "anna", "ANNA", "Éclair", "éclair", "O'Neil", '"x"', "%_\\", "%", "_", "\\", "work", "bob@work",
  "dora@home", "tours", "😀", "i̇brahim", "İBRAHIM", "user", "A-1", "a-1", "z", "", "a", "e", "~",
];
const text = fc.constantFrom(...texts);
const operators = fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le");

const leaf = fc.oneof(
  fc.tuple(fc.constantFrom(...paths), operators, text).map(
    ([path, operator, value]) => `${path} ${operator} ${JSON.stringify(value)}`),
  fc.constantFrom(...paths, "name", "active", enterprise + ":manager").map((path) => `${path} pr`),
  fc.boolean().map((value) => `active eq ${value}`),
  fc.tuple(operators, text, operators, text).map(([a, x, b, y]) =>
    `emails[type ${a} ${JSON.stringify(x)} and not (value ${b} ${JSON.stringify(y)})]`),
  fc.constantFrom("emails[primary eq true]", 'meta.created gt "2020-01-01T00:00:00Z"',
    'meta.lastModified lt "2020-01-01T00:00:00Z"', "title eq null", "nickName ne null"),
);
const { filter: anyFilter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.tuple(tie("filter"), fc.constantFrom("and", "or"), tie("filter")).map(
      ([a, by, b]) => `(${a}) ${by} (${b})`),
    tie("filter").map((each) => `not (${each})`),
  ),
}));

test("7644 §3.4.2.2 a filter means in SQL what it means in memory", async () => {
  let found = 0;
  await fc.assert(fc.asyncProperty(anyFilter, async (filter) => {
    const bound = bindFilter(userType, parseFilter(filter));
    const wanted = resources.filter((each) => matches(bound, each)).map((each) => each["userName"]);
    found += wanted.length;
    expect(await scim.named(filter)).toEqual(wanted.toSorted());
  }), { numRuns: 1_000 });
  expect(found).toBeGreaterThan(500);
});

/** Endings that would get out of a statement, a pattern, a JSON path or a log line. */
const hostile = [
  "'", "''", "\"", "\\", "\\'", "';--", "' or '1'='1", "' or 1=1--",
  "'; drop table pushed_object;--",
  "'; select pg_sleep(5);--", "' union select 1--", "') or ('1'='1", "'||(select version())||'",
  "$1", "$$", "$tag$", "%", "%%", "_", "\\%", "E'\\x27'", "U&'\\0027'", "\u2019", "\uff07",
  "{{7*7}}", "${7*7}", "#{7*7}", "<script>", "*)(uid=*", "*", "(|(cn=*))", "\r\nSet-Cookie: a=b",
  "\n", "\t", "\u202e", "\u0085", "=cmd|' /C calc'!A0", "@SUM(1)", "-1", "../../etc/passwd",
  "%27%20or%201=1", "&#39;", "0x27", "1;waitfor delay '0:0:5'", "sleep(5)", "`id`", "|id", ";id",
  "'||pg_sleep(5)||'", "1' and '1'='2", "'/**/or/**/1=1", "a'::text", "');commit;--", "\\x27",
  "' limit 0 offset 1e9--", "{\"$gt\":\"\"}", "' returning *--", "\" or \"\"=\"", "\ufeff",
  "x') collate \"C",
  "$.a[*]", "@.type()", "__proto__", "constructor", "null", "true", "[]", "{}",
];
/** Filters as text that try the same outside of a value. */
const broken = [
  'userName eq "a" or 1=1', 'userName eq "a"; drop table pushed_object', 'userName eq "a" --',
  'userName eq "a" /* */', 'userName"; eq "a"', 'pushed_object.resource pr', 'o.resource pr',
  'userName eq "a" union select 1', '(select 1) eq "a"', 'userName eq (select 1)', '$1 eq "a"',
  'userName like "%"', 'userName eq $1', "userName eq 'a'", 'userName eq "a"::text',
  'emails[1=1]', 'emails["a"] pr', 'emails[type eq "a"].value; eq "a"', "*", "1", "'", '"', "\\",
  'name.__proto__ pr', '__proto__.polluted eq "a"', "constructor pr", "toString pr",
  "hasOwnProperty pr", 'search eq "a"', 'application_id eq "a"', "deleted eq false",
  'userName eq "\\u0000"', 'userName eq "\\ud800"', 'userName.x eq "a"', "not userName pr",
];

describe("N1: filters that would be something else", () => {
  test.each(hostile)("a value is compared as it is: %j", async (payload) => {
    const before = await state();
    const json = JSON.stringify(payload);
    for (const operator of ["eq", "co", "sw", "ew", "gt"]) {
      for (const path of ["title", "externalId", "userName", "emails.value", "id", "schemas"]) {
        const filter = `${path} ${operator} ${json}`;
        const bound = bindFilter(userType, parseFilter(filter));
        const wanted = resources.filter((each) => matches(bound, each));
        expect(await scim.named(filter), filter)
          .toEqual(wanted.map((each) => each["userName"]).toSorted());
      }
    }
    expect(await state()).toEqual(before);
  });

  test.each(broken)("what is no filter is refused: %s", async (filter) => {
    const before = await state();
    expect(await scim.get("/Users", { filter }))
      .toMatchObject({ status: 400, body: { scimType: "invalidFilter" } });
    expect(await state()).toEqual(before);
  });

  test.each(hostile)("a value is kept byte by byte: %j", async (payload) => {
    const id = await scim.user(`keeper-${hostile.indexOf(payload)}`, {
      title: payload, emails: [{ value: payload, type: payload }], externalId: payload,
    });
    const { body } = await scim.get(`/Users/${id}`);
    expect(body).toMatchObject({ title: payload, externalId: payload });
    expect((body["emails"] as unknown as object[])[0]).toEqual({ value: payload, type: payload });
    await scim.ask("DELETE", `/Users/${id}`);
  });

  test.each(hostile)("an id, a cursor or an order is looked up, not run: %j", async (payload) => {
    expect((await scim.get(`/Users/${encodeURIComponent(payload)}`)).status).toBe(404);
    expect((await scim.get("/Users", { cursor: payload })).status).toBe(400);
    expect((await scim.get("/Users", { sortBy: payload })).status).toBe(400);
  });
});

/** Tables of the organisation, and what its clients pushed. */
async function state(): Promise<unknown> {
  return world.rows(
    `select (select count(*) from pg_class where relnamespace = current_schema()::regnamespace)
       as tables, (select count(*) from pushed_object where not deleted) as objects`);
}

describe("one among thousands that nobody has counted yet", () => {
  const applicationId = randomUUID();
  beforeAll(() => world.rows(
    `insert into pushed_object (id, application_id, kind, name_key, external_id, resource, search)
     select gen_random_uuid(), $1, 'user', 'many' || n, 'm' || n, '{}',
       jsonb_build_object('userName', 'many' || n) from generate_series(1, 20000) as n`,
    [applicationId]));

  test.each([
    ["by name", 'userName eq "many4000"'], ["by external id", 'externalId eq "m4000"'],
  ])("is found %s without a look at the others", async (_title, filter) => {
    const passedOver = await world.tx(async (tx) => {
      let asked: readonly [string, readonly unknown[]] = ["", []];
      const listening = Object.create(tx, {
        query: { value: (text: string, values: readonly unknown[]) => {
          asked = [text, values];
          return tx.query(text, values);
        } },
      }) as TenantTransaction;
      const target = { type: userType, filter: bindFilter(userType, parseFilter(filter)) };
      const found = await pushedStore.list(listening, applicationId, {
        targets: [{ ...target, sort: null }], after: null, limit: 100, offset: 0,
      });
      expect(found).toHaveLength(1);
      const plan = await tx.query(`explain (analyze, format json) ${asked[0]}`, asked[1]);
      return [...JSON.stringify(plan).matchAll(/"Rows Removed by Filter":(\d+)/g)];
    });
    expect(passedOver.map(([, rows]) => Number(rows))).toEqual([0]);
  });
});
