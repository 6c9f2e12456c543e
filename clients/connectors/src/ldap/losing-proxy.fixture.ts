import { connect as connectPlain, createServer as createPlain, type Socket } from "node:net";
import { connect as connectSecure, createServer as createSecure } from "node:tls";
import type { AddressInfo } from "node:net";
import { BerReader } from "ldapts";
import { FrameReader } from "./frames.js";

/** Tags of requests (RFC 4511 §4). */
export const requestTags = { modify: 0x66, add: 0x68, delete: 0x4a, rename: 0x6c } as const;
export type LosableRequest = keyof typeof requestTags;

export interface LosingProxyOptions {
  readonly target: URL;
  readonly request: LosableRequest;
  /** Which of these requests, from 1, is done and never answered. */
  readonly lost: number;
  /** `cut` hangs up on both sides; `silent` says nothing any more, on any connection from then. */
  readonly manner?: "cut" | "silent";
  /** For a target that speaks TLS: what the proxy shows to the client, and trusts itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Stands before a directory and lets everything through, but for one answer. */
export interface LosingProxy extends AsyncDisposable {
  readonly url: string;
  /** How many answers were lost: 0 or 1. */
  readonly losses: number;
}

export async function losingProxy(options: LosingProxyOptions): Promise<LosingProxy> {
  const { target, tls, manner = "cut" } = options;
  let seen = 0;
  let isLosing = false;
  let losses = 0;
  const sockets = new Set<Socket>();
  const serve = (client: Socket): void => {
    const port = Number(target.port || (tls === undefined ? 389 : 636));
    const upstream = tls === undefined
      ? connectPlain(port, target.hostname)
      : connectSecure({ port, host: target.hostname, ca: tls.cert });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    const frames = new FrameReader(1 << 24);
    client.on("data", (data: Buffer) => {
      for (const frame of frames.take(data)) {
        if (tagOf(frame) !== requestTags[options.request]) continue;
        seen += 1;
        if (seen === options.lost) isLosing = true;
      }
      upstream.write(data);
    });
    upstream.on("data", (data: Buffer) => {
      if (!isLosing) {
        client.write(data);
        return;
      }
      // The directory has done it and said so; nobody will ever hear of it.
      losses = 1;
      if (manner === "silent") return;
      isLosing = false;
      client.destroy();
      upstream.destroy();
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  };
  const server = tls === undefined ? createPlain(serve) : createSecure(tls, serve);
  await new Promise<void>((resolve) => { server.listen(0, target.hostname, resolve); });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${target.protocol}//${target.hostname}:${port}`,
    get losses() {
      return losses;
    },
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => { server.close(() => { resolve(); }); });
    },
  };
}

function tagOf(frame: Buffer): number | null {
  const reader = new BerReader(frame);
  reader.readSequence();
  reader.readInt();
  return reader.readSequence();
}
