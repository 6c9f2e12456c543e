import { createServer, type AddressInfo, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** What a server does with whoever comes, once it has been spoken to. */
export interface Manner {
  /** What it says first. */
  readonly greeting?: Buffer;
  /** Whether it does not wait to be spoken to. */
  readonly isFirst?: boolean;
  /** So many bytes of what it is told are a packet by themselves; more of it comes after. */
  readonly packet?: number;
  answer(socket: Socket): void;
}

export interface BadServer extends AsyncDisposable {
  readonly port: number;
}

export async function startBadServer(manner: Manner): Promise<BadServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    if (manner.greeting !== undefined) socket.write(manner.greeting);
    if (manner.isFirst === true) manner.answer(socket);
    else {
      socket.once("data", (data: Buffer) => {
        socket.pause();
        const rest = data.subarray(manner.packet ?? data.length);
        if (rest.length > 0) socket.unshift(rest);
        manner.answer(socket);
      });
    }
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

/** Encrypts from here on, with this certificate. */
export function encrypt(socket: Socket, { key, cert }: { key: string; cert: string }): void {
  const secure = new TLSSocket(socket, { isServer: true, key, cert });
  secure.on("error", () => undefined);
}

/** MySQL's first packet (protocol 10), which offers to encrypt. */
export function mysqlGreeting(): Buffer {
  const protocol41 = 0x0200;
  const capabilities = 0x1 | 0x8 | protocol41 | 0x0800 | 0x8000 | 0x80000;
  const payload = Buffer.concat([
    Buffer.from([10]), Buffer.from("8.0.36\0"), Buffer.from([1, 0, 0, 0]),
    Buffer.from("12345678\0"), Buffer.from([capabilities & 0xff, (capabilities >> 8) & 0xff]),
    Buffer.from([45, 2, 0]), Buffer.from([(capabilities >> 16) & 0xff, capabilities >> 24, 21]),
    Buffer.alloc(10), Buffer.from("123456789012\0"), Buffer.from("mysql_native_password\0"),
  ]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}
