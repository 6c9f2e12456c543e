import { BerReader, BerWriter, Control } from "ldapts";
import { ConnectorError } from "../connector.js";
import type { LdapResult } from "../ldap/messages.js";

const octets = 0x04;
/** Changed groups give the members that came and went, not all (MS-ADTS §3.1.1.3.4.1.3). */
const incrementalValues = -0x8000_0000;

/** Asks for what changed since a cookie was given out; an empty one stands for the beginning. */
export class DirSyncControl extends Control {
  static readonly type = "1.2.840.113556.1.4.841";

  private readonly cookie: Buffer;
  private readonly bytesMax: number;

  constructor(cookie: Buffer, bytesMax: number) {
    super(DirSyncControl.type, { critical: true });
    this.cookie = cookie;
    this.bytesMax = bytesMax;
  }

  protected override writeControl(writer: BerWriter): void {
    const inner = new BerWriter();
    inner.startSequence();
    inner.writeInt(incrementalValues);
    inner.writeInt(this.bytesMax);
    inner.writeBuffer(this.cookie, octets);
    inner.endSequence();
    writer.writeBuffer(inner.buffer, octets);
  }
}

export interface DirSyncAnswer {
  readonly hasMore: boolean;
  readonly cookie: Buffer;
}

/** What the server says of the cookie to ask with next. Throws `SOURCE_INCOMPLETE`. */
export function readDirSyncAnswer({ controls }: LdapResult): DirSyncAnswer {
  const value = controls.get(DirSyncControl.type);
  const reader = new BerReader(value ?? Buffer.alloc(0));
  const sequence = value === undefined ? null : reader.readSequence();
  const more = sequence === null ? null : reader.readInt();
  const size = more === null ? null : reader.readInt();
  const cookie = size === null ? null : reader.readString(octets, true);
  if (more === null || cookie === null) {
    const why = "the server gave no cookie to go on from";
    throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
  }
  return { hasMore: more !== 0, cookie: Buffer.from(cookie) };
}
