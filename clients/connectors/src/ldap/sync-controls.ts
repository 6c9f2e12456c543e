import { BerReader, BerWriter, Control } from "ldapts";
import { ConnectorError } from "../connector.js";
import { broken } from "./frames.js";
import type { Intermediate, LdapResult, RawEntry } from "./messages.js";

const octets = 0x04;
const set = 0x31;
const stateType = "1.3.6.1.4.1.4203.1.9.1.2";
const doneType = "1.3.6.1.4.1.4203.1.9.1.3";
const infoType = "1.3.6.1.4.1.4203.1.9.1.4";

const modes = { refreshOnly: 1, refreshAndPersist: 3 } as const;

/** Asks for what changed since a cookie (RFC 4533 §2.2); without one for everything there is. */
export class SyncRequestControl extends Control {
  static readonly type = "1.3.6.1.4.1.4203.1.9.1.1";

  private readonly mode: keyof typeof modes;
  private readonly cookie: Buffer | undefined;

  constructor(mode: keyof typeof modes, cookie: Buffer | undefined) {
    super(SyncRequestControl.type, { critical: true });
    this.mode = mode;
    this.cookie = cookie;
  }

  protected override writeControl(writer: BerWriter): void {
    const inner = new BerWriter();
    inner.startSequence();
    inner.writeEnumeration(modes[this.mode]);
    if (this.cookie !== undefined) inner.writeBuffer(this.cookie, octets);
    inner.endSequence();
    writer.writeBuffer(inner.buffer, octets);
  }
}

const states = ["present", "add", "modify", "delete"] as const;

/** What an entry was sent for (RFC 4533 §2.3). */
export interface SyncState {
  readonly state: (typeof states)[number];
  /** The entry's UUID as text. */
  readonly uuid: string;
}

/** Throws ConnectorError, `SOURCE_INCOMPLETE` for an entry that does not say. */
export function readSyncState(entry: RawEntry): SyncState {
  return orBroken(() => stateOf(entry));
}

function stateOf(entry: RawEntry): SyncState {
  const control = entry.controls?.get(stateType);
  if (control === undefined) {
    const why = "the server did not say what became of an entry";
    throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
  }
  const reader = insideOf(control, "the state of an entry cannot be read");
  const state = states[reader.readEnumeration() ?? -1];
  const uuid = uuidText(reader.readString(octets, true));
  if (state === undefined) throw broken("an entry has a state that there is not");
  return { state, uuid };
}

/** How a refresh ended (RFC 4533 §2.4). */
export interface SyncDone {
  /** Absent where it is still the one that was sent. */
  readonly cookie: Buffer | undefined;
  /** Whether who left was named; else whoever was not named has left. */
  readonly refreshDeletes: boolean;
}

/** Throws `SOURCE_INCOMPLETE` for a success that says nothing of changes. */
export function readSyncDone({ controls }: LdapResult): SyncDone {
  const control = controls.get(doneType);
  if (control === undefined) {
    const why = "the server did not say up to where it told the changes";
    throw new ConnectorError("stop", "SOURCE_INCOMPLETE", why);
  }
  return orBroken(() => {
    const reader = insideOf(control, "the end of changes cannot be read");
    const cookie = readCookie(reader);
    return { cookie, refreshDeletes: readFlag(reader, false) };
  });
}

/** What a server says between entries (RFC 4533 §2.5). */
export type SyncInfo =
  /** UUIDs of entries that left, or of those that are still there. */
  | { readonly kind: "left" | "present"; readonly uuids: readonly string[] }
  /** The end of a phase; of the whole refresh where it `isDone`. */
  | { readonly kind: "phase"; readonly refreshDeletes: boolean; readonly isDone: boolean }
  | { readonly kind: "other" };

const newCookie = 0x80;
const refreshDelete = 0xa1;
const refreshPresent = 0xa2;
const idSet = 0xa3;

/** Throws ConnectorError for a message that cannot be read. */
export function readSyncInfo(response: Intermediate): SyncInfo {
  return orBroken(() => infoOf(response));
}

function infoOf({ name, value }: Intermediate): SyncInfo {
  if (name !== infoType || value[0] === newCookie) return { kind: "other" };
  const reader = new BerReader(value);
  const tag = reader.readSequence();
  readCookie(reader);
  if (tag === refreshDelete || tag === refreshPresent) {
    const isDone = readFlag(reader, true);
    return { kind: "phase", refreshDeletes: tag === refreshDelete, isDone };
  }
  if (tag !== idSet) throw broken("it says something of changes that cannot be read");
  const kind = readFlag(reader, false) ? "left" : "present";
  if (reader.readSequence(set) === null) throw broken("a set of ids ends too soon");
  const end = reader.offset + reader.length;
  const uuids: string[] = [];
  while (reader.offset < end) uuids.push(uuidText(reader.readString(octets, true)));
  return { kind, uuids };
}

/** ldapts' reader has errors of its own. */
function orBroken<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw broken(error instanceof Error ? error.message : "it cannot be read");
  }
}

function insideOf(value: Buffer, otherwise: string): BerReader {
  const reader = new BerReader(value);
  if (reader.readSequence() === null) throw broken(otherwise);
  return reader;
}

function readCookie(reader: BerReader): Buffer | undefined {
  if (reader.remain <= 0 || reader.peek() !== octets) return undefined;
  const cookie = reader.readString(octets, true);
  return cookie === null ? undefined : Buffer.from(cookie);
}

const boolean = 0x01;

function readFlag(reader: BerReader, otherwise: boolean): boolean {
  if (reader.remain <= 0 || reader.peek() !== boolean) return otherwise;
  return reader.readBoolean() ?? otherwise;
}

function uuidText(bytes: Buffer | null): string {
  if (bytes?.length !== 16) throw broken("an id of an entry is no UUID");
  const hex = bytes.toString("hex");
  const ends = [0, 8, 12, 16, 20, 32];
  return ends.slice(1).map((end, at) => hex.slice(ends[at], end)).join("-");
}
