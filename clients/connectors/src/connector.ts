/**
 * What a connector is: a way to one system, speaking accounts and groups, in capabilities.
 * Implementing a capability's interface declares it; the contract suite proves it.
 */

import type { LookupFunction } from "node:net";

export const objectKinds = ["user", "group"] as const;
export type ObjectKind = (typeof objectKinds)[number];

/** Several values are an array. Binary is base64, as the schema's type says. */
export type ConnectorScalar = string | number | boolean;
export type ConnectorValue = ConnectorScalar | readonly ConnectorScalar[];
export type ConnectorAttributes = Readonly<Record<string, ConnectorValue>>;

export type ConnectorAttributeType =
  "string" | "boolean" | "integer" | "decimal" | "instant" | "date" | "binary" | "reference";

export interface ConnectorAttribute {
  readonly name: string;
  readonly type: ConnectorAttributeType;
  readonly many?: boolean;
  readonly ordered?: boolean;
  readonly caseIgnore?: boolean;
  readonly required?: boolean;
  readonly readOnly?: boolean;
  /** Its value, where it has one, is the object's `name`: one attribute of each kind at most. */
  readonly naming?: boolean;
}

export interface ConnectorSchema {
  readonly user?: readonly ConnectorAttribute[];
  readonly group?: readonly ConnectorAttribute[];
}

/** What a system holds for one person or group. `anchor` never changes; `name` may. */
export interface ConnectorObject {
  readonly kind: ObjectKind;
  readonly anchor: string;
  readonly name: string;
  readonly attributes: ConnectorAttributes;
  /** Absent where the system has no such state. */
  readonly enabled?: boolean;
}

/**
 * One member of one group, as the system names them (a DN, an id); never inside the group object.
 */
export interface ConnectorMember {
  /** Anchor of the group. */
  readonly group: string;
  /** The member as written in the system, resolvable by `name` or `anchor` of an account. */
  readonly member: string;
}

/**
 * One thing the read met and could not use; the rest goes on. It is there all the same: who is
 * passed over is not gone. Without `anchor` nobody knows who it is, so as long as such a skip
 * stands, an object that the read lacks may be the one.
 */
export interface ConnectorSkip {
  /** For people: the anchor where it could be read, else the place (`line 17`, a DN). */
  readonly object: string;
  /** Present when the anchor could be read. */
  readonly anchor?: string;
  readonly code: ConnectorErrorCode;
  readonly reason: string;
}

/**
 * What a full read yields: bounded batches. The read is complete only if the iterator ends by
 * itself.
 */
export type ReadBatch =
  | { readonly type: "objects"; readonly objects: readonly ConnectorObject[] }
  | { readonly type: "members"; readonly members: readonly ConnectorMember[] }
  | { readonly type: "skips"; readonly skips: readonly ConnectorSkip[] };

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Most objects in one batch. */
  readonly batchSizeMax: number;
}

export interface Reads {
  /** Attributes this system has; read from the system where it can tell. Throws ConnectorError. */
  describe(signal: AbortSignal): Promise<ConnectorSchema>;
  /**
   * Everything in scope. Throws ConnectorError, after an abort the signal's reason; what was
   * yielded before stays valid but incomplete.
   */
  read(options: ReadOptions): AsyncIterable<ReadBatch>;
}

/** Where a system's stream of changes was read up to. Opaque to all but the connector. */
export interface ChangePosition {
  readonly token: string;
  /** False where the system may not tell us of deletions: then only full reads find them. */
  readonly reportsDeletions: boolean;
}

/** An object that is no longer there for us, and how that is known. */
export interface ConnectorDeparture {
  readonly anchor: string;
  /** Seen deleted, or seen alive and outside of what the settings ask for. Never a guess. */
  readonly because: "deleted" | "outOfScope";
}

/**
 * What happened since a position, in bounded batches. `objects` are whole: what one lacks has no
 * value. Anything may come twice and later than it was; applying it twice changes nothing.
 */
export type ChangeBatch =
  | { readonly type: "objects"; readonly objects: readonly ConnectorObject[] }
  | { readonly type: "gone"; readonly gone: readonly ConnectorDeparture[] }
  | {
      readonly type: "members";
      readonly added: readonly ConnectorMember[];
      readonly removed: readonly ConnectorMember[];
    }
  /** From here on, what is added to these groups until the next token is all that they have. */
  | { readonly type: "wholeMembers"; readonly groups: readonly string[] }
  | { readonly type: "skips"; readonly skips: readonly ConnectorSkip[] }
  /** Everything up to here was yielded: keep it once that is durable. A report ends with one. */
  | { readonly type: "token"; readonly token: string };

/** Systems that can tell what changed, so that not everything has to be read each time. */
export interface ReportsChanges {
  /** The position of now. Take it before a full read: what changes meanwhile is then reported. */
  begin(signal: AbortSignal): Promise<ChangePosition>;
  /**
   * What happened since. Throws ConnectorError; `DELTA_TOKEN_REJECTED` (stop) asks for a full read
   * with a new position, and says nothing about what is there. After an abort the signal's reason.
   */
  changes(token: string, options: ReadOptions): AsyncIterable<ChangeBatch>;
}

/** That something changed, or may have. What it was is for a report to tell. */
export interface ChangeHint {
  /** Objects that did, where the system says so; not all need be in scope. */
  readonly anchors: readonly string[];
  /** Whether there was more than those. */
  readonly isMore: boolean;
}

/** Systems that speak up when something changes, so that nobody has to keep asking. */
export interface Listens {
  /**
   * Hints as they come. The first is empty: from there on nothing is missed, so ask for changes
   * once then, and after each hint. What comes while nobody takes it is put into one. Never ends by
   * itself; throws ConnectorError when the line broke (listen again), after an abort its reason.
   */
  listen(signal: AbortSignal): AsyncIterable<ChangeHint>;
}

/**
 * What one attribute was and shall be. Written only where it still is `before` (or already
 * `after`).
 */
export interface ConnectorChange {
  readonly before?: ConnectorValue | null;
  readonly after: ConnectorValue | null;
}

/** One write. The connector makes it conditional on `before` where the system can. */
export type ConnectorWrite =
  | {
      readonly operation: "create";
      /**
       * Ours: echoed in the result, and the same for every attempt at one account. The connector
       * looks for what an earlier attempt made, by this id where the system keeps it, else by the
       * name; so a lost answer makes no second account.
       */
      readonly id: string;
      readonly kind: ObjectKind;
      readonly attributes: ConnectorAttributes;
      readonly enabled?: boolean;
      /** Made just before sending, opened only for the request, never kept. */
      readonly password?: Secret;
    }
  | {
      readonly operation: "update";
      readonly id: string;
      readonly kind: ObjectKind;
      readonly anchor: string;
      readonly name: string;
      /** Attribute → before and after; `null` is no value, an absent `before` is not known. */
      readonly changes: Readonly<Record<string, ConnectorChange>>;
      readonly enabled?: boolean;
    }
  | {
      readonly operation: "delete";
      readonly id: string;
      readonly kind: ObjectKind;
      readonly anchor: string;
      readonly name: string;
    }
  | {
      readonly operation: "members";
      readonly id: string;
      readonly anchor: string;
      readonly name: string;
      readonly add: readonly string[];
      readonly remove: readonly string[];
    };

export type WriteResult =
  | {
      readonly id: string;
      readonly ok: true;
      /**
       * The object as the system has it now (the system may have changed anchor, name or values);
       * absent after a delete.
       */
      readonly object?: ConnectorObject;
      /** True when the system already was as wished (a repeated create found its account). */
      readonly already?: boolean;
      /**
       * Of a create with a password: `kept` where the account was there already and nothing proves
       * that it is ours; then it has whatever password it had. Absent where none can be set.
       */
      readonly password?: "set" | "kept";
    }
  | {
      readonly id: string;
      readonly ok: false;
      readonly kind: ConnectorErrorKind;
      readonly code: ConnectorErrorCode;
      readonly reason: string;
      readonly retryAfterMs?: number;
    };

export interface Writes {
  /** How many writes may be given in one call. */
  readonly writeBatchMax: number;
  /**
   * Performs the writes, in order per object. Answers once per write, in their order; a stop
   * (credentials, whole system down) throws ConnectorError and says nothing about writes that were
   * not answered. An abort throws the signal's reason, more writes than allowed a RangeError.
   */
  write(writes: readonly ConnectorWrite[], signal: AbortSignal): Promise<readonly WriteResult[]>;
}

export interface Connector {
  readonly reads?: Reads;
  readonly writes?: Writes;
  readonly changes?: ReportsChanges;
  readonly listens?: Listens;
  /**
   * Cheap proof that the configuration works: reachable, signed in, in scope. Throws
   * ConnectorError.
   */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Callers ask one question of an error: try again, pass over this object, or stop the run? */
export const connectorErrorKinds = ["retry", "skip", "stop"] as const;
export type ConnectorErrorKind = (typeof connectorErrorKinds)[number];

export const connectorErrorCodes = [
  // retry
  "CONNECTOR_UNREACHABLE", "CONNECTOR_TIMEOUT", "CONNECTOR_BUSY", "CONNECTOR_RATE_LIMITED",
  // skip
  "OBJECT_GONE", "OBJECT_EXISTS", "OBJECT_CHANGED", "VALUE_INVALID", "VALUE_TAKEN",
  "VALUE_TOO_LARGE", "ROW_MALFORMED", "ANCHOR_MISSING", "ANCHOR_DUPLICATE", "PERMISSION_DENIED",
  // stop
  "SOURCE_UNREADABLE", "SOURCE_ENCODING", "SOURCE_EMPTY", "SOURCE_INCOMPLETE", "COLUMN_MISSING",
  "CREDENTIALS_REJECTED", "CERTIFICATE_UNTRUSTED", "ADDRESS_DENIED", "LIMIT_EXCEEDED",
  "MISCONFIGURED", "DELTA_TOKEN_REJECTED",
] as const;
export type ConnectorErrorCode = (typeof connectorErrorCodes)[number];

/** Thrown by every capability; never carries attribute values or secrets in its message. */
export class ConnectorError extends Error {
  readonly kind: ConnectorErrorKind;
  readonly code: ConnectorErrorCode;
  readonly object: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ConnectorErrorKind,
    code: ConnectorErrorCode,
    message: string,
    details: { object?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ConnectorError";
    this.kind = kind;
    this.code = code;
    this.object = details.object;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** A secret by reference, opened by the host just before the connector is made. */
export interface Secret {
  use<T>(read: (plain: string) => T): T;
}

/** Which addresses connectors may connect to. */
export interface Reach {
  readonly permits: (address: string) => boolean;
  /** Answers only what is permitted, so that what was looked at is what is connected to. */
  readonly lookup: LookupFunction;
}

export interface ConnectorHost {
  /** Opens a secret named in the configuration. Throws when it does not exist. */
  secret(name: string): Promise<Secret>;
  /** Folder that file connectors may read and write below; nothing outside it. */
  readonly filesRoot: string;
  /** Which addresses may be connected to over HTTP; without it those of the public internet. */
  readonly reach?: Reach;
  /**
   * What connectors with the same connection have in common, by name; made where there is none.
   * Without it each keeps its own.
   */
  readonly shared?: <T>(name: string, make: () => T) => T;
}

/** One kind of connector: how its configuration reads, and how it is made. */
export interface ConnectorKind {
  readonly name: string;
  readonly description: string;
  /** All problems at once, each naming the setting; empty when good. Pure. */
  validate(
    configuration: unknown,
  ): readonly { readonly setting: string; readonly message: string }[];
  /** Precondition: `validate` found nothing. */
  create(configuration: unknown, host: ConnectorHost): Promise<Connector>;
}
