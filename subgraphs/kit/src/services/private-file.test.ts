import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newSecret, readServerState, writePrivate, writeServerState } from "./private-file.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

describe("a private file", () => {
  it("is readable by its owner only, also when it replaces an open one", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "secret");
    writeFileSync(path, "old", { mode: 0o666 });
    await writePrivate(path, "new");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["secret"]);
  });

  it("that cannot be written leaves nothing behind", async () => {
    const folder = temporaryFolder();
    await expect(writePrivate(join(folder, "none/secret"), "new")).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("the state of a server", () => {
  it("is read back as it was written, and is nothing where there is no file", async () => {
    const path = join(temporaryFolder(), "state.json");
    expect(await readServerState(path)).toBeUndefined();
    const state = {
      port: 20_000,
      secret: newSecret(),
      running: { pid: 1, startedAt: "2", fingerprint: "3" },
    };
    await writeServerState(path, state);
    expect(await readServerState(path)).toEqual(state);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '{"port":"1","secret":"x"}',
    '{"port":1}',
    '{"port":1,"secret":"x","running":1}',
  ])("is refused when the file holds %j", async (text) => {
    const path = join(temporaryFolder(), "state.json");
    writeFileSync(path, text);
    await expect(readServerState(path)).rejects.toMatchObject({ code: "DATA_FOLDER_DAMAGED" });
  });

  it("has a new secret each time", () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    expect(new Set(secrets).size).toBe(100);
    expect(secrets.every((secret) => /^[0-9a-f]{64}$/.test(secret))).toBe(true);
  });
});
