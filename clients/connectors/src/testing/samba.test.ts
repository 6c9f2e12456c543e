import { expect, inject, test } from "vitest";
import type {} from "./provided-context.js";
import { sambaMissing, startSamba } from "./samba.js";

const missing = sambaMissing();
const reason = missing === undefined ? "" : ` (skipped: ${missing})`;

test.skipIf(missing !== undefined)(
  `two domain controllers run side by side, come again, and end without a trace${reason}`,
  async () => {
    const template = inject("sambaTemplate");
    const servers = await Promise.all([startSamba({ template }), startSamba({ template })]);
    expect(new Set(servers.flatMap((server) => [server.ldapsUrl, server.pid])).size).toBe(4);
    for (const server of servers) {
      const { pid } = server;
      await server.kill();
      expect(() => process.kill(pid, 0)).toThrow("ESRCH");
      await server.start();
      expect(() => process.kill(server.pid, 0)).not.toThrow();
      await server.stop();
      await server.stop();
      expect(() => process.kill(server.pid, 0)).toThrow("ESRCH");
    }
  },
);
