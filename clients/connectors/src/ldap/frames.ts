import { ConnectorError } from "../connector.js";

const sequence = 0x30;

/**
 * Cuts a byte stream into LDAP messages (RFC 4511 §5.1: one BER SEQUENCE each, definite lengths).
 * A message that comes in many pieces is joined once.
 */
export class FrameReader {
  private readonly bytesMax: number;
  private pieces: Buffer[] = [];
  private have = 0;
  private need = 2;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Messages that are whole now. Throws ConnectorError for what is none or is too large. */
  *take(data: Buffer): Generator<Buffer> {
    this.pieces.push(data);
    this.have += data.length;
    if (this.have < this.need) return;
    let bytes = this.pieces.length === 1 ? data : Buffer.concat(this.pieces);
    for (;;) {
      const total = this.frameBytes(bytes);
      if (total === undefined || bytes.length < total) {
        this.need = total ?? bytes.length + 1;
        this.pieces = bytes.length === 0 ? [] : [bytes];
        this.have = bytes.length;
        return;
      }
      yield bytes.subarray(0, total);
      bytes = bytes.subarray(total);
    }
  }

  /** Bytes of the message that begins here, undefined while its length is not known. */
  private frameBytes(bytes: Buffer): number | undefined {
    if (bytes.length < 2) return undefined;
    if (bytes[0] !== sequence) throw broken("it is no LDAP message");
    const first = bytes[1] as number;
    if (first < 0x80) return 2 + first;
    const lengthBytes = first & 0x7f;
    if (lengthBytes === 0 || lengthBytes > 4) throw broken("its length is not definite");
    if (bytes.length < 2 + lengthBytes) return undefined;
    const total = 2 + lengthBytes + bytes.readUIntBE(2, lengthBytes);
    if (total <= this.bytesMax) return total;
    throw new ConnectorError(
      "stop", "LIMIT_EXCEEDED", `an answer of ${total} bytes is larger than ${this.bytesMax}`,
    );
  }
}

export function broken(why: string): ConnectorError {
  return new ConnectorError(
    "retry",
    "CONNECTOR_UNREACHABLE",
    `the server's answer is broken: ${why}`,
  );
}
