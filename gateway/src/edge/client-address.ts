import { isIP } from "node:net";
import type { Request } from "express";

/**
 * The network address of whoever asks: of the connection, or what a trusted proxy says of it in
 * `X-Forwarded-For` (Express's `trust proxy`). What is no address there counts as not said.
 */
export function clientAddress(request: Pick<Request, "ip" | "socket">): string | undefined {
  return addressOf(request.ip) ?? addressOf(request.socket.remoteAddress);
}

/** An IPv4 address that came over an IPv6 socket is the IPv4 address (RFC 4291 §2.5.5.2). */
function addressOf(text: string | undefined): string | undefined {
  const plain = text?.trim().replace(/^::ffff:(?=\d+\.)/i, "") ?? "";
  return isIP(plain) === 0 ? undefined : plain;
}
