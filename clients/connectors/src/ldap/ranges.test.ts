import { expect, test } from "vitest";
import { activeDirectoryDialect } from "../active-directory/dialect.js";
import { ldapConfigurationSchema } from "./configuration.js";
import { signal } from "./directory.fixture.js";
import { errorOf, hostOf, settingsFor } from "./fixtures.js";
import { rangedValues } from "./ranges.js";
import { reply, ScriptedServer, sendEntry } from "./scripted-server.fixture.js";
import { LdapSession, prepareSignIn } from "./session.js";

const bind = 0x60;
const search = 0x63;
type Part = Readonly<Record<string, readonly string[]>>;
/** The entry is not to be seen. */
const gone: Part = {};

/** Values of `member` as a server gives them in these answers, one after the other. */
async function valuesOf(parts: readonly Part[]): Promise<readonly string[]> {
  await using server = await ScriptedServer.start((request) => {
    if (request.tag === search) {
      const part = parts[Math.min(request.turn, parts.length - 1)] as Part;
      if (part !== gone) sendEntry(request, "cn=g,dc=example,dc=com", part);
    }
    if (request.tag === bind || request.tag === search) reply(request, 0);
  });
  const dialect = activeDirectoryDialect({ passwordMustChange: true, memberPageSize: 2 });
  const settings = settingsFor({ url: server.url, adminDn: "cn=admin" });
  const configuration = ldapConfigurationSchema.parse(settings);
  const signIn = await prepareSignIn(dialect, configuration, hostOf({ admin: "x" }));
  const session = await LdapSession.open(signIn, signal);
  const values: string[] = [];
  try {
    const first = await session.readEntry("cn=g,dc=example,dc=com", ["*"]);
    if (first === undefined) throw new Error("there is no entry");
    for await (const part of rangedValues(session, first, "member")) {
      values.push(...part.map(String));
    }
    return values;
  } finally {
    await session.close();
  }
}

test("values in several ranges are all of them, in whatever spelling the ranges come", async () => {
  expect(await valuesOf([{ member: ["a", "b"] }])).toEqual(["a", "b"]);
  expect(await valuesOf([{ cn: ["g"] }])).toEqual([]);
  expect(await valuesOf([
    { "member;range=0-1": ["a", "b"], uSNChanged: ["5"] },
    { "Member;Range=2-3": ["c", "d"], uSNChanged: ["5"] },
    { "member;range=4-*": ["e"], uSNChanged: ["5"] },
  ])).toEqual(["a", "b", "c", "d", "e"]);
});

test("a member who slips between two ranges is found all the same, and no one twice", async () => {
  expect(await valuesOf([
    { "member;range=0-1": ["a", "b"], uSNChanged: ["5"] },
    // Somebody left, so c moved into the range that was read already.
    { "member;range=2-*": ["d"], uSNChanged: ["6"] },
    { "member;range=0-1": ["b", "c"], uSNChanged: ["6"] },
    { "member;range=2-*": ["d"], uSNChanged: ["6"] },
  ])).toEqual(["a", "b", "d", "c"]);
});

test("a group that never rests is an error and not half a group", async () => {
  const parts = Array.from({ length: 20 }, (_, at): Part => ({
    [at % 2 === 0 ? "member;range=0-1" : "member;range=2-*"]: [`m${at}`], uSNChanged: [`${at}`],
  }));
  expect(await errorOf(valuesOf(parts))).toMatchObject({ kind: "retry", code: "CONNECTOR_BUSY" });
});

test("a group that went or was renamed meanwhile is an error and not half a group", async () => {
  const first = { "member;range=0-1": ["a", "b"], uSNChanged: ["5"] };
  const inPass = [first, gone];
  const inNextPass = [first, { "member;range=2-*": ["d"], uSNChanged: ["6"] }, gone];
  for (const parts of [inPass, inNextPass]) {
    const error = await errorOf(valuesOf(parts));
    expect(error).toMatchObject({ kind: "retry", code: "CONNECTOR_BUSY" });
  }
});

test("a range that the server does not give although nothing changed is not the end", async () => {
  expect(await errorOf(valuesOf([
    { "member;range=0-1": ["a", "b"], uSNChanged: ["5"] }, { uSNChanged: ["5"] },
  ]))).toMatchObject({ kind: "stop", code: "SOURCE_INCOMPLETE" });
});
