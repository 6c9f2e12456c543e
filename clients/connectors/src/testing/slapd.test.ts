import { expect, test } from "vitest";
import { slapdMissing, startSlapd } from "./slapd.js";

const missing = slapdMissing();
const reason = missing === undefined ? "" : ` (skipped: ${missing})`;

test.skipIf(missing !== undefined)(
  `two directories run side by side and end without a trace${reason}`,
  async () => {
    const servers = await Promise.all([startSlapd(), startSlapd({ suffix: "dc=other,dc=test" })]);
    expect(
      new Set(servers.flatMap((server) => [server.url, server.ldapsUrl, server.pid])).size,
    ).toBe(6);
    for (const server of servers) {
      expect(() => process.kill(server.pid, 0)).not.toThrow();
      await server.stop();
      await server.stop();
      expect(() => process.kill(server.pid, 0)).toThrow("ESRCH");
    }
  },
);
