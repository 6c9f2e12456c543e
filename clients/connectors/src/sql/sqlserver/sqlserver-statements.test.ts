import { describe, expect, test } from "vitest";
import type { ConnectorWrite } from "../../connector.js";
import { hostileTexts } from "../../testing/hostile-texts.fixture.js";
import { readAll } from "../../testing/read-all.js";
import { queryProblem, templateProblem } from "../templates.js";
import { recorded, type Sent } from "./recorded.fixture.js";

const { signal } = new AbortController();
const people = [
  { name: "id", type: "int", isKey: true }, { name: "login", type: "nvarchar", length: 400 },
  { name: "pay", type: "money", nullable: true },
  { name: "v", type: "timestamp", length: 8 },
] as const;
const tables = {
  "[hr].[people]": people,
  "[teams]": [{ name: "id", type: "nvarchar", isKey: true }],
  "[members]": [{ name: "team", type: "nvarchar" }, { name: "person", type: "int" }],
} as const;
const users = { table: "hr.people", anchor: "id", name: "login" };
const groups = {
  table: "teams", anchor: "id", members: { table: "members", group: "team", member: "person" },
};
const opening = 1;
const ours = (sent: readonly Sent[]): readonly Sent[] => sent.slice(opening).filter(({ text }) =>
  !/dm_exec_describe|where 1 = 0$|deadlock_priority|isolation level|unsettled binary/.test(text));
const texts = (sent: readonly Sent[]): readonly string[] => ours(sent).map(({ text }) => text);
const row = ["7", "ann", "1.5000", Buffer.alloc(8)] as const;

describe("statements of SQL Server", () => {
  test("a read asks for pages behind the last anchor, and no row twice", async () => {
    const settings = { users, groups, pageSize: 2 };
    const { connector, sent } = recorded(settings, tables, ({ text, values }) => {
      if (!/^select \[id\], \[login\].* order by \[id\]/.test(text)) return undefined;
      const rows = values.length === 0 ? [["1", "a", null, null], row] : [];
      return { rows, affected: rows.length };
    });
    expect((await readAll(connector)).objects.map(({ anchor }) => anchor)).toEqual(["1", "7"]);
    const list = "select [id], [login], convert(nvarchar(41), [pay], 2), [v] from [hr].[people]";
    const members = "select [team], [person] from [members] where";
    const nulls = "([team] is null or [person] is null)";
    expect(texts(sent)).toEqual([
      "begin transaction",
      `${list} where [id] is not null order by [id] offset 0 rows fetch next 2 rows only`,
      `${list} where [id] > convert(bigint, @p1) order by [id]`
        + " offset 0 rows fetch next 2 rows only",
      "select [id] from [teams] where [id] is not null order by [id]"
        + " offset 0 rows fetch next 2 rows only",
      `${members} ${nulls} order by (select null) offset 0 rows fetch next 1000 rows only`,
      `${members} not ${nulls} order by [team], [person] offset 0 rows fetch next 2 rows only`,
      "commit",
    ]);
    expect(ours(sent)[2]?.values).toEqual(["7"]);
  });

  test("a read sees one moment by a snapshot, else it holds what it read", async () => {
    const { connector, sent } = recorded({ users }, tables);
    await readAll(connector);
    const begun = sent.map(({ text }) => text).join("\n");
    expect(begun).toMatch(new RegExp("min_active_rowversion[^]*snapshot_isolation_state = 1\\) "
      + "set transaction isolation level snapshot else set transaction isolation level "
      + "serializable\nbegin transaction\n"));
  });

  test("an anchor without a unique key is looked for where it is shared or missing", async () => {
    const { connector, sent } = recorded({ users: { table: "plain", anchor: "pay" } }, {
      "[plain]": [{ name: "pay", type: "decimal" }],
    });
    await readAll(connector);
    const any = "order by (select null) offset 0 rows fetch next";
    const pay = "convert(nvarchar(41), [pay])";
    expect(texts(sent).slice(1, 3)).toEqual([
      `select ${pay} from [plain] where [pay] is null ${any} 1000 rows only`,
      `select ${pay} from [plain] where [pay] in (select [pay] from [plain] group by [pay]`
        + ` having count(*) > 1) ${any} 100001 rows only`,
    ]);
  });

  const one = "order by (select null) offset 0 rows fetch next 2 rows only ";
  const found = "select [id], [login], convert(nvarchar(41), [pay], 2), [v] from [hr].[people]";
  const locked = `${found} with (updlock, holdlock)`;
  test.each<readonly [string, ConnectorWrite, readonly string[]]>([
    ["an update", {
      operation: "update", id: "u", kind: "user", anchor: "7", name: "ann",
      changes: { pay: { before: "1.5", after: "2.25" } },
    }, [
      "begin transaction", `${locked} where [id] = convert(bigint, @p1) ${one}`,
      "update [hr].[people] set [pay] = convert(money, @p1) where [id] = convert(bigint, @p2)",
      `${found} where [id] = convert(bigint, @p1) ${one}`, "commit",
    ]],
    ["a deletion", { operation: "delete", id: "d", kind: "user", anchor: "7", name: "ann" }, [
      "begin transaction", `${locked} where [id] = convert(bigint, @p1) ${one}`,
      "delete from [hr].[people] where [id] = convert(bigint, @p1)", "commit",
    ]],
  ])("%s locks its row and compares it", async (_name, write, expected) => {
    const { connector, sent } = recorded({ users }, tables, ({ text }) =>
      (text.startsWith("select [id]") ? { rows: [row], affected: 1 } : undefined));
    expect(await connector.writes.write([write], signal)).toMatchObject([{ ok: true }]);
    expect(texts(sent)).toEqual(expected);
  });

  test("a create holds a lock on its name, and is found again without OUTPUT", async () => {
    let isThere = false;
    const table = { "[hr].[people]": people.map((column) =>
      (column.name === "id" ? { ...column, isFilled: true } : column)) };
    const { connector, sent } = recorded({ users }, table, ({ text }) => {
      if (text.startsWith("insert ")) isThere = true;
      return text.startsWith("select [id]") && isThere ? { rows: [row], affected: 1 } : undefined;
    });
    const [result] = await connector.writes.write([{
      operation: "create", id: "c", kind: "user", attributes: { login: "ann", pay: "1.5" },
    }], signal);
    expect(result).toMatchObject({ ok: true, object: { anchor: "7", name: "ann" } });
    expect(texts(sent)).toEqual([
      "begin transaction",
      "declare @granted int; exec @granted = sys.sp_getapplock @Resource = @p1, @LockMode ="
        + " 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 60000; select @granted",
      `${found} where [login] = @p1 ${one}`,
      "insert into [hr].[people] ([login], [pay]) values (@p1, convert(money, @p2))",
      `${found} where [login] = @p1 ${one}`, "commit",
    ]);
  });

  test("a failure is undone even where the server did so already", async () => {
    const { connector, sent } = recorded({ users }, tables, ({ text }) =>
      (text.startsWith("delete ") ? { rows: [], affected: 2 }
        : text.startsWith("select [id]") ? { rows: [row], affected: 1 } : undefined));
    await expect(connector.writes.write([
      { operation: "delete", id: "d", kind: "user", anchor: "7", name: "ann" },
    ], signal)).rejects.toMatchObject({ code: "MISCONFIGURED" });
    expect(texts(sent).at(-1)).toBe("if @@trancount > 0 rollback");
  });

  test("a row version is a watermark that ends where changes may still come", async () => {
    let now = "2005";
    const changing = { ...users, changes: { watermark: { column: "v" } } };
    const { connector, sent } = recorded({ users: changing }, tables, ({ text }) => {
      if (text.includes("session_context")) return { rows: [[now]], affected: 1 };
      return text.startsWith("select [id]") ? { rows: [row], affected: 1 } : undefined;
    });
    const begun = await connector.changes?.begin(signal);
    expect(begun).toMatchObject({ reportsDeletions: false });
    sent.length = 0;
    now = "2010";
    const options = { signal, batchSizeMax: 10 };
    const batches = [];
    for await (const batch of connector.changes?.changes(begun?.token ?? "", options) ?? []) {
      batches.push(batch);
    }
    const page = ours(sent).find(({ text }) => text.includes("[v] >="));
    expect(page?.text).toContain("[v] >= convert(binary(8), convert(bigint, @p1))");
    expect(page?.values).toEqual(["2005"]);
    const { token } = batches.at(-1) as { token: string };
    now = "2004";
    const back = connector.changes?.changes(token, options)[Symbol.asyncIterator]();
    await expect(back?.next()).rejects.toMatchObject({ code: "DELTA_TOKEN_REJECTED" });
  });

  test(`${hostileTexts.length} hostile texts are values, and no statement differs`, async () => {
    const hostile = "we]ird'; drop table people; --";
    const table = [
      { name: "id", type: "nvarchar", isKey: true }, { name: "login", type: "nvarchar" },
      { name: hostile, type: "nvarchar" },
    ];
    const shapes = new Set<string>();
    for (const text of ["plain", ...hostileTexts]) {
      let isThere = false;
      const { connector, sent } = recorded({
        users: { table: "people", anchor: "id", name: "login" },
        groups: { ...groups, members: { ...groups.members, memberIs: "name" } },
      }, {
        "[people]": table, "[teams]": tables["[teams]"],
        "[members]": [{ name: "team", type: "nvarchar" }, { name: "person", type: "nvarchar" }],
      }, ({ text: statement, values }) => {
        if (statement.startsWith("insert into [people]")) isThere = true;
        const isPerson = statement.includes("from [people]") && isThere;
        if (isPerson && statement.includes(" in (")) return { rows: [[text, text]], affected: 1 };
        if (isPerson) return { rows: [[text, text, text]], affected: 1 };
        return statement.includes("from [teams]") && values.includes(text)
          ? { rows: [[text]], affected: 1 } : undefined;
      });
      const write = async (each: ConnectorWrite) => {
        expect(await connector.writes.write([each], signal)).toMatchObject([{ ok: true }]);
      };
      const attributes = { id: text, login: text, [hostile]: text };
      const named = { anchor: text, name: text };
      await write({ operation: "create", id: "c", kind: "user", attributes });
      await write({ operation: "update", id: "u", kind: "user", ...named,
        changes: { [hostile]: { before: text, after: `${text}!` } } });
      await write({ operation: "members", id: "m", ...named, add: [text], remove: [] });
      await write({ operation: "delete", id: "d", kind: "user", ...named });
      shapes.add(JSON.stringify(sent.map((each) => each.text)));
      expect(sent.filter(({ values }) => values.includes(text)).length).toBeGreaterThan(8);
    }
    expect(shapes.size).toBe(1);
    expect([...shapes][0]).toContain("[we]]ird'; drop table people; --]");
  });
});

test.each([
  ["update a set [b:c]]; x] = :b where c = N'it''s :no'", undefined],
  ["exec hr.make_person @login = :login", undefined],
  ["merge a using (select :b as b) as s on a.b = s.b when matched then update set c = s.b;",
    undefined],
  ["update a set b = @p1 where c = :c", /:name/], ["update a set [b = :b", /quote/],
  ["update a set b = :b drop table a", /another/], ["delete from a where b = :b exec c", /another/],
  ["update a set b = @joinery_affected where c = :c", /:name/],
])("%s is told from what is no statement", (text, problem) => {
  const found = templateProblem("sqlserver", text);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});

test.each([
  ["select id, [we:ird] from hr.people where x = N';'", undefined],
  ["with p as (select 1 as a) select a from p", /select/], ["table people", /select/],
  ["select 1 as a drop table b", /another/], ["select @p1 as a", /:name/],
])("%s is told from what is no query", (text, problem) => {
  const found = queryProblem("sqlserver", text);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
