import { expect, test } from "vitest";
import { readAll } from "../../testing/read-all.js";
import { testServers } from "../databases.fixture.js";
import { describeDatabase } from "../describe-database.fixture.js";

const [postgresql] = testServers;
if (postgresql === undefined) throw new Error("PostgreSQL is always there");

describeDatabase(postgresql, (database) => {
  test("rows that a policy hides are an error, and never people who are gone", async () => {
    await database.run("create table people (id int primary key)",
      "insert into people values (1), (2)",
      "alter table people enable row level security", "alter table people force row level security",
      "create policy one on people for select using (id = 1)");
    const users = { table: "people", anchor: "id" };
    const refused = await readAll(await database.connect({ users }));
    expect(refused.error).toMatchObject({ kind: "stop", code: "PERMISSION_DENIED" });
    const some = await readAll(await database.connect({ users, rowSecurity: "apply" }));
    expect(some.objects.map((object) => object.anchor)).toEqual(["1"]);
  });
});
