import { connect as connectSocket, createServer, type AddressInfo } from "node:net";
import { BerReader } from "ldapts";
import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { createUser, describeDirectory, signal } from "./directory.fixture.js";
import { people } from "./fixtures.js";
import { FrameReader } from "./frames.js";

const addRequest = 0x68;

/** Lets everything through but the answer to the n-th add: then it hangs up on both sides. */
async function losingProxy(target: URL, lost: number): Promise<AsyncDisposable & { url: string }> {
  let adds = 0;
  const server = createServer((client) => {
    const upstream = connectSocket(Number(target.port), target.hostname);
    const frames = new FrameReader(1 << 24);
    let cutting = false;
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
    client.on("data", (data: Buffer) => {
      for (const frame of frames.take(data)) {
        const reader = new BerReader(frame);
        reader.readSequence();
        reader.readInt();
        if (reader.readSequence() !== addRequest) continue;
        adds += 1;
        if (adds === lost) cutting = true;
      }
      upstream.write(data);
    });
    upstream.on("data", (data: Buffer) => {
      if (!cutting) client.write(data);
      else {
        // The directory has done it and said so; nobody will ever hear of it.
        client.destroy();
        upstream.destroy();
      }
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ldap://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => { resolve(); });
      }),
  };
}

describeDirectory("a directory whose answers get lost", (directory) => {
  for (const idAttribute of [undefined, "employeeNumber"]) {
    const how = idAttribute === undefined ? "by its name" : "by our id";
    test(`a create without an answer makes exactly one entry, found again ${how}`, async () => {
      for (let lost = 1; lost <= 8; lost += 1) {
        await using proxy = await losingProxy(new URL(directory.slapd.url), lost);
        const users = { base: people, ...(idAttribute === undefined ? {} : { idAttribute }) };
        const connector = await directory.connect({ url: proxy.url, users, inFlightMax: 3 });
        const prefix = `${how.replaceAll(" ", "-")}-${lost}`;
        const writes = Array.from({ length: 8 }, (_, at) => createUser(`${prefix}-${at}`));
        const first = (await connector.writes?.write(writes, signal)) ?? [];
        const open = writes.filter((_, at) => first[at]?.ok !== true);
        expect(open.length).toBeGreaterThan(0);
        const second = (await connector.writes?.write(open, signal)) ?? [];
        expect(second.map((each) => each.ok)).toEqual(open.map(() => true));
        // Otherwise no answer was lost, and the test proves nothing.
        expect(second.some((each) => each.ok && each.already === true)).toBe(true);
        const names = (await readAll(directory.connector)).objects.map((each) => each.name);
        for (const write of writes) {
          const name = `uid=${String(write.attributes["uid"])},${people}`;
          expect(names.filter((each) => each === name)).toHaveLength(1);
        }
        await connector.close();
      }
    });
  }
});
