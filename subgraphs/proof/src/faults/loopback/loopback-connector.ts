import {
  ConnectorError, type Connector, type ConnectorObject, type ConnectorSchema, type ConnectorWrite,
  type ObjectKind, type ReadBatch, type ReadOptions, type Reads, type Secret, type WriteResult,
  type Writes,
} from "@joinery/connectors";
import { namingOf } from "./loopback-system.js";
import type { Answer, Contents, Operation } from "./protocol.js";

export interface LoopbackOptions {
  readonly url: string;
  readonly secret: Secret;
  /** Looks an account up before it creates one. */
  readonly isCareful: boolean;
}

type Create = ConnectorWrite & { readonly operation: "create" };

/** Reads and writes a loopback system over HTTP. */
export class LoopbackConnector implements Connector {
  readonly reads: Reads;
  readonly writes: Writes;
  readonly #options: LoopbackOptions;

  constructor(options: LoopbackOptions) {
    this.#options = options;
    this.reads = {
      describe: (signal) => this.#describe(signal),
      read: (read) => this.#read(read),
    };
    this.writes = { writeBatchMax: 100, write: (writes, signal) => this.#write(writes, signal) };
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#contents(signal);
  }

  async close(): Promise<void> {}

  async #describe(signal: AbortSignal): Promise<ConnectorSchema> {
    return (await this.#contents(signal)).schema;
  }

  async *#read({ signal, batchSizeMax }: ReadOptions): AsyncGenerator<ReadBatch> {
    const { objects, members } = await this.#contents(signal);
    for (let at = 0; at < objects.length; at += batchSizeMax) {
      yield { type: "objects", objects: objects.slice(at, at + batchSizeMax) };
    }
    for (let at = 0; at < members.length; at += batchSizeMax) {
      yield { type: "members", members: members.slice(at, at + batchSizeMax) };
    }
  }

  async #write(
    writes: readonly ConnectorWrite[],
    signal: AbortSignal,
  ): Promise<readonly WriteResult[]> {
    const present = this.#options.isCareful ? await this.#present(writes, signal) : new Map();
    const operations: Operation[] = [];
    const results = new Map<string, WriteResult>();
    for (const write of writes) {
      const found = write.operation === "create" ? present.get(keyOf(write)) : undefined;
      if (found === undefined) operations.push(toOperation(write));
      else results.set(write.id, { id: write.id, ok: true, object: found, already: true });
    }
    const answers = await this.#post<Answer[]>({ perform: operations }, signal);
    for (const [at, { id }] of operations.entries()) results.set(id, toResult(id, answers[at]));
    return writes.flatMap(({ id }) => results.get(id) ?? []);
  }

  /** Accounts that creates would make, by kind and name. */
  async #present(
    writes: readonly ConnectorWrite[],
    signal: AbortSignal,
  ): Promise<Map<string, ConnectorObject>> {
    const creates = writes.filter((write) => write.operation === "create");
    const present = new Map<string, ConnectorObject>();
    for (const kind of new Set(creates.map((write) => write.kind))) {
      const names = creates.filter((write) => write.kind === kind).map(nameOf);
      const found = await this.#post<ConnectorObject[]>({ find: { kind, names } }, signal);
      for (const object of found) present.set(`${kind} ${object.name}`, object);
    }
    return present;
  }

  async #contents(signal: AbortSignal): Promise<Contents> {
    return this.#ask<Contents>({ signal });
  }

  async #post<T>(body: unknown, signal: AbortSignal): Promise<T> {
    return this.#ask<T>({ method: "POST", body: JSON.stringify(body), signal });
  }

  async #ask<T>(init: RequestInit): Promise<T> {
    const authorization = this.#options.secret.use((plain) => `Bearer ${plain}`);
    let response: Response;
    try {
      response = await fetch(this.#options.url, { ...init, headers: { authorization } });
    } catch (cause) {
      const message = "the loopback system does not answer";
      throw new ConnectorError("retry", "CONNECTOR_UNREACHABLE", message, { cause });
    }
    if (response.ok) return (await response.json()) as T;
    throw new ConnectorError("stop", "CREDENTIALS_REJECTED", `it answered ${response.status}`);
  }
}

function nameOf({ kind, attributes }: Create): string {
  return String(attributes[namingOf[kind]] ?? "");
}

function keyOf(write: { readonly kind: ObjectKind } & Create): string {
  return `${write.kind} ${nameOf(write)}`;
}

function toOperation(write: ConnectorWrite): Operation {
  if (write.operation !== "create") return write;
  const { id, kind, attributes, enabled } = write;
  const state = enabled === undefined ? {} : { enabled };
  return { operation: "create", id, kind, attributes, ...state };
}

function toResult(id: string, answer: Answer | undefined): WriteResult {
  if (answer?.ok === true) {
    const { object, already } = answer;
    return { id, ok: true, already, ...(object === undefined ? {} : { object }) };
  }
  const code = answer?.code ?? "CONNECTOR_TIMEOUT";
  const kind = answer === undefined ? "retry" : "skip";
  return { id, ok: false, kind, code, reason: "the loopback system refused" };
}
