import { setTimeout as delay } from "node:timers/promises";
import {
  ConnectorError, type Connector, type ConnectorAttribute, type ConnectorAttributes,
  type ConnectorKind, type ConnectorMember, type ConnectorObject, type ConnectorSchema,
  type ConnectorSkip, type ConnectorWrite, type ReadBatch, type ReadOptions, type WriteResult,
} from "@joinery/connectors";

/** A system in memory that a test fills, breaks and looks into; it lives as long as the test. */
export class FakeSystem {
  readonly objects = new Map<string, ConnectorObject>();
  readonly members: ConnectorMember[] = [];
  /** Rows given beside the objects: duplicates of them, for one. */
  readonly extra: ConnectorObject[] = [];
  readonly skips: ConnectorSkip[] = [];
  readonly schema: { user?: ConnectorAttribute[]; group?: ConnectorAttribute[] } = {};
  /** Every write that was performed, in order. */
  readonly written: ConnectorWrite[] = [];
  writeBatchMax = 100;
  batchSize = 500;
  /** Whether a read that finds nothing is a success, as it is where rights were taken away. */
  mayBeEmpty = false;
  /** Called before each batch of a read; may throw. */
  onRead: (batch: number) => void | Promise<void> = () => undefined;
  /** Called before each write; an answer stands instead of performing it. */
  onWrite: (write: ConnectorWrite) => WriteResult | ConnectorError | undefined = () => undefined;
  /** Called when all writes of a call are performed, before they are answered; may throw. */
  onAnswer: (writes: readonly ConnectorWrite[]) => void | Promise<void> = () => undefined;
  #next = 0;

  constructor(user: readonly (string | ConnectorAttribute)[], group?: readonly string[]) {
    this.schema.user = user.map(toAttribute);
    if (group) this.schema.group = group.map(toAttribute);
  }

  put(object: Partial<ConnectorObject> & { anchor: string }): void {
    const whole = { kind: "user" as const, name: object.anchor, attributes: {}, ...object };
    this.objects.set(`${whole.kind} ${whole.anchor}`, whole);
  }

  remove(anchor: string, kind = "user"): void {
    this.objects.delete(`${kind} ${anchor}`);
  }

  connector(): Connector {
    return {
      check: async () => undefined,
      close: async () => undefined,
      reads: {
        describe: async (): Promise<ConnectorSchema> => this.schema,
        read: (options) => this.#read(options),
      },
      writes: {
        writeBatchMax: this.writeBatchMax,
        write: (writes) => this.#write(writes),
      },
    };
  }

  async *#read(options: ReadOptions): AsyncGenerator<ReadBatch> {
    const all = [...this.objects.values(), ...this.extra];
    let batch = 0;
    for (let at = 0; at < all.length; at += this.batchSize) {
      await this.onRead(batch);
      options.signal.throwIfAborted();
      batch += 1;
      yield { type: "objects", objects: all.slice(at, at + this.batchSize) };
    }
    await this.onRead(batch);
    if (this.skips.length > 0) yield { type: "skips", skips: this.skips };
    if (this.members.length > 0) yield { type: "members", members: this.members };
    if (all.length === 0 && !this.mayBeEmpty) {
      throw new ConnectorError("stop", "SOURCE_EMPTY", "there is nothing");
    }
  }

  async #write(writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> {
    const results: WriteResult[] = [];
    for (const write of writes) {
      const answer = this.onWrite(write);
      if (answer instanceof ConnectorError) throw answer;
      results.push(answer ?? this.#perform(write));
    }
    await this.onAnswer(writes);
    await delay(0);
    return results;
  }

  #perform(write: ConnectorWrite): WriteResult {
    this.written.push(write);
    const { id } = write;
    if (write.operation === "create") return this.#create(write);
    if (write.operation === "members") return this.#changeMembers(write);
    const key = `${write.kind} ${write.anchor}`;
    const found = this.objects.get(key);
    if (write.operation === "delete") {
      this.objects.delete(key);
      return { id, ok: true, ...(found ? {} : { already: true }) };
    }
    if (!found) return { id, ok: false, kind: "skip", code: "OBJECT_GONE", reason: "it is gone" };
    const attributes: Record<string, ConnectorAttributes[string]> = { ...found.attributes };
    for (const [name, { after }] of Object.entries(write.changes)) {
      if (after === null) delete attributes[name];
      else attributes[name] = after;
    }
    const naming = this.#naming(write.kind);
    const renamed = naming === undefined ? undefined : attributes[naming];
    const object: ConnectorObject = {
      ...found, attributes, name: renamed === undefined ? found.name : String(renamed),
      ...(write.enabled === undefined ? {} : { enabled: write.enabled }),
    };
    this.objects.set(key, object);
    return { id, ok: true, object };
  }

  #create(write: ConnectorWrite & { operation: "create" }): WriteResult {
    const naming = this.#naming(write.kind);
    const name = naming === undefined ? undefined : write.attributes[naming];
    const there = name === undefined ? undefined
      : [...this.objects.values()].find((each) => each.kind === write.kind && each.name === name);
    if (there) return { id: write.id, ok: true, object: there, already: true };
    this.#next += 1;
    const anchor = `made-${this.#next}`;
    const object: ConnectorObject = {
      kind: write.kind, anchor, name: String(name ?? anchor), attributes: write.attributes,
      ...(write.enabled === undefined ? {} : { enabled: write.enabled }),
    };
    this.objects.set(`${write.kind} ${anchor}`, object);
    return { id: write.id, ok: true, object };
  }

  #changeMembers(write: ConnectorWrite & { operation: "members" }): WriteResult {
    for (const member of write.add) this.members.push({ group: write.anchor, member });
    for (const member of write.remove) {
      const at = this.members.findIndex(
        (each) => each.group === write.anchor && each.member === member);
      if (at >= 0) this.members.splice(at, 1);
    }
    return { id: write.id, ok: true };
  }

  #naming(kind: "user" | "group"): string | undefined {
    return this.schema[kind]?.find((each) => "naming" in each && each.naming === true)?.name;
  }
}

function toAttribute(given: string | ConnectorAttribute): ConnectorAttribute {
  return typeof given === "string" ? { name: given, type: "string" } : given;
}

/** A kind of connector whose configuration names one of the systems. */
export function fakeKind(systems: ReadonlyMap<string, FakeSystem>): ConnectorKind {
  const systemOf = (configuration: unknown) =>
    systems.get(String((configuration as { system?: unknown } | null)?.system));
  return {
    name: "fake",
    description: "A system of a test.",
    validate: (configuration) =>
      systemOf(configuration) ? [] : [{ setting: "system", message: "names a system of the test" }],
    create: (configuration) => Promise.resolve((systemOf(configuration) as FakeSystem).connector()),
  };
}
