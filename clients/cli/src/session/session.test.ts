import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { normaliseUrl } from "./address.js";
import { readSessions, writeSessions, type KeptSession } from "./session-file.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "joinery-session-"));
  file = join(folder, "deep", "session.json");
});
afterEach(() => rm(folder, { recursive: true }));

const session: KeptSession = {
  token: "jns_secret",
  formerToken: null,
  email: "a@b",
  organisation: "o",
  expiresAt: "2030-01-01",
};
const url = "http://localhost:4000";
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe("kept sessions", () => {
  test("are none before the first sign-in", async () => {
    expect(await readSessions(file)).toEqual({ current: null, sessions: {} });
  });

  test("come back as they were, in a file and folder of their owner's alone", async () => {
    const kept = { current: url, sessions: { [url]: session } };
    await writeSessions(file, kept);
    expect(await readSessions(file)).toEqual(kept);
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(join(folder, "deep"))).toBe(0o700);
  });

  test("that others could read are closed to them", async () => {
    await writeSessions(file, { current: null, sessions: {} });
    await chmod(file, 0o644);
    await readSessions(file);
    expect(await modeOf(file)).toBe(0o600);
  });

  test("written over a file that others could read are theirs no more", async () => {
    await writeSessions(file, { current: null, sessions: {} });
    await chmod(file, 0o666);
    await writeSessions(file, { current: url, sessions: {} });
    expect(await modeOf(file)).toBe(0o600);
  });

  test.each(["", "{", "[]", '{"format":2,"sessions":{}}', '{"format":1}'])(
    "that are %j are refused, and kept for a person to look at",
    async (text) => {
      await writeSessions(file, { current: null, sessions: {} });
      await writeFile(file, text);
      await expect(readSessions(file)).rejects.toMatchObject({ code: "SESSION_FILE_DAMAGED" });
      expect(await readFile(file, "utf8")).toBe(text);
    },
  );
});

describe("addresses", () => {
  test.each([
    ["http://localhost:4000", "http://localhost:4000"],
    ["http://localhost:4000/", "http://localhost:4000"],
    ["http://LOCALHOST:4000/graphql", "http://localhost:4000"],
    ["http://127.0.0.1:80/graphql/?a#b", "http://127.0.0.1"],
    ["http://[::1]:4000", "http://[::1]:4000"],
    ["https://example.com/joinery/graphql", "https://example.com/joinery"],
  ])("%s is kept as %s", (given, kept) => expect(normaliseUrl(given, false)).toBe(kept));

  test.each([
    "http://example.com",
    "http://10.0.0.1:4000",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com",
    "http://0.0.0.0:4000",
  ])("%s would carry the session readable", (given) => {
    expect(() => normaliseUrl(given, false)).toThrow(
      expect.objectContaining({ code: "URL_INSECURE" }),
    );
    expect(normaliseUrl(given, true)).toBe(given);
  });
});
