import { createServer, type AddressInfo, type LookupFunction } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reach } from "../connector.js";
import { HttpTransport } from "../http/http-transport.js";
import { scriptedWebServer } from "../http/scripted-web-server.fixture.js";
import { isPublic, networkList } from "./addresses.js";
import { reachOf } from "./reach.js";
import { deniedUrls } from "./url-forms.fixture.js";

const signal = new AbortController().signal;
const settings = { timeouts: { connectMs: 2_000, answerMs: 2_000 }, answerBytesMax: 65_536 };

/** Nothing here asks the machine's own resolver for a name that is not in its table. */
const names: Readonly<Record<string, readonly string[]>> = {
  "rebound.example": ["127.0.0.1", "127.0.0.2"], "mapped.example": ["::ffff:127.0.0.1"],
  "metadata.example": ["169.254.169.254", "fd00:ec2::254"], "localhost": ["127.0.0.1", "::1"],
};

function tableOf(table: typeof names): LookupFunction {
  return (name, _options, callback) => {
    const found = table[name.replace(/\.$/, "")];
    if (found === undefined) {
      callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "");
      return;
    }
    const family = (address: string): 4 | 6 => (address.includes(":") ? 6 : 4);
    callback(null, found.map((address) => ({ address, family: family(address) })));
  };
}

async function ask(url: string, reach: Reach): Promise<number> {
  const transport = new HttpTransport(settings as never, undefined, reach);
  try {
    const message = { method: "GET", url: new URL(url), headers: {} } as const;
    return (await transport.exchange(message, signal)).status;
  } finally {
    await transport.close();
  }
}

describe("an address of the operator's own is not connected to, however it is written", () => {
  let heard = 0;
  const trap = createServer((socket) => {
    heard += 1;
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  });
  beforeAll(() => new Promise<void>((resolve) => { trap.listen(0, resolve); }));
  afterAll(() => { trap.close(); });
  const here = (url: string) =>
    url.replace("PORT", String((trap.address() as AddressInfo).port));

  test("there are at least sixty ways", () => {
    expect(new Set(deniedUrls).size).toBeGreaterThanOrEqual(60);
  });

  test.each(deniedUrls)("%s", async (url) => {
    await expect(ask(here(url), reachOf([], tableOf(names)))).rejects
      .toMatchObject({ kind: "stop", code: "ADDRESS_DENIED" });
    expect(heard).toBe(0);
  });

  test("what the operator permits is reached by the same ways", async () => {
    const reach = reachOf(["127.0.0.0/8"], tableOf(names));
    for (const url of ["http://2130706433:PORT/", "http://[::ffff:127.0.0.1]:PORT/",
      "http://localhost:PORT/", "http://mapped.example:PORT/"]) {
      expect(await ask(here(url), reach)).toBe(200);
    }
    expect(heard).toBe(4);
  });
});

describe("a name that changes what it leads to", () => {
  test("is connected to where it was looked at, and to nothing else", async () => {
    await using server = await scriptedWebServer(() => ({ body: {} }));
    const { port } = new URL(server.url);
    let asked = 0;
    const turning: LookupFunction = (_name, _options, callback) => {
      asked += 1;
      callback(null, [{ address: asked === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
    };
    const reach = reachOf(["127.0.0.1"], turning);
    expect(await ask(`http://turning.example:${port}/`, reach)).toBe(200);
    expect(asked).toBe(1);
    await expect(ask(`http://turning.example:${port}/`, reach)).rejects
      .toMatchObject({ code: "ADDRESS_DENIED" });
    expect(server.seen).toHaveLength(1);
  });

  test("leads to its permitted addresses where it has others too", async () => {
    await using server = await scriptedWebServer(() => ({ body: {} }));
    const { port } = new URL(server.url);
    const mixed = tableOf({ "mixed.example": ["169.254.169.254", "10.0.0.1", "127.0.0.1"] });
    expect(await ask(`http://mixed.example:${port}/`, reachOf(["127.0.0.1"], mixed))).toBe(200);
  });
});

describe("addresses of the public internet", () => {
  test.each([
    "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
    "169.253.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.0", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8", "64:ff9b::808:808",
  ])("%s is one", (address) => { expect(isPublic(address)).toBe(true); });

  test.each(["", "example.org", "1.2.3", "fe80::1%eth0", "::", "4000::1", "240.0.0.1"])(
    "%j is none", (address) => { expect(isPublic(address)).toBe(false); });
});

test.each(["10.0.0.0/33", "10.0.0/8", "fd00::/129", "x", "", "10.0.0.0/8/8", "10.0.0.0/-1",
  "10.0.0.0/", "fe80::1%lo/64"])("%j is no network", (network) => {
  expect(() => networkList([network])).toThrow("is no list of networks");
});
