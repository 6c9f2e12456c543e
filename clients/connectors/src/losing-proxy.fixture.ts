import {
  connect as connectPlain, createServer as createPlain, type AddressInfo, type Socket,
} from "node:net";
import { connect as connectSecure, createServer as createSecure } from "node:tls";

/**
 * How an answer is lost: `cut` hangs up on both sides after the server answered; `silent` says
 * nothing any more, on any connection from then; `late` hangs up on the client first, and the
 * server gets the request a good while after.
 */
export type LosingManner = "cut" | "silent" | "late";

export interface LosingProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** For each connection: how many losable requests are in what the client just sent. */
  readonly requests: () => (data: Buffer) => number;
  /** How the answer to the n-th of all these requests is lost, from 1; undefined: it is not. */
  readonly fate: (request: number) => LosingManner | undefined;
  /** How long after the first answer `cut` hangs up: so long the server may go on; default 0. */
  readonly lingerMs?: number;
  /** For a target that speaks TLS: what the proxy shows to the client, and trusts itself. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Stands before a server and lets everything through, but for some answers. */
export interface LosingProxy extends AsyncDisposable {
  readonly port: number;
  /** How many answers were lost. */
  readonly losses: number;
}

const lateMs = 15;

export async function loseAnswers(options: LosingProxyOptions): Promise<LosingProxy> {
  const { target, tls, lingerMs = 0 } = options;
  let seen = 0;
  let isSilent = false;
  let losses = 0;
  const sockets = new Set<Socket>();
  const serve = (client: Socket): void => {
    const upstream = tls === undefined
      ? connectPlain(target)
      : connectSecure({ ...target, ca: tls.cert });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    const requestsIn = options.requests();
    let fate: LosingManner | undefined;
    client.on("data", (data: Buffer) => {
      for (let left = requestsIn(data); left > 0; left -= 1) {
        seen += 1;
        fate ??= options.fate(seen);
      }
      if (fate !== "late") {
        upstream.write(data);
        return;
      }
      losses += 1;
      client.destroy();
      setTimeout(() => { upstream.end(data); }, lateMs);
    });
    upstream.on("data", (data: Buffer) => {
      if (fate === undefined && !isSilent) client.write(data);
      // The server has done it and said so; nobody will ever hear of it.
      if (fate === "cut") {
        losses += 1;
        fate = undefined;
        upstream.removeAllListeners("data").resume();
        hangUpLater([client, upstream], lingerMs);
      } else if (fate === "silent" && !isSilent) {
        losses += 1;
        isSilent = true;
      }
    });
    client.on("close", () => { if (fate !== "late") upstream.destroy(); });
    upstream.on("close", () => client.destroy());
  };
  const server = tls === undefined ? createPlain(serve) : createSecure(tls, serve);
  await new Promise<void>((resolve) => { server.listen(0, target.host, resolve); });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get losses() {
      return losses;
    },
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => { server.close(() => { resolve(); }); });
    },
  };
}

function hangUpLater(sockets: readonly Socket[], ms: number): void {
  const hangUp = (): void => { for (const each of sockets) each.destroy(); };
  if (ms === 0) hangUp();
  else setTimeout(hangUp, ms);
}
