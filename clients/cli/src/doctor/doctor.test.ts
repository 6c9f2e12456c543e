import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { say } from "../testing/terminal.js";
import { clockFinding } from "./installation.js";
import { diskFinding, nodeFinding } from "./machine.js";

describe("findings", () => {
  test.each([
    ["24.21.0", "ok"],
    ["22.22.0", "ok"],
    ["22.21.9", "missing"],
    ["20.19.0", "missing"],
  ])("Node %s is %s", (version, state) => expect(nodeFinding(version).state).toBe(state));

  test.each([
    [0.9, "missing"],
    [1.5, "optional"],
    [6, "ok"],
  ])("%d GiB of room are %s", (gib, state) => {
    expect(diskFinding(gib * 1024 ** 3).state).toBe(state);
  });

  const at = (time: string) => new Date(`2026-11-21T${time}Z`);
  const date = "Sat, 21 Nov 2026 08:00:00 GMT";

  test.each([
    ["08:00:00.000", "ok"],
    ["08:00:00.999", "ok"],
    ["08:00:31.000", "ok"],
    ["07:59:30.000", "ok"],
    ["08:00:31.100", "missing"],
    ["07:59:29.900", "missing"],
    ["09:00:00.000", "missing"],
  ])("a clock that says %s to the server's 08:00:00 is %s", (time, state) => {
    expect(clockFinding(date, at(time), at(time)).state).toBe(state);
  });

  test("an answer that takes long says less of the clock", () => {
    expect(clockFinding(date, at("07:59:00"), at("08:01:00")).state).toBe("ok");
    expect(clockFinding(null, at("08:00:00"), at("08:00:00")).state).toBe("optional");
  });
});

describe("joinery doctor", () => {
  const found = async (url: string) => {
    const { exitCode, out } = await say(["doctor", "--json"], { url, dataFolder: "." });
    const { ok, checks } = JSON.parse(out) as {
      ok: boolean;
      checks: { name: string; state: string; said: string; todo?: string }[];
    };
    const by = Object.fromEntries(checks.map((check) => [check.name, check]));
    for (const { state, todo } of checks) expect(state === "ok" || Boolean(todo)).toBe(true);
    return { exitCode, ok, by };
  };

  async function serving<T>(body: string, use: (url: string) => Promise<T>): Promise<T> {
    const server = createServer((_request, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test("where nothing listens says so, and asks nothing that stands on it", async () => {
    const gone = await serving("", (url) => Promise.resolve(url));
    const { exitCode, ok, by } = await found(gone);
    expect([exitCode, ok]).toEqual([1, false]);
    expect(by["address"]).toMatchObject({
      state: "missing",
      said: expect.stringContaining("ECONNREFUSED"),
    });
    expect(["readiness", "clock", "session", "mail"].map((name) => by[name]?.said)).toEqual(
      Array<string>(4).fill("not asked"),
    );
  });

  test("tells another program from Joinery", async () => {
    const { exitCode, by } = await serving("<html>hello</html>", found);
    expect(exitCode).toBe(1);
    expect(by["address"]?.said).toContain("is not Joinery");
  });

  test("without a session names the command that opens one", async () => {
    const { exitCode, by } = await serving('{"healthy":true}', found);
    expect(exitCode).toBe(1);
    expect(by["session"]).toMatchObject({
      state: "missing",
      todo: expect.stringContaining("joinery sign-in --url http://127.0.0.1"),
    });
  });
});
