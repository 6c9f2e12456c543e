import type {
  Connector, ConnectorChange, ConnectorMember, ConnectorObject, ConnectorScalar, ConnectorSchema,
  ConnectorValue, ConnectorWrite, Listens, ObjectKind, Reads, ReportsChanges, WriteResult, Writes,
} from "../connector.js";
import type { ContractOptions, ContractSubject } from "./subject.js";

/** The subject under test with the words that the promises are written in. */
export class ContractWorld {
  readonly options: ContractOptions;
  readonly signal: AbortSignal = new AbortController().signal;

  private readonly subject: ContractSubject;
  private schema: ConnectorSchema | undefined;
  private numbers = 0;

  constructor(options: ContractOptions, subject: ContractSubject) {
    this.options = options;
    this.subject = subject;
  }

  get connector(): Connector {
    return this.subject.connector;
  }

  get reads(): Reads {
    const { reads } = this.subject.connector;
    if (reads === undefined) throw new Error("a connector under contract reads");
    return reads;
  }

  get writes(): Writes {
    const { writes } = this.subject.connector;
    if (writes === undefined) throw new Error("a connector under contract writes");
    return writes;
  }

  get changes(): ReportsChanges {
    const { changes } = this.subject.connector;
    if (changes === undefined) throw new Error("a connector with changes reports them");
    return changes;
  }

  get listens(): Listens {
    const { listens } = this.subject.connector;
    if (listens === undefined) throw new Error("a connector that listens can be told");
    return listens;
  }

  reconnect(): Promise<Connector> {
    return this.subject.reconnect();
  }

  /** A create of somebody new. */
  newObject(
    kind: ObjectKind,
    more: Readonly<Record<string, ConnectorValue>> = {},
  ): ConnectorWrite & { operation: "create" } {
    this.numbers += 1;
    const { password } = this.options;
    return {
      operation: "create",
      id: `create-${kind}-${this.numbers}`,
      kind,
      attributes: { ...this.options.attributesOf(kind, this.numbers), ...more },
      ...(kind === "user" && password !== undefined
        ? { password: { use: (read) => read(password) } }
        : {}),
    };
  }

  async write(writes: readonly ConnectorWrite[]): Promise<readonly WriteResult[]> {
    return this.writes.write(writes, this.signal);
  }

  async create(
    kind: ObjectKind,
    more: Readonly<Record<string, ConnectorValue>> = {},
  ): Promise<ConnectorObject> {
    const [result] = await this.write([this.newObject(kind, more)]);
    if (result?.ok === true && result.object !== undefined) return result.object;
    throw new Error(`nothing was created: ${JSON.stringify(result)}`);
  }

  update(
    object: ConnectorObject,
    changes: Readonly<Record<string, ConnectorChange>>,
    enabled?: boolean,
  ): ConnectorWrite {
    const { kind, anchor, name } = object;
    const state = enabled === undefined ? {} : { enabled };
    return { operation: "update", id: `update-${anchor}`, kind, anchor, name, changes, ...state };
  }

  remove({ kind, anchor, name }: ConnectorObject): ConnectorWrite {
    return { operation: "delete", id: `delete-${anchor}`, kind, anchor, name };
  }

  members(
    group: ConnectorObject,
    add: readonly string[],
    remove: readonly string[],
  ): ConnectorWrite {
    const { anchor, name } = group;
    return { operation: "members", id: `members-${anchor}`, anchor, name, add, remove };
  }

  memberOf(object: ConnectorObject): string {
    return this.options.memberOf?.(object) ?? object.name;
  }

  async readAll(
    batchSizeMax = 50,
  ): Promise<{ objects: ConnectorObject[]; members: ConnectorMember[]; sizes: number[] }> {
    const objects: ConnectorObject[] = [];
    const members: ConnectorMember[] = [];
    const sizes: number[] = [];
    for await (const batch of this.reads.read({ signal: this.signal, batchSizeMax })) {
      if (batch.type === "skips") throw new Error(`passed over: ${JSON.stringify(batch.skips)}`);
      if (batch.type === "objects") objects.push(...batch.objects);
      else members.push(...batch.members);
      sizes.push(batch.type === "objects" ? batch.objects.length : batch.members.length);
    }
    return { objects, members, sizes };
  }

  async find(anchor: string): Promise<ConnectorObject | undefined> {
    return (await this.readAll()).objects.find((object) => object.anchor === anchor);
  }

  /** One text as the attribute takes it: in a list where the schema says that it has several. */
  async value(name: string, ...texts: readonly ConnectorScalar[]): Promise<ConnectorValue> {
    this.schema ??= await this.reads.describe(this.signal);
    const isMany = this.schema.user?.find((attribute) => attribute.name === name)?.many === true;
    return isMany ? texts : (texts[0] as ConnectorScalar);
  }
}

/** How each write ended, in a word: `done`, `already` or the code. */
export function outcomes(results: readonly WriteResult[]): readonly string[] {
  return results.map((result) =>
    result.ok ? (result.already === true ? "already" : "done") : result.code,
  );
}

/** Values without regard to order. */
export function asSet(value: ConnectorValue | undefined): readonly ConnectorScalar[] {
  const values = (
    Array.isArray(value) ? value : value === undefined ? [] : [value]
  ) as readonly ConnectorScalar[];
  return [...values].sort((left, right) => (String(left) < String(right) ? -1 : 1));
}
