import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCrypto, type TestCrypto } from "../testing/crypto-service.js";
import { createMasterKeyFile, MasterKey } from "./master-key.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "joinery-master-key-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, content: string, mode = 0o600): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

describe("createMasterKeyFile", () => {
  it("makes 32 random bytes for the owner alone, never over another file", async () => {
    const file = join(folder, "made");
    expect(await createMasterKeyFile(file)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, "utf8");
    expect(Buffer.from(text.trim(), "base64")).toHaveLength(32);
    expect(await createMasterKeyFile(file)).toBe(false);
    expect(await readFile(file, "utf8")).toBe(text);
    const other = join(folder, "other");
    await createMasterKeyFile(other);
    expect(await readFile(other, "utf8")).not.toBe(text);
    await MasterKey.load(file);
  });
});

describe("MasterKey.load", () => {
  it.each([0o644, 0o640, 0o604, 0o620, 0o666])("refuses a file of mode %o", async (mode) => {
    const file = await fileOf("open", randomBytes(32).toString("base64"), mode);
    await expect(MasterKey.load(file)).rejects.toMatchObject({ code: "MASTER_KEY_EXPOSED" });
  });

  it.each([
    ["empty", ""],
    ["short", randomBytes(31).toString("base64")],
    ["long", randomBytes(33).toString("base64")],
    ["hex", randomBytes(32).toString("hex")],
    ["words", "planted words that are no key at all, of whatever length they may be"],
    ["two lines", `${randomBytes(32).toString("base64")}\n${randomBytes(32).toString("base64")}`],
  ])("refuses a file that is %s and quotes nothing of it", async (_, content) => {
    const file = await fileOf("invalid", content);
    const refused = await MasterKey.load(file).catch((error: Error) => error);
    expect(refused).toMatchObject({ code: "MASTER_KEY_INVALID" });
    const said = JSON.stringify([refused, String(refused)]);
    for (const line of content.split("\n")) if (line !== "") expect(said).not.toContain(line);
  });

  it("says when there is no file", async () => {
    await expect(MasterKey.load(join(folder, "none"))).rejects.toMatchObject({
      code: "MASTER_KEY_MISSING",
    });
  });
});

describe("the start of the module", () => {
  let crypto: TestCrypto;
  beforeAll(async () => {
    crypto = await startCrypto();
  });
  afterAll(() => crypto.close());

  it("refuses a master key that the database was not made with, and changes nothing", async () => {
    const before = await crypto.owner.query("select * from joinery.installation");
    const other = join(folder, "wrong");
    await createMasterKeyFile(other);
    const wrong = crypto.createAgain({ JOINERY_MASTER_KEY_FILE: other });
    await expect(wrong).rejects.toMatchObject({ code: "MASTER_KEY_WRONG" });
    const after = await crypto.owner.query("select * from joinery.installation");
    expect(after.rows).toEqual(before.rows);
    await crypto.createAgain();
  });

  it("names the variable that is missing", async () => {
    await expect(crypto.createAgain({})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("JOINERY_MASTER_KEY_FILE") as string,
    });
  });

  it("writes one check, however many processes start at once", async () => {
    await crypto.owner.query("delete from joinery.installation");
    await Promise.all([1, 2, 3, 4].map(() => crypto.createAgain()));
    expect((await crypto.owner.query("select from joinery.installation")).rowCount).toBe(1);
    await crypto.createAgain();
  });
});
