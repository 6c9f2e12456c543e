import { appendFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { CsvFolder } from "./fixtures.js";

const people = "id,given,mail\n1,Ada,ada@example.org\n2,Bob,\n";

test("every row is an object, and an empty cell is no value", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  const { objects, skips, error } = await readAll(await folder.connect({ name: "mail" }));
  expect({ skips, error }).toEqual({ skips: [], error: undefined });
  expect(objects).toEqual([
    { kind: "user", anchor: "1", name: "ada@example.org",
      attributes: { id: "1", given: "Ada", mail: "ada@example.org" } },
    { kind: "user", anchor: "2", name: "2", attributes: { id: "2", given: "Bob" } },
  ]);
});

test("types, lists and the state are read as the columns are declared", async () => {
  await using folder = await CsvFolder.make();
  await folder.put(
    "people.csv",
    "id,age,since,roles,pay,status\n1,042,2026-01-31,a;b;;a,1.50,In\n" +
      "2,9007199254740993,,,,Left\n3,,,,,\n",
  );
  const connector = await folder.connect({
    columns: [
      { name: "age", type: "integer" }, { name: "since", type: "date" },
      { name: "roles", many: true }, { name: "pay", type: "decimal" },
    ],
    enabled: { column: "status", true: ["In", "Long-term leave"], false: "Left" },
  });
  const { objects } = await readAll(connector);
  expect(objects.map(({ attributes, enabled }) => ({ ...attributes, enabled }))).toEqual([
    {
      id: "1",
      age: 42,
      since: "2026-01-31",
      roles: ["a", "b", "a"],
      pay: "1.50",
      status: "In",
      enabled: true,
    },
    { id: "2", age: "9007199254740993", status: "Left", enabled: false },
    { id: "3", enabled: undefined },
  ]);
  expect((await connector.reads?.describe(new AbortController().signal))?.user).toEqual([
    { name: "id", type: "string", required: true, naming: true },
    { name: "age", type: "integer" },
    { name: "since", type: "date" }, { name: "roles", type: "string", many: true },
    { name: "pay", type: "decimal" }, { name: "status", type: "string" },
  ]);
});

test("the column of the name is the one that renames, the anchor where there is none", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,login,mail\n1,ann,a@x\n2,,b@x\n");
  const namingOf = async (name?: string) => {
    const connector = await folder.connect(name === undefined ? {} : { name });
    const { user } = (await connector.reads?.describe(new AbortController().signal)) ?? {};
    return user?.flatMap((each) => (each.naming === true ? [each.name] : []));
  };
  expect(await namingOf()).toEqual(["id"]);
  expect(await namingOf("login")).toEqual(["login"]);
});

test("rows that cannot be used are passed over with code and line", async () => {
  await using folder = await CsvFolder.make();
  const rows = [
    "id,age,status",
    "1,5,In",
    'x"y,5,In',
    ",6,In",
    "3,old,In",
    "4,7",
    `5,${"9".repeat(10 << 20)},In`,
    "6,1,Unheard",
    "7,7,In",
    "7,8,In",
    "8,1\0,In",
    "9,9,Out",
  ];
  await folder.put("people.csv", rows.join("\n"));
  const connector = await folder.connect({
    columns: [{ name: "age", type: "integer" }],
    enabled: { column: "status", true: "In", false: "Out" },
  });
  const { objects, skips, error } = await readAll(connector);
  expect(error).toBeUndefined();
  // Rows that share an anchor are both yielded: the host decides over the whole set.
  expect(objects.map((each) => each.anchor)).toEqual(["1", "7", "7", "9"]);
  expect(skips.map(({ object, anchor, code }) => [object, anchor, code])).toEqual([
    ["line 3", undefined, "ROW_MALFORMED"],
    ["line 4", undefined, "ANCHOR_MISSING"],
    ["3", "3", "VALUE_INVALID"],
    ["4", "4", "ROW_MALFORMED"],
    ["5", "5", "VALUE_TOO_LARGE"],
    ["6", "6", "VALUE_INVALID"],
    ["8", "8", "VALUE_INVALID"],
  ]);
  expect(JSON.stringify(skips)).not.toContain("Unheard");
});

test("a row that may have swallowed others names nobody", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,given\n1,\"Ada\n2,Bob\n3,\"Eve\"\n4,Dan\n");
  const { objects, skips } = await readAll(await folder.connect({}));
  expect(objects.map((each) => each.anchor)).toEqual(["4"]);
  expect(skips).toMatchObject([{ object: "line 2", code: "ROW_MALFORMED" }]);
  expect(skips[0]).not.toHaveProperty("anchor");
});

const stops: readonly (readonly [string, string | Buffer, string, Record<string, unknown>])[] = [
  ["a file of no bytes", "", "SOURCE_EMPTY", {}],
  ["a file of empty lines", "\n\r\n\n", "SOURCE_EMPTY", {}],
  ["a header without rows", "id,given\n", "SOURCE_EMPTY", {}],
  ["a header without the anchor", "nr,given\n1,a\n", "COLUMN_MISSING", {}],
  ["a header without a declared column", people, "COLUMN_MISSING", { columns: [{ name: "tel" }] }],
  ["a page to sign in on", "<!doctype html>\n<title>Sign in</title>\n", "COLUMN_MISSING", {}],
  ["a header that cannot be read", 'id,"a"b\n1,2\n', "COLUMN_MISSING", {}],
  ["a column that stands twice", "id,a,a\n1,2,3\n", "MISCONFIGURED", {}],
  [
    "bytes that are not UTF-8",
    Buffer.from("id,given\n1,Zo\xeb\n", "latin1"),
    "SOURCE_ENCODING",
    {},
  ],
  ["a surrogate in UTF-8", Buffer.from("id\n\xed\xa0\x80\n", "latin1"), "SOURCE_ENCODING", {}],
  ["a character cut at the end", Buffer.from("id\n1\xc3", "latin1"), "SOURCE_ENCODING", {}],
  [
    "UTF-16 where UTF-8 is declared",
    Buffer.from("\ufeffid\n1\n", "utf16le"),
    "SOURCE_ENCODING",
    {},
  ],
  [
    "half a unit of UTF-16",
    Buffer.from("id\n1\n\0", "utf16le").subarray(0, -1),
    "SOURCE_ENCODING",
    { encoding: "utf-16le" },
  ],
  [
    "a byte that windows-1252 lacks",
    Buffer.from([105, 100, 10, 0x81, 10]),
    "SOURCE_ENCODING",
    { encoding: "windows-1252" },
  ],
  ["an end inside quotes", 'id,given\n1,"Ada\n2,Bob\n', "SOURCE_INCOMPLETE", {}],
  ["an end inside a row", "id,given\n1,Ada\n2", "SOURCE_INCOMPLETE", {}],
  ["an end inside the header", 'id,"giv', "SOURCE_INCOMPLETE", {}],
  [
    "a last row without line end, where one is required",
    "id\n1\n2",
    "SOURCE_INCOMPLETE",
    { requireFinalLineEnd: true },
  ],
  ["more rows than allowed", "id\n1\n2\n3\n", "LIMIT_EXCEEDED", { limits: { rowsMax: 2 } }],
  ["more bytes than allowed", "id\n1\n2\n3\n", "LIMIT_EXCEEDED", { limits: { fileBytesMax: 4 } }],
];

test.for(stops)("%s stops the read with %3$s", async ([, content, code, settings]) => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", content);
  const { error } = await readAll(await folder.connect(settings));
  expect(error).toMatchObject({ kind: "stop", code });
});

test("a header without rows is a complete read where the file may be empty", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", "id,given\n");
  expect(await readAll(await folder.connect({ mayBeEmpty: true })))
    .toEqual({ objects: [], members: [], skips: [] });
});

test("a file that changes while it is read is not whole", async () => {
  await using folder = await CsvFolder.make();
  const rows = Array.from({ length: 60_000 }, (_, row) => `${row},some text\n`);
  const path = await folder.put("people.csv", `id,given\n${rows.join("")}`);
  const reads = (await folder.connect({})).reads;
  let batches = 0;
  const read = async (): Promise<void> => {
    const options = { signal: new AbortController().signal, batchSizeMax: 100 };
    for await (const batch of reads?.read(options) ?? []) {
      batches += batch.type === "objects" ? 1 : 0;
      if (batches === 3) await appendFile(path, "late,row\n");
    }
  };
  await expect(read()).rejects.toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
  expect(batches).toBeGreaterThanOrEqual(3);
});

test("each encoding is read with and without its mark", async () => {
  await using folder = await CsvFolder.make();
  const text = "id,given\n1,Zoë Œuvré €\n";
  const contents: [string, Buffer][] = [
    ["utf-8", Buffer.from(text)],
    ["utf-8", Buffer.from(`\ufeff${text}`)],
    ["utf-16le", Buffer.from(text, "utf16le")],
    ["utf-16le", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["utf-16be", Buffer.from(text, "utf16le").swap16()],
    ["utf-16be", Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
    ["windows-1252", Buffer.from("id,given\n1,Zo\xeb \x8cuvr\xe9 \x80\n", "latin1")],
  ];
  for (const [encoding, content] of contents) {
    await folder.put("people.csv", content);
    const { objects, error } = await readAll(await folder.connect({ encoding }));
    expect(error).toBeUndefined();
    expect(objects[0]?.attributes).toEqual({ id: "1", given: "Zoë Œuvré €" });
  }
});

test("characters that lie across the chunks of a large file are read whole", async () => {
  await using folder = await CsvFolder.make();
  for (const encoding of ["utf-8", "utf-16le", "utf-16be"] as const) {
    const given = (at: number): string => `a€😀ß${"x".repeat(at % 7)}`;
    const rows = Array.from({ length: 30_000 }, (_, at) => `${at},${given(at)}\n`);
    const text = `id,given\n${rows.join("")}`;
    const bytes = encoding === "utf-8" ? Buffer.from(text) : Buffer.from(text, "utf16le");
    await folder.put("people.csv", encoding === "utf-16be" ? bytes.swap16() : bytes);
    const { objects, error } = await readAll(await folder.connect({ encoding }), 1_000);
    expect(error).toBeUndefined();
    expect(objects).toHaveLength(30_000);
    expect(
      objects.every((each, at) => each.attributes["given"] === `a€😀ß${"x".repeat(at % 7)}`),
    ).toBe(true);
  }
});

test("a file outside the folder is not opened, by name or by link", async () => {
  await using outside = await CsvFolder.make();
  await using folder = await CsvFolder.make();
  const secret = await outside.put("secret.csv", people);
  await symlink(secret, join(folder.path, "people.csv"));
  await symlink(outside.path, join(folder.path, "linked"));
  expect((await readAll(await folder.connect({}))).error).toMatchObject({ code: "MISCONFIGURED" });
  expect((await readAll(await folder.connect({ path: "linked/secret.csv" }))).error)
    .toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
  for (const path of [
    "../secret.csv",
    "/etc/passwd",
    "a/../../b",
    "./a",
    "a//b",
    "..",
    "a\0b",
    "a\\b",
  ]) {
    await expect(async () => folder.connect({ path })).rejects.toThrow(/"setting":"path"/);
  }
});

test("a link that stays inside the folder is followed", async () => {
  await using folder = await CsvFolder.make();
  await mkdir(join(folder.path, "2026"));
  await writeFile(join(folder.path, "2026", "people.csv"), people);
  await symlink(join("2026", "people.csv"), join(folder.path, "people.csv"));
  expect((await readAll(await folder.connect({}))).objects).toHaveLength(2);
});

test("what is missing or no regular file is unreadable", async () => {
  await using folder = await CsvFolder.make();
  await mkdir(join(folder.path, "people.csv"));
  expect((await readAll(await folder.connect({}))).error).toMatchObject({
    code: "SOURCE_UNREADABLE",
  });
  expect((await readAll(await folder.connect({ path: "none.csv" }))).error)
    .toMatchObject({ kind: "stop", code: "SOURCE_UNREADABLE" });
  expect((await readAll(await folder.connect({ path: "no/folder.csv" }))).error)
    .toMatchObject({ kind: "stop", code: "SOURCE_UNREADABLE" });
});

test("an aborted read throws the reason of its signal", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  const reads = (await folder.connect({})).reads;
  const reason = new Error("stopped by the test");
  const read = async (): Promise<void> => {
    for await (const _ of reads?.read({ signal: AbortSignal.abort(reason), batchSizeMax: 1 }) ??
      []);
  };
  await expect(read()).rejects.toBe(reason);
});

test("groups beside people, with members in a column or in a file of their own", async () => {
  await using folder = await CsvFolder.make();
  await folder.put("people.csv", people);
  await folder.put("groups.csv", "gid,label,who\ng1,Staff,1|2\ng2,None,\n");
  await folder.put("members.csv", "g,m\ng1,1\ng1,2\n,3\n");
  const inColumn = await readAll(
    await folder.connect({
      groups: {
        path: "groups.csv",
        anchor: "gid",
        name: "label",
        membersColumn: { column: "who", separator: "|" },
      },
    }),
    1,
  );
  const expected = [{ group: "g1", member: "1" }, { group: "g1", member: "2" }];
  expect(inColumn.members).toEqual(expected);
  expect(inColumn.objects.filter((each) => each.kind === "group")).toEqual([
    { kind: "group", anchor: "g1", name: "Staff", attributes: { gid: "g1", label: "Staff" } },
    { kind: "group", anchor: "g2", name: "None", attributes: { gid: "g2", label: "None" } },
  ]);
  const inFile = await readAll(
    await folder.connect({
      groups: {
        path: "groups.csv",
        anchor: "gid",
        members: { path: "members.csv", group: "g", member: "m" },
      },
    }),
  );
  expect(inFile.members).toEqual(expected);
  expect(inFile.skips).toMatchObject([{ object: "members.csv line 4", code: "ANCHOR_MISSING" }]);
});
