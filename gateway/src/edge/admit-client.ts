import { codeOf, type Log, type PushClient } from "@joinery/kit";
import type { Request, Response } from "express";
import { clientAddress } from "./client-address.js";
import type { PushClients } from "./push-clients.js";

/** `gone`: whoever asked has left, and nothing is to be answered. */
export type Admitted =
  | { readonly kind: "in"; readonly client: PushClient }
  | { readonly kind: "wait"; readonly retryAfterSeconds: number }
  | { readonly kind: "unknown" | "unchecked" | "gone" };

/**
 * Finds out which client asks and keeps it within its bounds until the answer is sent. Of a refusal
 * the headers are set (RFC 6750 §3, RFC 6585 §4); the caller says the rest in its own protocol.
 */
export async function admitClient(
  { clients, log }: { readonly clients: PushClients; readonly log: Log },
  token: string | undefined,
  request: Request,
  response: Response,
): Promise<Admitted> {
  const waiting = (retryAfterSeconds: number): Admitted => {
    response.setHeader("retry-after", String(retryAfterSeconds));
    return { kind: "wait", retryAfterSeconds };
  };
  let client: PushClient | null;
  try {
    client = token === undefined ? null : await clients.find(token);
  } catch (error) {
    log.error("cannot resolve a client", error, { code: codeOf(error) });
    return { kind: "unchecked" };
  }
  if (client === null) {
    const wait = await clients.refused(clientAddress(request) ?? "unknown");
    if (wait !== null) return waiting(wait.retryAfterSeconds);
    response.setHeader("www-authenticate", 'Bearer realm="joinery"');
    return { kind: "unknown" };
  }
  const wait = await clients.enter(client);
  if (wait !== null) return waiting(wait.retryAfterSeconds);
  const { id } = client;
  if (response.closed) {
    clients.leave(id);
    return { kind: "gone" };
  }
  response.once("close", () => clients.leave(id));
  return { kind: "in", client };
}
