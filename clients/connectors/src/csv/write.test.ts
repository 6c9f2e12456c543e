import { chmod, copyFile, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectorWrite, WriteResult } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { create, CsvFolder } from "./fixtures.js";

const signal = new AbortController().signal;
const people = "id,given,mail\n1,Ada,ada@example.org\n2,Bob,\n";

function update(
  anchor: string, changes: Extract<ConnectorWrite, { operation: "update" }>["changes"],
  enabled?: boolean,
): ConnectorWrite {
  return {
    operation: "update", id: `update-${anchor}`, kind: "user", anchor, name: anchor, changes,
    ...(enabled === undefined ? {} : { enabled }),
  };
}

function remove(anchor: string, kind: "user" | "group" = "user"): ConnectorWrite {
  return { operation: "delete", id: `delete-${anchor}`, kind, anchor, name: anchor };
}

async function write(
  folder: CsvFolder, settings: Record<string, unknown>, writes: readonly ConnectorWrite[],
): Promise<readonly WriteResult[]> {
  return (await (await folder.connect(settings)).writes?.write(writes, signal)) ?? [];
}

const text = (folder: CsvFolder, name = "people.csv") => readFile(join(folder.path, name), "utf8");

test("create, update and delete change their rows and leave every other byte", async () => {
  await using folder = await CsvFolder.make();
  const before =
    '\ufeffid;given;mail\r\n\r\n1;"Ada";ada@example.org\r\nbro"ken\r\n2;Bob;\r\n\r\n3;Cy;c\r\n';
  await folder.put("people.csv", before);
  const results = await write(folder, { delimiter: ";" }, [
    update("2", { mail: { before: null, after: "b;ob" } }),
    remove("3"),
    create({ id: "4", given: "Dän \"D\"" }),
  ]);
  expect(results.map((each) => each.ok)).toEqual([true, true, true]);
  expect(await text(folder)).toBe(
    '\ufeffid;given;mail\r\n\r\n1;"Ada";ada@example.org\r\nbro"ken\r\n' +
      '2;Bob;"b;ob"\r\n4;"Dän ""D""";\r\n',
  );
  expect(results).toMatchObject([
    { object: { anchor: "2", attributes: { id: "2", given: "Bob", mail: "b;ob" } } },
    { id: "delete-3" },
    { object: { anchor: "4", attributes: { id: "4", given: "Dän \"D\"" } } },
  ]);
});

test("a file whose header is quoted throughout gets quoted rows, and keeps its mode", async () => {
  await using folder = await CsvFolder.make();
  const path = await folder.put("people.csv", "\"id\",\"given\"\n\"1\",\"Ada\"");
  await chmod(path, 0o604);
  await write(folder, {}, [create({ id: "2", given: "Bob" })]);
  expect(await text(folder)).toBe("\"id\",\"given\"\n\"1\",\"Ada\"\n\"2\",\"Bob\"\n");
  expect((await stat(path)).mode & 0o777).toBe(0o604);
  expect((await readdir(folder.path)).sort()).toEqual(["people.csv"]);
});

test("a repeated create finds its row; another's row is never taken over", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  const first = await write(folder, {}, [create({ id: "3", given: "Cy" })]);
  const again = await write(folder, {}, [
    create({ id: "3", given: "Cy" }),
    create({ id: "1", given: "Eve" }),
  ]);
  expect(first[0]).not.toHaveProperty("already");
  expect(again).toMatchObject([
    { ok: true, already: true, object: { anchor: "3" } },
    { ok: false, kind: "skip", code: "OBJECT_EXISTS" },
  ]);
  expect(await text(folder)).toBe(`${people}3,Cy,\n`);
});

test("an update applies only to the values it was computed from", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  const results = await write(folder, {}, [
    update("1", {
      given: { before: "Eva", after: "Ida" },
      mail: { before: "ada@example.org", after: null },
    }),
    update("2", { given: { before: "Eva", after: "Bob" } }),
    update("9", { given: { after: "Nobody" } }),
    update("2", { given: { after: "Rob" } }),
    update("1", { tel: { after: "1" } }),
    update("1", { id: { after: "7" } }),
  ]);
  expect(results).toMatchObject([
    { ok: false, code: "OBJECT_CHANGED" }, { ok: true, already: true },
    { ok: false, code: "OBJECT_GONE" }, { ok: true, object: { attributes: { given: "Rob" } } },
    { ok: false, code: "VALUE_INVALID" }, { ok: false, code: "VALUE_INVALID" },
  ]);
  expect(await text(folder)).toBe("id,given,mail\n1,Ada,ada@example.org\n2,Rob,\n");
});

test("values compare by their type, and lists as sets", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,age,roles,on\n1,007,b;a,yes\n");
  const settings = {
    columns: [
      { name: "age", type: "integer" },
      { name: "roles", many: true },
      { name: "on", type: "boolean" },
    ],
  };
  const results = await write(folder, settings, [
    update("1", {
      age: { before: 7, after: 8 }, roles: { before: ["a", "b"], after: ["c", "b", "a"] },
      on: { before: true, after: true },
    }),
  ]);
  expect(results).toMatchObject([
    { ok: true, object: { attributes: { age: 8, roles: ["c", "b", "a"], on: true } } },
  ]);
  expect(await text(folder)).toBe("id,age,roles,on\n1,8,c;b;a,yes\n");
});

test("two objects sharing an anchor: neither row is written", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,given\n1,Ada\n1,Eve\n2,Bob\n");
  const results = await write(folder, {}, [
    update("1", { given: { after: "X" } }), remove("1"), create({ id: "1" }), remove("2"),
  ]);
  expect(results.map((each) => each.ok || each.code)).toEqual([
    "ANCHOR_DUPLICATE", "ANCHOR_DUPLICATE", "ANCHOR_DUPLICATE", true,
  ]);
  expect(await text(folder)).toBe("id,given\n1,Ada\n1,Eve\n");
});

test("a value that the file cannot hold is refused and spoils no other write", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id\tgiven\troles\tage\n");
  const settings = {
    delimiter: "\t", quote: null, encoding: "iso-8859-1", mayBeEmpty: true,
    columns: [{ name: "roles", many: true }, { name: "age", type: "integer" }],
    limits: { cellBytesMax: 20 },
  };
  const results = await write(folder, settings, [
    create({ id: "1", given: "tab\there" }), create({ id: "2", given: "line\nend" }),
    create({ id: "3", given: "Ł" }), create({ id: "4", given: "a\0b" }),
    create({ id: "5", roles: ["a;b"] }), create({ id: "6", age: "six" }),
    create({ id: "7", given: "x".repeat(21) }), create({ id: "8", given: ["a", "b"] }),
    create({ given: "nobody" }), create({ id: "9", given: "Zoë \"q\"" }),
  ]);
  expect(results.map((each) => each.ok || each.code)).toEqual([
    "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID", "VALUE_INVALID",
    "VALUE_INVALID", "VALUE_TOO_LARGE", "VALUE_INVALID", "ANCHOR_MISSING", true,
  ]);
  expect(await readFile(join(folder.path, "people.csv"), "latin1"))
    .toBe("id\tgiven\troles\tage\n9\tZoë \"q\"\t\t\n");
});

test("the state is written as its column says, and read back", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,status\n1,In\n2,Long-term leave\n");
  const settings = {
    enabled: { column: "status", true: ["In", "Long-term leave"], false: ["Out"] },
  };
  const results = await write(folder, settings, [
    update("1", {}, false), update("2", {}, true), { ...create({ id: "3" }), enabled: true },
  ]);
  expect(results).toMatchObject([
    { object: { enabled: false } }, { already: true, object: { enabled: true } },
    { object: { enabled: true } },
  ]);
  expect(await text(folder)).toBe("id,status\n1,Out\n2,Long-term leave\n3,In\n");
});

const dialects = fc.record({
  delimiter: fc.constantFrom(",", ";", "\t", "|", "§"),
  quote: fc.constantFrom("\"", "'"),
  escape: fc.constantFrom(undefined, "\\"),
  encoding: fc.constantFrom("utf-8", "utf-16le", "utf-16be"),
  quoting: fc.constantFrom("keep", "minimal", "all"),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  formulaGuard: fc.boolean(),
});

const value = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    fc.string({
      unit: fc.constantFrom(
        "a",
        "'",
        '"',
        "\\",
        ",",
        ";",
        "\r",
        "\n",
        "=",
        "+",
        "@",
        "-",
        "\t",
        "\ufeff",
        "😀",
        " ",
      ),
      minLength: 1,
      maxLength: 10,
    }),
  )
  .filter((each) => !each.includes("\0") && each.isWellFormed());

test("whatever is written in any dialect and encoding is read back unit by unit", async () => {
  await using folder = await CsvFolder.make();
  let turn = 0;
  await fc.assert(fc.asyncProperty(
    dialects,
    fc.uniqueArray(fc.tuple(value, value, fc.uniqueArray(value, { maxLength: 3 })), {
      selector: ([anchor]) => anchor, minLength: 1, maxLength: 6,
    }),
    async (dialect, rows) => {
      turn += 1;
      const settings = {
        ...dialect, path: `turn-${turn}.csv`, mayBeEmpty: true, createWhenMissing: true,
        columns: [{ name: "given" }, { name: "roles", many: true, separator: "¦" }],
      };
      const writes = rows.map(([id, given, roles]) => create({ id, given, roles }));
      const connector = await folder.connect(settings);
      const results = await connector.writes?.write(writes, signal);
      expect(results?.filter((each) => !each.ok)).toEqual([]);
      const { objects, skips, error } = await readAll(await folder.connect(settings));
      expect({ skips, error }).toEqual({ skips: [], error: undefined });
      expect(objects.map((each) => each.attributes)).toEqual(rows.map(([id, given, roles]) => ({
        id, given, ...(roles.length === 0 ? {} : { roles }),
      })));
      expect(objects).toEqual(results?.map((each) => (each.ok ? each.object : undefined)));
    },
  ), { numRuns: 80 });
}, 120_000);

test("any series of writes leaves what the same writes leave in a map", async () => {
  await using folder = await CsvFolder.make();
  const step = fc.tuple(
    fc.constantFrom("create", "update", "delete"),
    fc.integer({ min: 0, max: 7 }),
    value,
  );
  await fc.assert(fc.asyncProperty(
    fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 6 }),
    fc.constantFrom("id,given\nx,\"first\"", "id,given\n\nbro\"ken\n\n", "id,given\r\nx,y\r\n\r\n"),
    async (batches, start) => {
      const path = await folder.put("people.csv", start);
      const connector = await folder.connect({ mayBeEmpty: true });
      const model = new Map((await readAll(connector)).objects.map(
        (each) => [each.anchor, each.attributes["given"]],
      ));
      for (const batch of batches) {
        await connector.writes?.write(batch.map(([operation, number, given]) => {
          const id = `p${number}`;
          if (operation === "create") {
            if (!model.has(id)) model.set(id, given);
            return create({ id, given });
          }
          if (operation === "update") {
            if (model.has(id)) model.set(id, given);
            return update(id, { given: { after: given } });
          }
          model.delete(id);
          return remove(id);
        }), signal);
        const { objects, error } = await readAll(connector);
        expect(error).toBeUndefined();
        expect(new Map(objects.map((each) => [each.anchor, each.attributes["given"]]))).toEqual(
          model,
        );
      }
      const { skips } = await readAll(connector);
      expect(skips.length).toBe(start.includes("bro") ? 1 : 0);
      expect((await stat(path)).size).toBeGreaterThan(0);
    },
  ), { numRuns: 50 });
}, 120_000);

test("a text that a spreadsheet would run is written as it is unless the guard is on", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,given\n");
  await copyFile(join(folder.path, "people.csv"), join(folder.path, "guarded.csv"));
  const formulas = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=x", "plain"];
  const writes = formulas.map((given, at) => create({ id: `${at}`, given }));
  await write(folder, { mayBeEmpty: true }, writes);
  await write(folder, { mayBeEmpty: true, path: "guarded.csv", formulaGuard: true }, writes);
  expect(await text(folder)).toContain("0,=1+1\n1,+1\n2,-1\n3,@x\n");
  expect(await text(folder, "guarded.csv")).toContain("0,'=1+1\n1,'+1\n2,'-1\n3,'@x\n");
  const { objects } = await readAll(
    await folder.connect({ path: "guarded.csv", formulaGuard: true }),
  );
  expect(objects.map((each) => each.attributes["given"])).toEqual(formulas);
});

test("members are added and removed once, in a column and in a file", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("groups.csv", "gid,who\ng1,1\ng2,\n");
  await folder.put("members.csv", "g,m\ng1,1\ng1,1\ng2,9\n");
  const groups = { path: "groups.csv", anchor: "gid", kind: "group" };
  const inFile = { ...groups, members: { path: "members.csv", group: "g", member: "m" } };
  const inColumn = { ...groups, membersColumn: { column: "who" } };
  for (const settings of [inColumn, inFile]) {
    const members = (anchor: string, add: string[], drop: string[]): ConnectorWrite => ({
      operation: "members", id: anchor, anchor, name: anchor, add, remove: drop,
    });
    const first = await write(folder, settings, [
      members("g1", ["2", "3"], ["1"]), members("g2", ["9"], []), members("g3", ["1"], []),
    ]);
    expect(first.map((each) => each.ok || each.code)).toEqual([true, true, "OBJECT_GONE"]);
    const second = await write(folder, settings, [members("g1", ["2", "3"], ["1"])]);
    expect(second).toMatchObject([{ ok: true, already: true, object: { anchor: "g1" } }]);
    const read = await readAll(await folder.connect(settings));
    const pairs = read.members.map(({ group, member }) => `${group} ${member}`);
    expect(pairs.sort()).toEqual(["g1 2", "g1 3", "g2 9"]);
  }
  await write(folder, inFile, [remove("g2", "group")]);
  expect(await text(folder, "members.csv")).not.toContain("g2");
});

test("writers of one file, and its sweeping, do not lose each other's rows", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,given\n");
  const connectors = await Promise.all([1, 2, 3].map(() => folder.connect({ mayBeEmpty: true })));
  await Promise.all(
    connectors.flatMap((connector, writer) =>
      Array.from({ length: 12 }, async (_, turn) =>
        connector.writes?.write(
          [
            create({ id: `${writer}-${turn}`, given: "x" }),
            update(`${writer}-${turn - 1}`, { given: { after: "y" } }),
          ],
          signal,
        ),
      ),
    ),
  );
  const { objects } = await readAll(connectors[0] as NonNullable<(typeof connectors)[0]>);
  expect(new Set(objects.map((each) => each.anchor)).size).toBe(36);
  expect(objects.filter((each) => each.attributes["given"] === "y")).toHaveLength(33);
});

test("a file that somebody else replaces between batches is read anew", async () => {
  await using folder = await CsvFolder.make();
  const path = await folder.put("people.csv", people);
  const connector = await folder.connect({});
  await connector.writes?.write([create({ id: "3" })], signal);
  await writeFile(path, "given,id\nZed,7\n");
  const results = await connector.writes?.write([
    update("7", { given: { before: "Zed", after: "Zoe" } }), remove("3"), create({ id: "1" }),
  ], signal);
  expect(results?.map((each) => each.ok && (each.already ?? false))).toEqual([false, true, false]);
  expect(await text(folder)).toBe("given,id\nZoe,7\n,1\n");
});

test("a lock that stays held is busy, and nothing is answered or written", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  await folder.put(".people.csv.lock", JSON.stringify({ host: "elsewhere", pid: 1, token: "x" }));
  await expect(write(folder, { lockWaitMs: 60 }, [create({ id: "3" })]))
    .rejects.toMatchObject({ kind: "retry", code: "CONNECTOR_BUSY" });
  expect(await text(folder)).toBe(people);
});

test("an aborted write throws the reason of its signal and writes nothing", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  const reason = new Error("stopped by the test");
  const connector = await folder.connect({});
  await expect(
    connector.writes?.write([create({ id: "3" })], AbortSignal.abort(reason)),
  ).rejects.toBe(reason);
  expect(await text(folder)).toBe(people);
  expect(await readdir(folder.path)).toEqual(["people.csv"]);
});
