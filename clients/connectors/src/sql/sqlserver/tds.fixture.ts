import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

/** The protocol of SQL Server ([MS-TDS]) as far as a server needs it that goes wrong. */
const headerBytes = 8;
const answerType = 0x04;
const handshakeType = 0x12;

export const notSupported = 0x02;
export const required = 0x03;

function packet(type: number, payload: Buffer): Buffer {
  const header = Buffer.from([type, 1, 0, 0, 0, 0, 1, 0]);
  header.writeUInt16BE(payload.length + headerBytes, 2);
  return Buffer.concat([header, payload]);
}

/** The first answer: a version, and whether there is encryption (§2.2.6.5). */
export function preloginAnswer(encryption: number): Buffer {
  return packet(answerType, Buffer.from([
    0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, encryption,
  ]));
}

/** DONE (§2.2.7.6), behind an error or alone. */
const done = (status: number): Buffer =>
  Buffer.from([0xfd, status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** ERROR (§2.2.7.10) of class 14. */
export function errorAnswer(number: number): Buffer {
  const text = Buffer.from("no", "utf16le");
  const body = Buffer.concat([
    Buffer.alloc(4), Buffer.from([1, 14, 2, 0]), text, Buffer.from([0, 0, 1, 0, 0, 0]),
  ]);
  body.writeUInt32LE(number);
  const head = Buffer.from([0xaa, body.length & 0xff, body.length >> 8]);
  return packet(answerType, Buffer.concat([head, body, done(2)]));
}

/** LOGINACK (§2.2.7.14) of TDS 7.4: whoever it was is signed in. */
export function loginAnswer(): Buffer {
  const name = Buffer.from("s", "utf16le");
  const body = Buffer.concat([
    Buffer.from([1, 0x74, 0, 0, 4, 1]), name, Buffer.from([16, 0, 0, 0]),
  ]);
  return packet(answerType, Buffer.concat([
    Buffer.from([0xad, body.length, 0]), body, done(0),
  ]));
}

export function doneAnswer(): Buffer {
  return packet(answerType, done(0));
}

/** Encrypts as SQL Server does: what is agreed on goes in packets of its own (§3.2.5.2). */
export function encryptTds(socket: Socket, { key, cert }: { key: string; cert: string }): void {
  socket.once("data", () => {
    socket.write(preloginAnswer(required));
    let left = Buffer.alloc(0);
    const inner = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, written) => {
        if (!socket.destroyed) socket.write(packet(handshakeType, chunk));
        written();
      },
    });
    socket.on("data", (data: Buffer) => {
      left = Buffer.concat([left, data]);
      while (left.length >= headerBytes && left.length >= left.readUInt16BE(2)) {
        const length = left.readUInt16BE(2);
        inner.push(left.subarray(headerBytes, length));
        left = left.subarray(length);
      }
    });
    new TLSSocket(inner, { isServer: true, key, cert }).on("error", () => undefined);
  });
  socket.resume();
}

/** Answers one packet of the client after the other; hangs up behind the last. */
export function answerInTurn(socket: Socket, answers: readonly Buffer[]): void {
  const left = [...answers];
  socket.on("data", () => {
    const next = left.shift();
    if (next !== undefined) socket.write(next);
    if (left.length === 0) socket.end();
  });
  socket.resume();
}

const named = (name: string): Buffer =>
  Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "utf16le")]);
/** A column of COLMETADATA (§2.2.7.4) by its type and what describes it (§2.2.5.4). */
const column = (name: string, type: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, 1, 0, ...type]), named(name)]);

/** One row: a real of 0.1, a bit, a bigint, an nvarchar, bytes, nothing; a row count behind. */
export function rowAnswer(affected: number): Buffer {
  const collation = [9, 4, 0xd0, 0, 0x34];
  const real = Buffer.alloc(4);
  real.writeFloatLE(0.1);
  const text = Buffer.from("é]", "utf16le");
  return packet(answerType, Buffer.concat([
    Buffer.from([0x81, 6, 0]),
    column("r", [0x6d, 4]), column("b", [0x68, 1]), column("n", [0x26, 8]),
    column("t", [0xe7, 100, 0, ...collation]), column("v", [0xa5, 8, 0]), column("x", [0x26, 4]),
    Buffer.from([0xd1, 4]), real, Buffer.from([1, 1]),
    Buffer.from([8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([text.length, 0]), text, Buffer.from([2, 0, 0, 255]), Buffer.from([0]),
    // RETURNVALUE (§2.2.7.19).
    Buffer.from([0xac, 0, 0]), named("@joinery_affected"),
    Buffer.from([1, 0, 0, 0, 0, 0, 0, 0x26, 4, 4, affected, 0, 0, 0]), done(0),
  ]));
}
