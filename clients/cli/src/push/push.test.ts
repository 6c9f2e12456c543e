import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { say } from "../testing/terminal.js";
import { batchesOf, batchLimits } from "./push-batches.js";
import { formatOf, readPushFile, type PushFormat } from "./push-file.js";
import type { PushLine } from "./push-line.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "joinery-push-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(format: PushFormat, text: string, kind = "user"): Promise<PushLine[]> {
  const file = join(folder, `file.${format}`);
  await writeFile(file, text);
  const lines: PushLine[] = [];
  const { signal } = new AbortController();
  for await (const line of readPushFile(file, formatOf(file), kind, signal)) lines.push(line);
  return lines;
}
const accounts = async (...given: Parameters<typeof read>) =>
  (await read(...given)).map(({ account }) => account);

describe("a file of JSON lines", () => {
  test("holds what the mutation takes, members as external ids alone", async () => {
    const text =
      '\ufeff{"externalId":"7","attributes":{"userName":"ada"},"version":2}\r\n\n' +
      '{"externalId":"g","kind":"group","members":["7",{"externalId":"h","kind":"group"}]}';
    expect(await read("jsonl", text)).toEqual([
      {
        line: 1,
        account: { externalId: "7", kind: "user", attributes: { userName: "ada" }, version: 2 },
      },
      {
        line: 3,
        account: {
          externalId: "g",
          kind: "group",
          members: [
            { externalId: "7", kind: "user" },
            { externalId: "h", kind: "group" },
          ],
        },
      },
    ]);
  });

  test.each([
    "{", "[]", "1", '{"attributes":{}}', '{"externalId":7}', '{"externalId":"7","userName":"a"}',
    '{"externalId":"7","attributes":[]}', '{"externalId":"7","version":"2"}',
    '{"externalId":"7","members":"a"}', '{"externalId":"7","members":[1]}',
  ])("is refused with its line, not its text: %s", async (text) => {
    const file = `{"externalId":"0"}\n${text.replace("7", "canary")}`;
    await expect(read("jsonl", file)).rejects.toMatchObject({
      code: "PUSH_FILE_INVALID",
      message: expect.not.stringContaining("canary") as string,
    });
    await expect(read("jsonl", file)).rejects.toThrow("line 2");
  });
});

describe("a file of CSV", () => {
  test("has attributes as columns, and says nothing by an empty cell", async () => {
    const text =
      'externalId,userName,name.givenName,"emails[type eq ""work""].value"\r\n' +
      '7,ada,"Ada, Countess",\r\n8,bob,,b@x.example\r\n';
    expect(await accounts("csv", text)).toEqual([
      {
        externalId: "7",
        kind: "user",
        attributes: { userName: "ada", "name.givenName": "Ada, Countess" },
      },
      {
        externalId: "8",
        kind: "user",
        attributes: { userName: "bob", 'emails[type eq "work"].value': "b@x.example" },
      },
    ]);
  });

  test("has members of groups with | between, none where the cell is empty", async () => {
    const text = "\ufeffexternalId,displayName,members,version\ng,All,7|8,\nh,None,,3\n";
    expect(await accounts("csv", text, "group")).toMatchObject([
      { kind: "group", members: [{ externalId: "7", kind: "user" }, { externalId: "8" }] },
      { kind: "group", members: [], version: 3, attributes: { displayName: "None" } },
    ]);
  });

  test.each([
    "userName\nada\n", "externalId,a,a\n7,1,2\n", "externalId,a\n7\n", 'externalId\n"7\n',
    "externalId,a\n,x\n", "externalId,version\n7,new\n",
  ])("that is none is refused: %j", async (text) => {
    await expect(read("csv", text)).rejects.toMatchObject({ code: "PUSH_FILE_INVALID" });
  });
});

test("a file that is not there is told by its name", async () => {
  const { signal } = new AbortController();
  const lines = readPushFile(join(folder, "none.csv"), "csv", "user", signal);
  await expect(lines.next()).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: expect.stringContaining("none.csv: ENOENT") as string,
  });
});

describe("batches", () => {
  const line = (account: object = {}): PushLine =>
    ({ line: 1, account: { externalId: "7", kind: "user", ...account } });
  async function sizes(lines: readonly PushLine[], objects = 1_000): Promise<number[]> {
    const found: number[] = [];
    // eslint-disable-next-line unicorn/consistent-function-scoping -- of this list alone
    async function* each() {
      yield* lines;
    }
    for await (const batch of batchesOf(each(), objects)) found.push(batch.length);
    return found;
  }

  test("hold so many objects, members and bytes, and all there are", async () => {
    expect(await sizes([])).toEqual([]);
    expect(await sizes(Array.from({ length: 2_500 }, () => line()))).toEqual([1_000, 1_000, 500]);
    const members = Array.from({ length: 4_000 }, () => ({ externalId: "7", kind: "user" }));
    const few = await sizes(Array.from({ length: 5 }, () => line({ members })));
    expect(few).toEqual([2, 2, 1]);
    const large = { attributes: { title: "x".repeat(batchLimits.bytes / 2) } };
    expect(await sizes([line(large), line(large), line()])).toEqual([1, 2]);
  });
});

test("pushing without the token of a client ends with 3, and a session's is none", async () => {
  for (const token of [null, "jns_0123456789abcdef"]) {
    const { exitCode, err } = await say(["push", "x.csv"], { url: "http://127.0.0.1:1", token });
    expect([exitCode, err.split(":")[0]]).toEqual([3, "CLIENT_TOKEN_MISSING"]);
  }
});
