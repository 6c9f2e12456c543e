import type { ConnectorError } from "../connector.js";
import { BulkAnswers, type BulkOperation } from "./bulk-answers.js";
import {
  nobodyKnows, scimError, type ScimAnswer, type ScimClient, type ScimWrite,
} from "./scim-client.js";

/** How much a server takes in one bulk request. */
export interface BulkLimits {
  readonly operationsMax: number;
  readonly bytesMax: number;
}

interface Waiting {
  readonly write: ScimWrite;
  readonly operation: BulkOperation;
  readonly resolve: (answer: ScimAnswer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const requestSchema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const envelopeBytes = Buffer.byteLength(requestOf([]));

/** A bulk request that is refused so has done nothing: there is none, or not for us, or so much. */
const refusals: ReadonlySet<number> = new Set([400, 403, 404, 405, 413, 415, 501]);

/**
 * Sends changes that wait at the same time in one request (RFC 7644 §3.7). Each has an answer of
 * its own, and none knows of another: no `failOnErrors`, so one that is refused stops nobody, and
 * no reference between them. When the answer to all is lost, each is told that nobody knows.
 */
export class BulkLane {
  private readonly client: ScimClient;
  private readonly limits: BulkLimits;
  private readonly signal: AbortSignal;
  private waiting: Waiting[] = [];
  private bytes = envelopeBytes;
  /** Who may still come with a change before anything has to be sent. */
  private busy = 0;
  private count = 0;
  private isRefused = false;

  constructor(client: ScimClient, limits: BulkLimits, signal: AbortSignal) {
    this.client = client;
    this.limits = limits;
    this.signal = signal;
  }

  /** Does work whose changes go together with those of others that is done at the same time. */
  async perform<T>(work: () => Promise<T>): Promise<T> {
    this.busy += 1;
    try {
      return await work();
    } finally {
      this.rest();
    }
  }

  /** One change, from within `perform`; as `ScimClient.change`. */
  change(write: ScimWrite): Promise<ScimAnswer | undefined> {
    const operation = this.operationOf(write);
    const text = JSON.stringify(operation);
    const size = Buffer.byteLength(text) + 1;
    const isTooLarge = envelopeBytes + size > this.limits.bytesMax;
    // A value that begins so would be taken for a reference to another operation (§3.7.2).
    if (this.isRefused || isTooLarge || text.includes("bulkId:")) {
      return this.client.change(write, this.signal);
    }
    const { operationsMax, bytesMax } = this.limits;
    if (this.waiting.length === operationsMax || this.bytes + size > bytesMax) this.send();
    this.bytes += size;
    return new Promise((resolve, reject) => {
      this.waiting.push({ write, operation, resolve, reject });
      this.rest();
    });
  }

  private operationOf({ method, path, json, version }: ScimWrite): BulkOperation {
    this.count += 1;
    return {
      method,
      ...(method === "POST" ? { bulkId: `c${this.count}` } : {}),
      ...(version === undefined ? {} : { version }),
      path: `/${path.map((part) => encodeURIComponent(part)).join("/")}`,
      ...(json === undefined ? {} : { data: json }),
    };
  }

  /** One less is at work; when all wait there is nothing to wait for. */
  private rest(): void {
    this.busy -= 1;
    if (this.busy === 0 && this.waiting.length > 0) this.send();
  }

  private send(): void {
    const some = this.waiting;
    this.waiting = [];
    this.bytes = envelopeBytes;
    void this.sendTogether(some);
  }

  private async sendTogether(some: readonly Waiting[]): Promise<void> {
    const [only] = some;
    if (some.length === 1 && only !== undefined) {
      await this.sendAlone(only);
      return;
    }
    const Operations = some.map(({ operation }) => operation);
    let answers: BulkAnswers;
    try {
      const answer = await this.client.bulk(requestOf(Operations), this.signal);
      if (refusals.has(answer.status)) {
        this.isRefused = true;
        await Promise.all(some.map((each) => this.sendAlone(each)));
        return;
      }
      if (answer.status < 200 || answer.status >= 300) throw bulkError(answer);
      answers = new BulkAnswers(Operations, answer);
    } catch (error) {
      for (const each of some) this.settle(each, () => { each.reject(error); });
      return;
    }
    for (const [at, each] of some.entries()) {
      this.settle(each, () => { each.resolve(answers.of(at)); });
    }
  }

  private async sendAlone(each: Waiting): Promise<void> {
    try {
      const answer = await this.client.change(each.write, this.signal);
      this.settle(each, () => { each.resolve(answer); });
    } catch (error) {
      this.settle(each, () => { each.reject(error); });
    }
  }

  /** Whoever is told goes on. */
  private settle({ reject }: Waiting, tell: () => void): void {
    this.busy += 1;
    try {
      tell();
    } catch (error) {
      reject(error);
    }
  }
}

function requestOf(Operations: readonly BulkOperation[]): string {
  return JSON.stringify({ schemas: [requestSchema], Operations });
}

/** What may pass is tried again; any other refusal says nothing of what was done. */
function bulkError(answer: Parameters<typeof scimError>[1]): ConnectorError {
  const error = scimError("write", answer);
  const isClear = error.kind === "retry" || error.code === "CREDENTIALS_REJECTED";
  return isClear ? error : nobodyKnows(`a bulk request: ${error.message}`);
}
