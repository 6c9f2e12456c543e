import type { ConnectorWrite, ObjectKind, WriteResult, Writes } from "../connector.js";
import { performInOrder } from "../write-order.js";
import { WriteQueue } from "../write-queue.js";
import type { LdapConfiguration } from "./configuration.js";
import { readDirectory } from "./directory.js";
import { dnTextKey } from "./dn.js";
import { dnAttribute, EntryKind, type EntryTraits } from "./entries.js";
import { EntryWriter } from "./entry-writer.js";
import { AssertionControl } from "./filter.js";
import { memberNames } from "./read.js";
import { LdapSession, type SignIn } from "./session.js";

/**
 * Writes to a directory, several objects at once and each object's writes in order. The
 * connection stays open from batch to batch.
 */
export class LdapWriter implements Writes {
  readonly writeBatchMax = 1_000;

  private readonly signIn: SignIn;
  private writer: EntryWriter | undefined;
  private readonly queue: WriteQueue;

  constructor(signIn: SignIn) {
    this.signIn = signIn;
    this.queue = new WriteQueue(this.writeBatchMax, (writes, signal) =>
      this.writeBatch(writes, signal));
  }

  /**
   * Throws ConnectorError when nobody could sign in, and of kind stop; a connection that breaks
   * meanwhile makes the writes without an answer retries.
   */
  write(writes: readonly ConnectorWrite[], signal: AbortSignal): Promise<readonly WriteResult[]> {
    return this.queue.add(writes, signal);
  }

  async close(): Promise<void> {
    await this.queue.ended();
    await this.writer?.options.session.close();
    this.writer = undefined;
  }

  private async writeBatch(
    writes: readonly ConnectorWrite[], signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    signal.throwIfAborted();
    if (this.writer?.options.session.isBroken === true) this.writer = undefined;
    this.writer ??= await openWriter(this.signIn, signal);
    const { writer } = this;
    const release = writer.options.session.breakOnAbort(signal);
    try {
      const { inFlightMax } = this.signIn.configuration;
      const perform = (write: ConnectorWrite) => writer.perform(write);
      return await performInOrder(writes, { perform, keysOf, inFlightMax });
    } finally {
      release();
    }
  }
}

async function openWriter(signIn: SignIn, signal: AbortSignal): Promise<EntryWriter> {
  const session = await LdapSession.open(signIn, signal);
  try {
    const { configuration, dialect } = signIn;
    const { schema, controls } = await readDirectory(session);
    return new EntryWriter({
      session, kinds: kindsOf(configuration, { schema, dialect }),
      guard: await dialect.openGuard(session),
      memberNames: memberNames(session, configuration),
      canAssert: controls.has(AssertionControl.type),
    });
  } catch (error) {
    await session.close();
    throw error;
  }
}

export function kindsOf(
  { users, groups }: LdapConfiguration, traits: EntryTraits,
): ReadonlyMap<ObjectKind, EntryKind> {
  const kinds = new Map<ObjectKind, EntryKind>();
  if (users !== undefined) kinds.set("user", new EntryKind("user", users, traits));
  if (groups !== undefined) kinds.set("group", new EntryKind("group", groups, traits));
  return kinds;
}

/** What a write touches: its entry by anchor, and the names that it has or shall have. */
function keysOf(write: ConnectorWrite): readonly string[] {
  if (write.operation === "create") {
    const dn = write.attributes[dnAttribute];
    return [`id ${write.id}`, ...(dn === undefined ? [] : [`dn ${dnTextKey(String(dn))}`])];
  }
  const to = write.operation === "update" ? write.changes[dnAttribute]?.after : undefined;
  return [
    `anchor ${write.anchor}`, `dn ${dnTextKey(write.name)}`,
    ...(to === undefined || to === null ? [] : [`dn ${dnTextKey(String(to))}`]),
  ];
}
