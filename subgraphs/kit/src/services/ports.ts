import { randomInt } from "node:crypto";
import { createConnection, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { JoineryError } from "../errors.js";

/** Below the range from which Linux takes ports for outgoing connections (32768 and up). */
const lowest = 20_000;
const highest = 32_000;

/**
 * A port of the loopback address on which nobody listens now. Chosen at random outside the
 * ephemeral range, so that neither an outgoing connection nor another process that asks at the
 * same time is likely to take it, and a server that comes back later finds it free again.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(lowest, highest);
    if (await isPortFree(port)) return port;
  }
  throw new JoineryError("NO_FREE_PORT", "found no free port on 127.0.0.1 in 100 attempts");
}

/** Whether a server could listen on this port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      probe.close(() => resolve(true));
    });
  });
}

/** Resolves once something accepts connections; `PORT_NOT_OPEN` after the time. */
export async function waitForPort(port: number, timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await accepts(port))) {
    if (performance.now() > giveUpAt) {
      throw new JoineryError("PORT_NOT_OPEN", `nothing listens on 127.0.0.1:${port}`, { port });
    }
    await delay(25);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
