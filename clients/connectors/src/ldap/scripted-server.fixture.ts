import { createServer, type Server, type Socket } from "node:net";
import { BerReader, BerWriter } from "ldapts";
import { FrameReader } from "./frames.js";

export interface ScriptedRequest {
  readonly id: number;
  /** Tag of the operation: 0x60 bind, 0x63 search, 0x66 modify, 0x68 add (RFC 4511 §4). */
  readonly tag: number;
  /** Name that a search, modify or add begins with. */
  readonly dn: string;
  readonly socket: Socket;
  /** Which request of this tag it is on this server, from 0. */
  readonly turn: number;
  /** Which connection it came on, from 0. */
  readonly connection: number;
}

/** A server that answers as a test says: what real ones do rarely and never on demand. */
export class ScriptedServer implements AsyncDisposable {
  readonly url: string;
  readonly requests: ScriptedRequest[] = [];

  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.server = server;
    this.url = `ldap://127.0.0.1:${port}`;
  }

  static async start(answer: (request: ScriptedRequest) => void): Promise<ScriptedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
    const address = server.address();
    const scripted = new ScriptedServer(
      server,
      typeof address === "object" ? (address?.port ?? 0) : 0,
    );
    let connections = 0;
    const turns = new Map<number, number>();
    server.on("connection", (socket) => {
      const connection = connections;
      connections += 1;
      scripted.sockets.add(socket);
      socket.on("error", () => undefined);
      const frames = new FrameReader(1 << 24);
      socket.on("data", (data: Buffer) => {
        for (const frame of frames.take(data)) {
          const reader = new BerReader(frame);
          reader.readSequence();
          const id = reader.readInt() ?? 0;
          const tag = reader.readSequence() ?? 0;
          const dn = tag === 0x63 || tag === 0x66 || tag === 0x68 ? reader.readString() ?? "" : "";
          const turn = turns.get(tag) ?? 0;
          turns.set(tag, turn + 1);
          const request = { id, tag, dn, socket, turn, connection };
          scripted.requests.push(request);
          answer(request);
        }
      });
    });
    return scripted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}

type Controls = Readonly<Record<string, Buffer>>;

/** Answers a request with a result code; a search may get the cookie of a next page. */
export function reply(request: ScriptedRequest, code: number, cookie?: string): void {
  if (cookie === undefined) {
    replyWith(request, code, {});
    return;
  }
  const value = new BerWriter();
  value.startSequence();
  value.writeInt(0);
  value.writeString(cookie);
  value.endSequence();
  replyWith(request, code, { "1.2.840.113556.1.4.319": value.buffer });
}

/** Answers a request with a result code and controls (OID → value). */
export function replyWith(
  { id, tag, socket }: ScriptedRequest, code: number, controls: Controls,
): void {
  const tags: Readonly<Record<number, number>> = {
    0x60: 0x61,
    0x63: 0x65,
    0x66: 0x67,
    0x68: 0x69,
    0x4a: 0x6b,
    0x77: 0x78,
  };
  const writer = begin(id, tags[tag] ?? 0x78);
  writer.writeEnumeration(code);
  writer.writeString("");
  writer.writeString("uid: value #0 (canary-9) is wrong");
  writer.endSequence();
  writeControls(writer, controls);
  writer.endSequence();
  socket.write(writer.buffer);
}

export function sendEntry(
  { id, socket }: ScriptedRequest,
  dn: string,
  attributes: Readonly<Record<string, readonly string[]>>,
  controls: Controls = {},
): void {
  const writer = begin(id, 0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const [name, values] of Object.entries(attributes)) {
    writer.startSequence();
    writer.writeString(name);
    writer.startSequence(0x31);
    for (const value of values) writer.writeString(value);
    writer.endSequence();
    writer.endSequence();
  }
  writer.endSequence();
  writer.endSequence();
  writeControls(writer, controls);
  writer.endSequence();
  socket.write(writer.buffer);
}

/** RFC 4511 §4.13. */
export function sendIntermediate(
  { id, socket }: ScriptedRequest, name: string, value: Buffer,
): void {
  const writer = begin(id, 0x79);
  writer.writeString(name, 0x80);
  writer.writeBuffer(value, 0x81);
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}

function writeControls(writer: BerWriter, controls: Controls): void {
  if (Object.keys(controls).length === 0) return;
  writer.startSequence(0xa0);
  for (const [oid, value] of Object.entries(controls)) {
    writer.startSequence();
    writer.writeString(oid);
    writer.writeBuffer(value, 0x04);
    writer.endSequence();
  }
  writer.endSequence();
}

export function sendReference({ id, socket }: ScriptedRequest, url: string): void {
  const writer = begin(id, 0x73);
  writer.writeString(url);
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}

/** RFC 4511 §4.4.1: the notice of disconnection. */
export function sendNotice({ socket }: ScriptedRequest): void {
  const writer = begin(0, 0x78);
  writer.writeEnumeration(52);
  writer.writeString("");
  writer.writeString("going down");
  writer.writeString("1.3.6.1.4.1.1466.20036", 0x8a);
  writer.endSequence();
  writer.endSequence();
  socket.write(writer.buffer);
}

function begin(id: number, tag: number): BerWriter {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(tag);
  return writer;
}
