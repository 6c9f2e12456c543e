import { createConnection } from "node:net";
import { JoineryError } from "../errors.js";

/** What a NATS server says before anybody signs in: the `INFO` line of its protocol. */
export interface NatsGreeting {
  version: string;
  jetstream: boolean;
}

/** INFO is one line of some hundred bytes; more is not a NATS server. */
const longestGreeting = 64 * 1024;

/**
 * Reads the greeting of `nats://host:port` (or `tls://` where TLS comes first).
 * `NATS_UNREACHABLE` when there is none within the time.
 */
export function readNatsGreeting(server: string, timeoutMs = 5_000): Promise<NatsGreeting> {
  const { hostname, port, protocol } = new URL(server);
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: port ? Number(port) : 4222 };
  return new Promise((resolve, reject) => {
    const socket = createConnection(target);
    let heard = "";
    const fail = (reason: string, cause?: unknown) => {
      socket.destroy();
      const message = `no NATS server answers at ${target.host}:${target.port} (${reason})`;
      reject(new JoineryError("NATS_UNREACHABLE", message, { ...target, reason }, { cause }));
    };
    socket.setTimeout(timeoutMs, () => fail("silent"));
    socket.once("error", (cause) => fail("code" in cause ? String(cause.code) : "error", cause));
    socket.once("close", () => fail("closed"));
    socket.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
      const end = heard.indexOf("\r\n");
      if (end < 0 && heard.length < longestGreeting) return;
      const greeting = parseGreeting(heard.slice(0, end));
      if (!greeting) return fail(protocol === "tls:" ? "not before TLS" : "not NATS");
      socket.destroy();
      resolve(greeting);
    });
  });
}

function parseGreeting(line: string): NatsGreeting | undefined {
  if (!line.startsWith("INFO ")) return undefined;
  try {
    const info: unknown = JSON.parse(line.slice(5));
    if (typeof info !== "object" || info === null) return undefined;
    const { version, jetstream } = info as Partial<Record<keyof NatsGreeting, unknown>>;
    return typeof version === "string" ? { version, jetstream: jetstream === true } : undefined;
  } catch {
    return undefined; // Not JSON, so not NATS; the caller says so.
  }
}
