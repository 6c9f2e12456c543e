import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { createUser, describeDirectory, outcomes, signal } from "./directory.fixture.js";

describeDirectory("reads of a real directory", (directory) => {
  test("the schema is the server's", async () => {
    const schema = await directory.connector.reads?.describe(signal);
    const find = (name: string) => schema?.user?.find((each) => each.name === name);
    expect(find("dn")).toEqual({
      name: "dn",
      type: "string",
      caseIgnore: true,
      required: true,
      naming: true,
    });
    expect(find("sn")).toEqual({
      name: "sn",
      type: "string",
      many: true,
      caseIgnore: true,
      required: true,
    });
    expect(find("employeeNumber")).toEqual({
      name: "employeeNumber",
      type: "string",
      caseIgnore: true,
    });
    expect(find("jpegPhoto")).toEqual({ name: "jpegPhoto", type: "binary", many: true });
    expect(find("manager")).toMatchObject({ type: "reference" });
    expect(find("entryUUID")).toMatchObject({ readOnly: true });
    expect(find("userPassword")).toBeUndefined();
    expect(schema?.group?.find((each) => each.name === "member")).toBeUndefined();
  });

  test("pages of any size and batches of any size give the same whole", async () => {
    await directory.created(Array.from({ length: 90 }, (_, at) => createUser(`page-${at}`)));
    const whole = (await readAll(directory.connector)).objects.map((each) => each.anchor).sort();
    for (const [pageSize, batchSizeMax] of [[1_000, 7], [13, 1_000], [37, 37]] as const) {
      const paged = await directory.connect({ pageSize });
      const { objects, error } = await readAll(paged, batchSizeMax);
      expect(error).toBeUndefined();
      expect(objects.map((each) => each.anchor).sort()).toEqual(whole);
      await paged.close();
    }
  });

  test("an abort throws the reason of its signal, and the next write works", async () => {
    const reason = new Error("stopped by the test");
    await directory.created(Array.from({ length: 20 }, (_, at) => createUser(`there-${at}`)));
    const stopped = new AbortController();
    const read = async (): Promise<void> => {
      const paged = await directory.connect({ pageSize: 5 });
      for await (const _ of paged.reads?.read({ signal: stopped.signal, batchSizeMax: 5 }) ?? [])
        stopped.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    const midway = new AbortController();
    const writing = directory.connector.writes?.write(
      Array.from({ length: 300 }, (_, at) => createUser(`aborted-${at}`)),
      midway.signal,
    );
    setTimeout(() => {
      midway.abort(reason);
    }, 15);
    await expect(writing).rejects.toBe(reason);
    await expect(
      directory.connector.writes?.write([createUser("late")], AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
    expect(outcomes(await directory.write([createUser("after-abort")]))).toEqual(["done"]);
  });
});
