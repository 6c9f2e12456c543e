import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { holdFolder, holdWhenFree } from "./hold.js";
import { startChild } from "./testing/child.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function holder(folder: string) {
  return startChild(`
    const { holdFolder } = await import(services + "hold.ts");
    holdFolder(${JSON.stringify(folder)}, "stack");
    print({ pid: process.pid });
    setInterval(() => {}, 1000);`);
}

describe("a hold on a folder", () => {
  it("refuses a second holder in the same process until the first releases it", () => {
    const folder = temporaryFolder();
    const hold = holdFolder(folder, "stack");
    const fields = { folder, holder: process.pid };
    expect(() => holdFolder(folder, "stack")).toThrow(
      expect.objectContaining({ code: "DATA_FOLDER_IN_USE", fields }),
    );
    hold.release();
    hold.release();
    holdFolder(folder, "stack").release();
  });

  it("is not lost by a refused attempt of its own process", async () => {
    const folder = temporaryFolder();
    const hold = holdFolder(folder, "stack");
    expect(() => holdFolder(folder, "stack")).toThrow(/another Joinery/);
    expect(await holder(folder).next()).toMatchObject({ code: "DATA_FOLDER_IN_USE" });
    hold.release();
  });

  it("does not stand in the way of another name or another folder", () => {
    const folder = temporaryFolder();
    const holds = [holdFolder(folder, "one"), holdFolder(folder, "two")];
    holds.push(holdFolder(temporaryFolder(), "one"));
    for (const hold of holds) hold.release();
  });

  it("refuses another process, names the holder, and is free the moment it is killed", async () => {
    const folder = temporaryFolder();
    const child = holder(folder);
    const { pid } = await child.next();
    expect(() => holdFolder(folder, "stack")).toThrow(
      expect.objectContaining({ code: "DATA_FOLDER_IN_USE", fields: { folder, holder: pid } }),
    );
    await child.kill();
    holdFolder(folder, "stack").release();
  });

  it("is waited for by whoever has time, and only as long as that", async () => {
    const folder = temporaryFolder();
    const child = holder(folder);
    await child.next();
    await expect(holdWhenFree(folder, "stack", 200)).rejects.toMatchObject({
      code: "DATA_FOLDER_IN_USE",
    });
    const waiting = holdWhenFree(folder, "stack", 20_000);
    await child.kill();
    (await waiting).release();
  });

  it("goes to exactly one of twenty processes that want it at once", async () => {
    const folder = temporaryFolder();
    const wanting = Array.from({ length: 20 }, () => holder(folder));
    const answers = await Promise.all(wanting.map((child) => child.next()));
    await Promise.all(wanting.map((child) => child.kill()));
    expect(answers.filter((answer) => "pid" in answer)).toHaveLength(1);
    expect(answers.filter((answer) => answer["code"] === "DATA_FOLDER_IN_USE")).toHaveLength(19);
  });

  it("is not lost to the garbage collector when nobody keeps the handle", () => {
    const folder = temporaryFolder();
    holdFolder(folder, "stack");
    collectGarbage();
    expect(() => holdFolder(folder, "stack")).toThrow(
      expect.objectContaining({ code: "DATA_FOLDER_IN_USE" }),
    );
  });

  it("says that a folder which does not exist cannot be used", () => {
    expect(() => holdFolder("/nonexistent/folder", "stack")).toThrow(
      expect.objectContaining({ code: "DATA_FOLDER_UNUSABLE" }),
    );
  });
});
