import { describe, expect, test } from "vitest";
import { startBadServer } from "../../bad-servers.fixture.js";
import { hostOf } from "../../ldap/fixtures.js";
import { readAll } from "../../testing/read-all.js";
import { sqlConfigurationSchema } from "../configuration.js";
import { sqlKind } from "../sql-kind.js";
import { sqlServerDialect } from "./sqlserver-dialect.js";
import {
  answerInTurn, doneAnswer, errorAnswer, loginAnswer, notSupported, preloginAnswer, rowAnswer,
} from "./tds.fixture.js";
import { tediousMissing, tediousVersion } from "./tedious.js";

const timeouts = { connectMs: 2_000, answerMs: 2_000 };
const missing = tediousMissing();
const reason = missing ? ` (skipped: tedious ${tediousVersion} is not installed)` : "";

async function errorOf(port: number, more: object = { allowPlain: true }): Promise<unknown> {
  const connector = await sqlKind.create({
    dialect: "sqlserver", host: "127.0.0.1", port, database: "d", user: "u", passwordSecret: "s",
    users: { table: "people", anchor: "id" }, timeouts, ...more,
  }, hostOf({ s: "secret" }));
  const { objects, error } = await readAll(connector);
  await connector.close();
  expect(objects).toEqual([]);
  expect(JSON.stringify([error?.message, String(error?.cause)])).not.toContain("secret");
  return error;
}

describe.skipIf(missing)(`SQL Server's wire${reason}`, () => {
  const prelogin = preloginAnswer(notSupported);
  test.each([
    ["refuses to sign us in", [errorAnswer(18_456)], "stop", "CREDENTIALS_REJECTED"],
    ["has no such database", [errorAnswer(4_060)], "stop", "MISCONFIGURED"],
    ["is busy at sign-in", [errorAnswer(40_501)], "retry", "CONNECTOR_BUSY"],
    ["dies while it answers the sign-in", [loginAnswer().subarray(0, 20)],
      "retry", "CONNECTOR_UNREACHABLE"],
    ["dies while it answers a statement",
      [loginAnswer(), doneAnswer(), doneAnswer().subarray(0, 12)],
      "retry", "CONNECTOR_UNREACHABLE"],
    ["refuses a statement", [loginAnswer(), doneAnswer(), errorAnswer(229)],
      "stop", "PERMISSION_DENIED"],
  ])("a server that %s", async (_name, answers, kind, code) => {
    await using server = await startBadServer({
      answer: (socket) => {
        socket.write(prelogin);
        answerInTurn(socket, answers);
      },
    });
    expect(await errorOf(server.port)).toMatchObject({ kind, code });
  });

  test("a server without encryption is told no password", async () => {
    const said: Buffer[] = [];
    await using server = await startBadServer({
      answer: (socket) => {
        socket.on("data", (data: Buffer) => { said.push(data); });
        socket.write(prelogin);
        socket.resume();
      },
    });
    expect(await errorOf(server.port, {})).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
    expect(said).toEqual([]);
  });

  test("values go beside the statement, each with a type, and triggers count nothing", async () => {
    const said: Buffer[] = [];
    await using server = await startBadServer({
      answer: (socket) => {
        socket.on("data", (data: Buffer) => { said.push(data); });
        socket.write(prelogin);
        answerInTurn(socket, [loginAnswer(), ...Array.from({ length: 12 }, doneAnswer)]);
      },
    });
    expect(await errorOf(server.port)).toMatchObject({ kind: "stop", code: "COLUMN_MISSING" });
    const text = Buffer.concat(said).toString("utf16le")
      + Buffer.concat(said).subarray(1).toString("utf16le");
    expect(text).toMatch(/@p1 nvarchar\(4000\), @p2 nvarchar\(4000\), @joinery_affected int/);
    expect(text).toContain("set @joinery_affected = @@rowcount");
    expect(text).toContain("select * from [people] where 1 = 0");
    expect(text).toMatch(/object_id\(@p2\)/);
  });

  async function signedIn(port: number) {
    const configuration = sqlConfigurationSchema.parse({
      dialect: "sqlserver", host: "127.0.0.1", port, database: "d", user: "u", timeouts,
      passwordSecret: "s", users: { table: "people", anchor: "id" }, allowPlain: true,
    });
    const password = { use: <T>(read: (plain: string) => T) => read("secret") };
    const { signal } = new AbortController();
    return sqlServerDialect.connect(
      { dialect: sqlServerDialect, configuration, password, ca: undefined }, signal,
    );
  }

  test.each([["whole", 0], ["in half", 60]])("a row that comes %s", async (_name, cut) => {
    const answer = rowAnswer(3);
    await using server = await startBadServer({
      answer: (socket) => {
        socket.write(prelogin);
        const cutAnswer = answer.subarray(0, answer.length - cut);
        answerInTurn(socket, [loginAnswer(), doneAnswer(), cutAnswer]);
      },
    });
    const driver = await signedIn(server.port);
    const asked = driver.query("select 1", ["a", null, Buffer.from([1])]);
    if (cut > 0) await expect(asked).rejects.toThrow(/clos|hang up|lost/i);
    else {
      expect(await asked).toEqual({
        rows: [["0.1", "1", "9223372036854775807", "é]", Buffer.from([0, 255]), null]],
        affected: 3,
      });
    }
    driver.destroy();
  });

  test("where nobody listens there is no connection", async () => {
    const server = await startBadServer({ answer: () => undefined });
    await server[Symbol.asyncDispose]();
    expect(await errorOf(server.port)).toMatchObject({
      kind: "retry", code: "CONNECTOR_UNREACHABLE",
    });
  });
});

test.skipIf(!missing)("without its driver SQL Server is misconfigured", async () => {
  expect(await errorOf(1)).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
});
