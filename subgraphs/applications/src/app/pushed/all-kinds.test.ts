import type { ProvidedServices } from "@joinery/kit/services";
import { searchUrn } from "@joinery/scim";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { base, ScimClient } from "../../testing/scim-client.js";
import { World } from "../../testing/world.js";

export type { ProvidedServices };

let world: World;
let scim: ScimClient;
let ada: string;
let team: string;

beforeAll(async () => {
  world = await World.open();
  scim = await ScimClient.open(world, "all");
  ada = await scim.user("ada", { displayName: "M", title: "Countess", externalId: "x" });
  await scim.user("bob", { displayName: "c" });
  team = await scim.group("Delta", [ada]);
  await scim.group("a-team");
  const other = await ScimClient.open(world, "other");
  await other.user("stranger");
});
afterAll(async () => world.close());

interface Found {
  readonly status: number;
  readonly body: {
    readonly totalResults: number;
    readonly nextCursor?: string;
    readonly Resources: readonly Record<string, unknown>[];
  };
}
async function search(query: object = {}): Promise<Found> {
  const found = await scim.ask("POST", "/.search", { schemas: [searchUrn], ...query });
  return found as unknown as Found;
}
const names = ({ body }: Found) =>
  body.Resources.map((each) => String(each["userName"] ?? each["displayName"]));
const namedBy = async (filter: string) => names(await search({ filter })).toSorted();

describe("7644 §3.4.3 a search over all kinds", () => {
  test("finds users and groups, each as its own kind shows it", async () => {
    const found = await search();
    expect(found).toMatchObject({ status: 200, body: { totalResults: 4 } });
    expect(names(found).toSorted()).toEqual(["Delta", "a-team", "ada", "bob"]);
    const byId = new Map(found.body.Resources.map((each) => [each["id"], each]));
    expect(byId.get(ada)).toMatchObject({
      meta: { resourceType: "User", location: `${base}/Users/${ada}` },
      groups: [{ value: team }],
    });
    expect(byId.get(team)).toMatchObject({
      meta: { resourceType: "Group" }, members: [{ value: ada, $ref: `${base}/Users/${ada}` }],
    });
  });

  test("§3.4.2.1 what a kind does not have, has no value there", async () => {
    expect(await namedBy('userName eq "ADA"')).toEqual(["ada"]);
    expect(await namedBy('displayName eq "delta" or title pr')).toEqual(["Delta", "ada"]);
    expect(await namedBy("title pr")).toEqual(["ada"]);
    expect(await namedBy("not (title pr)")).toEqual(["Delta", "a-team", "bob"]);
    expect(await namedBy("title eq null")).toEqual(["Delta", "a-team", "bob"]);
    expect(await namedBy("title ne null")).toEqual(["ada"]);
    expect(await namedBy('title ne "Countess"')).toEqual(["Delta", "a-team", "bob"]);
    expect(await namedBy(`members.value eq "${ada}"`)).toEqual(["Delta"]);
    expect(await namedBy('emails[type eq "work"]')).toEqual([]);
    expect(await namedBy('meta.resourceType eq "Group"')).toEqual(["Delta", "a-team"]);
    expect(await namedBy('externalId eq "x"')).toEqual(["ada"]);
  });

  test("§3.4.2.1 what no kind has is refused, and so is a search without its schema", async () => {
    for (const query of [{ filter: "shoeSize eq 43" }, { filter: "title gt null" },
      { sortBy: "shoeSize" }]) {
      expect((await search(query)).status).toBe(400);
    }
    expect((await scim.ask("POST", "/.search", {})).status).toBe(400);
  });

  test("§3.4.2.3 is sorted over all, by what some of them have too", async () => {
    expect(names(await search({ sortBy: "displayName" })))
      .toEqual(["a-team", "bob", "Delta", "ada"]);
    expect(names(await search({ sortBy: "displayName", sortOrder: "descending" })))
      .toEqual(["ada", "Delta", "bob", "a-team"]);
    expect(names(await search({ sortBy: "title" }))[0]).toBe("ada");
  });

  test.each([{}, { sortBy: "displayName" }, { sortBy: "title", sortOrder: "descending" }])(
    "§3.4.2.4 every page once, by index and by cursor: %j",
    async (order) => {
      const whole = names(await search(order));
      const byIndex: string[] = [];
      for (let startIndex = 1; startIndex <= 4; startIndex += 1) {
        const page = await search({ ...order, startIndex, count: 1 });
        expect(page.body.totalResults).toBe(4);
        byIndex.push(...names(page));
      }
      expect(byIndex).toEqual(whole);
      const byCursor: string[] = [];
      for (let cursor: string | undefined = ""; cursor !== undefined;) {
        const page: Found = await search({ ...order, cursor, count: 1 });
        byCursor.push(...names(page));
        cursor = page.body.nextCursor;
      }
      expect(byCursor).toEqual(whole);
    });

  test("§3.4.2 is a GET of the root too, and shows what is asked for", async () => {
    const found = await scim.get("/", { filter: "title pr", attributes: "title" });
    expect(found.body["Resources"]).toEqual([{
      schemas: expect.any(Array) as unknown, id: ada, title: "Countess",
    }]);
  });
});

test("7644 §3.5.2 one of many members costs one row, and a GET without them none", async () => {
  const many = await scim.group("Many");
  await world.rows(
    `insert into pushed_member (group_id, member_id, application_id, change)
     select $1, gen_random_uuid(), $2, 0 from generate_series(1, 20000)`,
    [many, scim.client.applicationId]);
  const written = async (work: () => Promise<{ status: number }>) => {
    const [mark] = await world.rows<{ next: string }>(
      "select pg_snapshot_xmax(pg_current_snapshot())::text as next");
    expect((await work()).status).toBe(204);
    const [row] = await world.rows<{ n: number }>(
      `select count(*)::int as n from pushed_member
       where group_id = $1 and xmin::text::bigint >= $2::bigint`, [many, mark?.next]);
    return row?.n;
  };
  const path = `/Groups/${many}`;
  expect(await written(() => scim.patch(path,
    { op: "add", path: "members", value: [{ value: ada }] }))).toBe(1);
  expect(await written(() => scim.patch(path,
    { op: "remove", path: `members[value eq "${ada}"]` }))).toBe(1);
  const { body } = await scim.get(path, { excludedAttributes: "members" });
  expect(body).toMatchObject({ displayName: "Many" });
  expect(body).not.toHaveProperty("members");
});
