import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectSecure, type ConnectionOptions } from "node:tls";
import { ExtendedRequest, UnbindRequest, type Message } from "ldapts";
import { ConnectorError } from "../connector.js";
import { AttributeNames } from "./attribute-names.js";
import { broken, FrameReader } from "./frames.js";
import { connectionError } from "../connection-errors.js";
import { readMessage, type Intermediate, type LdapResult, type RawEntry } from "./messages.js";

const startTlsOid = "1.3.6.1.4.1.1466.20037";

export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  /** Present for a connection that is encrypted from the start, or later by `startTls`. */
  readonly tls: ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly answerBytesMax: number;
}

interface Pending {
  readonly onEntry: ((entry: RawEntry) => void) | undefined;
  readonly onReference: (() => void) | undefined;
  readonly onIntermediate: ((response: Intermediate) => void) | undefined;
  readonly resolve: (result: LdapResult) => void;
  readonly reject: (error: unknown) => void;
  /** Undefined where the answer may take for ever. */
  readonly timer: NodeJS.Timeout | undefined;
}

export interface RequestOptions {
  readonly onEntry?: (entry: RawEntry) => void;
  readonly onReference?: () => void;
  /** Without it they are passed over: what nobody asked for says nothing. */
  readonly onIntermediate?: ((response: Intermediate) => void) | undefined;
  /** Whether to wait for ever: for a search that tells what happens. */
  readonly isEndless?: boolean;
}

/**
 * One connection to a directory server, with ldapts' requests on it. It is ours rather than
 * ldapts' client because that one, when the server hangs up, silently opens a new connection that
 * nobody signed in on, ends a paged search at an empty page, and gives text without its leading
 * U+FEFF. This one, once broken, stays broken: every later request fails.
 */
export class LdapConnection {
  private readonly target: ConnectionTarget;
  private socket: Socket;
  private frames: FrameReader;
  private readonly pending = new Map<number, Pending>();
  private readonly names = new AttributeNames();
  private lastId = 0;
  private failure: unknown;

  private constructor(target: ConnectionTarget, socket: Socket) {
    this.target = target;
    this.socket = socket;
    this.frames = new FrameReader(target.answerBytesMax);
    this.listen(socket);
  }

  /** Throws ConnectorError `CONNECTOR_*` or `CERTIFICATE_UNTRUSTED`, or the signal's reason. */
  static async open(
    target: ConnectionTarget,
    secure: boolean,
    signal: AbortSignal,
  ): Promise<LdapConnection> {
    signal.throwIfAborted();
    const { host, port, tls } = target;
    const socket = secure ? connectSecure({ ...tls, host, port }) : connectPlain({ host, port });
    await whenReady(socket, secure ? "secureConnect" : "connect", target.connectTimeoutMs, signal);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    return new LdapConnection(target, socket);
  }

  get isBroken(): boolean {
    return this.failure !== undefined;
  }

  /** Encrypts the connection from here on (RFC 4511 §4.14). */
  async startTls(signal: AbortSignal): Promise<LdapResult> {
    const response = await this.request(
      (messageId) => new ExtendedRequest({ messageId, oid: startTlsOid }),
    );
    if (response.status !== 0) return response;
    const plain = this.socket;
    // Whatever came in clear behind the answer is not the server's word: it is dropped.
    plain.removeAllListeners("data");
    this.frames = new FrameReader(this.target.answerBytesMax);
    const secure = connectSecure({ ...this.target.tls, host: this.target.host, socket: plain });
    await whenReady(secure, "secureConnect", this.target.connectTimeoutMs, signal);
    this.socket = secure;
    this.listen(secure);
    return response;
  }

  /**
   * Sends one request and waits for its answer, whatever its result code says. Entries and
   * references of a search are handed over as they come.
   */
  request(make: (messageId: number) => Message, options: RequestOptions = {}): Promise<LdapResult> {
    if (this.failure !== undefined) return Promise.reject(this.failure as Error);
    this.lastId = this.lastId >= 0x7fff_fffe ? 1 : this.lastId + 1;
    const id = this.lastId;
    const message = make(id);
    return new Promise((resolve, reject) => {
      const timer = options.isEndless === true ? undefined : setTimeout(() => {
        const ms = this.target.answerTimeoutMs;
        this.fail(new ConnectorError("retry", "CONNECTOR_TIMEOUT", `no answer within ${ms} ms`));
      }, this.target.answerTimeoutMs);
      const { onEntry, onReference, onIntermediate } = options;
      this.pending.set(id, { onEntry, onReference, onIntermediate, resolve, reject, timer });
      this.send(message.write());
    });
  }

  /** Requests that are made in one turn of the event loop leave together. */
  private send(bytes: Buffer): void {
    if (this.socket.writableCorked === 0) {
      const { socket } = this;
      socket.cork();
      process.nextTick(() => {
        socket.uncork();
      });
    }
    this.socket.write(bytes);
  }

  /** Breaks the connection; whoever waits gets `reason`. */
  fail(reason: unknown): void {
    if (this.failure === undefined) this.failure = reason;
    this.socket.destroy();
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(this.failure);
    }
    this.pending.clear();
  }

  /** Says good-bye (RFC 4511 §4.3) and closes. */
  async close(): Promise<void> {
    if (this.failure === undefined) {
      const goodBye = new UnbindRequest({ messageId: this.lastId + 1 }).write();
      await new Promise<void>((resolve) => {
        this.socket.end(goodBye, () => {
          resolve();
        });
        this.socket.once("close", () => {
          resolve();
        });
      });
    }
    this.fail(new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the connection was closed"));
  }

  private listen(socket: Socket): void {
    socket.on("data", (data: Buffer) => {
      try {
        for (const frame of this.frames.take(data)) this.receive(frame);
      } catch (error) {
        this.fail(error instanceof ConnectorError ? error : broken("it cannot be read"));
      }
    });
    socket.on("error", (error) => {
      this.fail(connectionError(error));
    });
    socket.on("close", () => {
      this.fail(new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the server hung up"));
    });
  }

  private receive(frame: Buffer): void {
    const message = readMessage(frame, this.names);
    // RFC 4511 §4.4: the id 0 is an unsolicited notification; the only one says good-bye.
    if (message.id === 0) {
      throw new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the server ended the session");
    }
    const waiting = this.pending.get(message.id);
    if (waiting === undefined) return;
    switch (message.kind) {
      case "entry":
        waiting.timer?.refresh();
        waiting.onEntry?.(message.entry);
        return;
      case "reference":
        waiting.onReference?.();
        return;
      case "result":
        clearTimeout(waiting.timer);
        this.pending.delete(message.id);
        waiting.resolve(message.result);
        break;
      case "intermediate":
        waiting.timer?.refresh();
        waiting.onIntermediate?.(message.response);
        break;
      case "other":
    }
  }
}

function whenReady(
  socket: Socket, event: "connect" | "secureConnect", timeoutMs: number, signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners(event);
      socket.removeAllListeners("error");
      socket.removeAllListeners("close");
      if (error === undefined) {
        resolve();
        return;
      }
      // What a dying socket still says must find a listener.
      socket.on("error", () => undefined);
      socket.destroy();
      reject(error as Error);
    };
    const onAbort = (): void => { finish(signal.reason); };
    const timer = setTimeout(() => {
      finish(
        new ConnectorError("retry", "CONNECTOR_TIMEOUT", `no connection within ${timeoutMs} ms`),
      );
    }, timeoutMs);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once(event, () => { finish(); });
    socket.once("error", (error) => { finish(connectionError(error)); });
    socket.once("close", () => {
      finish(new ConnectorError("retry", "CONNECTOR_UNREACHABLE", "the server hung up"));
    });
  });
}
