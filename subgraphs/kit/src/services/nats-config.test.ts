import { describe, expect, it } from "vitest";
import { natsAddress } from "./nats-address.js";
import { natsConfig } from "./nats-config.js";
import { isAtLeast } from "./nats-version.js";

const input = { folder: "/data/nats", port: 4222, token: "t", jetStream: {} };

describe("the configuration of NATS", () => {
  it("flushes every message from 2.10 on, and says nothing to servers that would refuse it", () => {
    expect(natsConfig({ ...input, version: "2.9.10" })).not.toContain("sync_interval");
    expect(natsConfig({ ...input, version: "2.10.0" })).toContain('sync_interval: "always"');
    const lazy = { ...input, version: "2.12.0", jetStream: { syncAlways: false } };
    expect(natsConfig(lazy)).not.toContain("sync_interval");
  });

  it("quotes folders whatever they are called", () => {
    const config = natsConfig({ ...input, folder: '/a "b"\\c', version: "2.9.10" });
    expect(config).toContain(String.raw`store_dir: "/a \"b\"\\c/store"`);
  });
});

describe("a NATS URL", () => {
  it.each([
    ["nats://secret@h:4222", { servers: ["nats://h:4222"], token: "secret" }],
    [
      "nats://u:p%40w@h:1,nats://h2:2",
      { servers: ["nats://h:1", "nats://h2:2"], user: "u", pass: "p@w" },
    ],
    ["h:4222", { servers: ["nats://h:4222"] }],
    ["tls://h", { servers: ["tls://h"] }],
    ["nats://a@h1, nats://b@h2", { servers: ["nats://h1", "nats://h2"], token: "a" }],
  ])("%s becomes what the client takes", (url, address) => {
    expect(natsAddress(url)).toEqual(address);
  });
});

describe("a NATS version", () => {
  it.each([
    ["2.10.0", "2.9.10", true],
    ["2.9.10", "2.10.0", false],
    ["v2.9.10", "2.9.10", true],
    ["2.15.0-preview.1", "2.15.0", true],
    ["3.0", "2.99.99", true],
    ["", "2.9.0", false],
  ])("%s is at least %s: %s", (version, wanted, expected) => {
    expect(isAtLeast(version, wanted)).toBe(expected);
  });
});
