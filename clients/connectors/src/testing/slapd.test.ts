import { expect, test } from "vitest";
import { slapdMissing, startSlapd } from "./slapd.js";

const missing = slapdMissing();

test.skipIf(missing !== undefined)(`two directory servers run side by side and end without a trace${missing === undefined ? "" : ` (skipped: ${missing})`}`, async () => {
  const servers = await Promise.all([startSlapd(), startSlapd({ suffix: "dc=other,dc=test" })]);
  expect(new Set(servers.flatMap((server) => [server.url, server.ldapsUrl, server.pid])).size).toBe(6);
  for (const server of servers) {
    expect(() => process.kill(server.pid, 0)).not.toThrow();
    await server.stop();
    await server.stop();
    expect(() => process.kill(server.pid, 0)).toThrow();
  }
});
