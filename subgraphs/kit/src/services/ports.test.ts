import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { freePort, isPortFree, waitForPort } from "./ports.js";

function listen(port: number, host: string) {
  const server = createServer();
  return new Promise<typeof server>((resolve, reject) => {
    server.once("error", reject).listen(port, host, () => resolve(server));
  });
}

describe("a free port", () => {
  it("is outside the range of outgoing connections and can be listened on", async () => {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    const server = await listen(port, "127.0.0.1");
    server.close();
  });

  it.each(["127.0.0.1", "0.0.0.0"])("is not one that is taken on %s", async (host) => {
    const port = await freePort();
    const server = await listen(port, host);
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
  });

  it("differs between callers who ask at the same time", async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(ports).size).toBeGreaterThan(18);
  });
});

describe("waiting for a port", () => {
  it("ends when somebody listens, and with a code when nobody does in time", async () => {
    const port = await freePort();
    await expect(waitForPort(port, 100)).rejects.toMatchObject({ code: "PORT_NOT_OPEN" });
    const waiting = waitForPort(port, 5_000);
    const server = await listen(port, "127.0.0.1");
    await waiting;
    server.close();
  });
});
