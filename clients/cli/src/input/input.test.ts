import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toAddInput, toUpdateInput } from "./application-input.js";
import {
  instantFlag,
  limitFlag,
  listFlag,
  secondsFlag,
  settingFlag,
  withSettings,
} from "./flags.js";
import { readJsonFile } from "./json-file.js";

describe("flags", () => {
  test.each([
    ["1", 1],
    ["100000", 100_000],
  ])("--limit %s", (text, n) => {
    expect(limitFlag(text)).toBe(n);
  });
  test.each(["0", "-1", "1.5", "100001", "", "1e3"])("--limit %j is refused", (text) => {
    expect(() => limitFlag(text)).toThrow("a number from 1");
  });
  test.each([
    ["1", 1_000],
    ["0.5", 500],
  ])("--interval %s", (text, ms) => {
    expect(secondsFlag(text)).toBe(ms);
  });
  test.each(["0", "0.01", "-1", "1s", "86401"])("--interval %j is refused", (text) => {
    expect(() => secondsFlag(text)).toThrow("seconds from 0.1");
  });
  test.each([
    ["2026-11-21", "2026-11-21T00:00:00.000Z"],
    ["2026-11-21T08:00Z", "2026-11-21T08:00:00.000Z"],
    ["2026-11-21T08:00:00.5+02:00", "2026-11-21T06:00:00.500Z"],
  ])("--from %s", (text, instant) => expect(instantFlag(text)).toBe(instant));
  test.each(["2026-11-21T08:00:00", "21.11.2026", "2026-13-01", "now", "1"])(
    "--from %j is refused: it names no instant",
    (text) => expect(() => instantFlag(text)).toThrow("2026-11-21T08:00:00Z"),
  );
  test("lists lose blanks and empty parts", () => {
    expect(listFlag(" user, ,group,")).toEqual(["user", "group"]);
  });
});

describe("--set", () => {
  const settings = (...texts: readonly string[]) =>
    withSettings(
      {},
      texts.reduce<ReturnType<typeof settingFlag>>((before, text) => settingFlag(text, before), []),
    );

  test("lays values over a configuration, JSON where it is JSON and text elsewhere", () => {
    expect(
      settings("path=people.csv", "port=636", 'code="636"', "tls=true", "equation=a=b", "none="),
    ).toEqual({ path: "people.csv", port: 636, code: "636", tls: true, equation: "a=b", none: "" });
  });

  test("reaches below, keeps what is beside, and the last one wins", () => {
    expect(settings("a.b=1", "a.c=2", "a.b=3")).toEqual({ a: { b: 3, c: 2 } });
    expect(settings("a=1", "a.b=2")).toEqual({ a: { b: 2 } });
    expect(settings("a=[1]", "a.b=2")).toEqual({ a: { b: 2 } });
  });

  test.each(["path", "=a", ".a=1", "a..b=1", "__proto__.x=1", "a.constructor=1"])(
    "%s is refused",
    (text) => expect(() => settingFlag(text)).toThrow("name=value"),
  );
});

describe("an application", () => {
  const set = settingFlag("path=b.csv");

  test("comes from a file, and flags win over it", () => {
    const file = {
      key: "hr",
      connector: "csv",
      configuration: { path: "a.csv", anchor: "id" },
      phase: "live",
    };
    expect(toAddInput(undefined, file, {})).toEqual({ ...file, name: "hr" });
    expect(toAddInput("hr2", file, { name: "HR", set, phase: "sandbox" })).toEqual({
      key: "hr2",
      name: "HR",
      connector: "csv",
      phase: "sandbox",
      configuration: { path: "b.csv", anchor: "id" },
    });
  });

  test("comes from flags alone", () => {
    const flags = { connector: "csv", set, authoritativeFor: ["user"], protect: ["admin"] };
    expect(toAddInput("hr", {}, flags)).toEqual({
      key: "hr",
      name: "hr",
      connector: "csv",
      configuration: { path: "b.csv" },
      authoritativeFor: ["user"],
      protectedNames: ["admin"],
    });
  });

  test("without key or connector, or with a setting that there is not, is refused", () => {
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => toAddInput(undefined, { connector: "csv" }, {})).toThrow(refusal("FLAG_MISSING"));
    expect(() => toAddInput("hr", {}, {})).toThrow(refusal("FLAG_MISSING"));
    const file = { connector: "csv", autoritativeFor: ["user"] };
    expect(() => toAddInput("hr", file, {})).toThrow(refusal("SETTING_UNKNOWN"));
  });

  test("is changed only in what is said; --set keeps the rest of the configuration", () => {
    const current = { path: "a.csv", anchor: "id" };
    expect(toUpdateInput("1", current, {}, { name: "HR" })).toEqual({ id: "1", name: "HR" });
    expect(toUpdateInput("1", current, {}, { set })).toEqual({
      id: "1",
      configuration: { path: "b.csv", anchor: "id" },
    });
    const file = { configuration: { path: "c.csv" } };
    expect(toUpdateInput("1", current, file, { set })).toEqual({
      id: "1",
      configuration: { path: "b.csv" },
    });
    expect(() => toUpdateInput("1", current, { connector: "ldap" }, {})).toThrow(
      expect.objectContaining({ code: "SETTING_UNKNOWN" }),
    );
  });
});

describe("a file of JSON", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "joinery-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(text: string): Promise<unknown> {
    const file = join(folder, "file.json");
    await writeFile(file, text);
    return readJsonFile(file);
  }

  test("may begin with a byte order mark", async () => {
    expect(await read('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  test("that is broken is told with line and column", async () => {
    await expect(read('{\n  "a": 1,\n  oops\n}')).rejects.toMatchObject({
      code: "FILE_NOT_JSON",
      message: expect.stringMatching(/line 3, column 3$/),
    });
  });

  test.each(["[]", "1", "null", ""])("that holds %j is no object", async (text) => {
    await expect(read(text)).rejects.toMatchObject({ code: "FILE_NOT_JSON" });
  });

  test("that is not there is told by its name", async () => {
    await expect(readJsonFile(join(folder, "no.json"))).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining("no.json: ENOENT"),
    });
    await expect(readJsonFile(folder)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });
});
