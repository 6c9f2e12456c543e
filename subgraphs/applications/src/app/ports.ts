import type { KeyObject } from "node:crypto";
import type { Reach } from "@joinery/connectors";
import type { Sealer } from "@joinery/events";
import type { Actor, Clock, Log, TenantId, TenantTransaction } from "@joinery/kit";
import type { Application, ApplicationSchema } from "../domain/application.js";
import type { Health } from "../domain/health.js";
import type {
  Counts, Run, RunReads, RunState, Wave, WaveProcess, WaveState,
} from "../domain/run.js";
import type { AccountPort } from "./account-ports.js";
import type { ConnectionPort } from "./connection-ports.js";
import type { ExportPort } from "./export-ports.js";
import type { FuturePort } from "./future-ports.js";
import type { ImportPort } from "./import-ports.js";
import type { OutboundPort } from "./outbound-ports.js";
import type { PlanPort } from "./plan-ports.js";
import type { SimulationPort } from "./simulation-ports.js";
import type { PushedBatches, PushedPort } from "./pushed-ports.js";
import type { HostedKind } from "./pushed/pushed-kind.js";
import type { ReplicaPort } from "./replica-ports.js";
import type { ReportPort } from "./report-ports.js";
import type { RetentionPort } from "./retention-ports.js";
import type { SchedulePort } from "./schedule-ports.js";
import type { SharedState } from "./shared-state.js";

/**
 * One transaction inside one organisation; every store works in the transaction that it is given.
 */
export type Tx = TenantTransaction;

/** Who asks, in which request. */
export interface Caller {
  readonly actor: Actor;
  readonly requestId: string;
}

export interface Deps {
  readonly within: <T>(tenant: TenantId, work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly applications: ApplicationPort;
  readonly connections: ConnectionPort;
  readonly runs: RunPort;
  readonly waves: WavePort;
  readonly guard: GuardPort;
  readonly tasks: TaskPort;
  readonly schedules: SchedulePort;
  readonly future: FuturePort;
  readonly retention: RetentionPort;
  readonly imports: ImportPort;
  readonly reports: ReportPort;
  readonly accounts: AccountPort;
  readonly replicas: ReplicaPort;
  readonly outbound: OutboundPort;
  readonly plans: PlanPort;
  readonly simulations: SimulationPort;
  readonly exports: ExportPort;
  readonly pushed: PushedPort;
  readonly pushedBatches: PushedBatches;
  readonly connectorKinds: ReadonlyMap<string, HostedKind>;
  /** Plain text of a secret named in a configuration. Throws SECRET_NOT_FOUND. */
  readonly openSecret: (tenant: TenantId, name: string) => Promise<string>;
  /** Passwords for accounts that are about to be made, by account. */
  readonly makePasswords: (
    tenant: TenantId,
    accountIds: readonly string[],
  ) => Promise<Readonly<Record<string, string>>>;
  /** Applications of which the vault waits for a wave, because dates have come. */
  readonly applicationsDue: (tenant: TenantId) => Promise<readonly string[]>;
  readonly settlePasswords: (
    tenant: TenantId,
    outcome: { readonly set: readonly string[]; readonly unused: readonly string[] },
  ) => Promise<void>;
  readonly sealer: Sealer;
  readonly digestKey: (tenant: TenantId) => Promise<KeyObject>;
  readonly filesRoot: string;
  /** What connectors of the same connection have in common. */
  readonly shared: SharedState;
  /** Where connectors may connect to. */
  readonly reach: Reach;
  readonly clock: Clock;
  readonly newId: () => string;
  /** From 0 to 1, for waits that shall not fall together. */
  readonly chance: () => number;
  readonly log: Log;
}

export interface NewApplication extends Pick<
  Application,
  | "id" | "key" | "name" | "connector" | "configuration" | "authoritativeFor" | "phase" | "limits"
  | "exportPolicy" | "protectedNames" | "schemaOverride" | "watched" | "connectionId" | "imports"
  | "provisions"
> {
  readonly discovered: ApplicationSchema;
}

export type ApplicationChange = Partial<
  Pick<
    Application,
    | "name" | "configuration" | "authoritativeFor" | "phase" | "stopped" | "limits"
    | "exportPolicy" | "protectedNames" | "schemaOverride" | "state" | "watched" | "connectionId"
    | "imports" | "provisions"
  >
> & {
  readonly discovered?: ApplicationSchema;
  /** Everything is due for outbound again. */
  readonly allDue?: boolean;
};

export type Position = readonly [string | number, string | number];

export interface ApplicationPort {
  find(tx: Tx, id: string): Promise<Application | null>;
  /** Same, and its row is locked until the transaction ends. */
  lock(tx: Tx, id: string): Promise<Application | null>;
  findMany(tx: Tx, ids: readonly string[]): Promise<readonly Application[]>;
  findByKey(tx: Tx, key: string): Promise<Application | null>;
  /** Every one that there ever was, deleted ones too, by id. */
  listAll(tx: Tx): Promise<readonly Application[]>;
  /** Those that are not deleted, by key. */
  list(tx: Tx): Promise<readonly Application[]>;
  /** Those that use a connection and are not deleted, by key. */
  usersOf(tx: Tx, connectionId: string): Promise<readonly Application[]>;
  /** That their connection changed: each of those has a new revision. */
  noteConnection(tx: Tx, connectionId: string): Promise<void>;
  page(tx: Tx, limit: number, after: Position | null): Promise<readonly Application[]>;
  /** False when another one has the key; nothing was written then. */
  add(tx: Tx, application: NewApplication): Promise<boolean>;
  /** Answers it with its new revision. */
  change(tx: Tx, id: string, change: ApplicationChange): Promise<Application>;
  /** Why nobody listens to it; null: somebody does. */
  noteWatch(
    tx: Tx,
    id: string,
    problem: { readonly code: string; readonly reason: string } | null,
  ): Promise<void>;
  /** Whoever calls this has locked it. */
  noteHealth(tx: Tx, id: string, health: Health): Promise<void>;
  /** The first complete import makes everybody due for it. */
  noteFirstImport(tx: Tx, id: string): Promise<void>;
}

export type RunChange = Partial<
  Pick<
    Run,
    | "state" | "reads" | "bundle" | "bundleVersion" | "population" | "accounts" | "code" | "reason"
    | "errors"
  >
> & {
  readonly started?: boolean;
  readonly readStarted?: boolean;
  readonly finished?: boolean;
  /** Added to what is there. */
  readonly counts?: Counts;
  /** Replaces what is there, by key. */
  readonly progress?: Counts;
  readonly timings?: Counts;
};

export interface RunPort {
  find(tx: Tx, id: string): Promise<Run | null>;
  lock(tx: Tx, id: string): Promise<Run | null>;
  findMany(tx: Tx, ids: readonly string[]): Promise<readonly Run[]>;
  page(
    tx: Tx,
    applicationIds: readonly string[],
    limit: number,
    after: Position | null,
  ): Promise<readonly Run[]>;
  add(
    tx: Tx,
    run: { id: string; applicationId: string; actor: Run["actor"]; reads?: RunReads },
  ): Promise<Run>;
  change(tx: Tx, id: string, change: RunChange): Promise<void>;
  /** Counts one failure by its code, keeping its object while there are few. */
  tally(tx: Tx, id: string, code: string, object: string, reason: string): Promise<void>;
  tallyMany(
    tx: Tx,
    id: string,
    failures: readonly {
      readonly code: string;
      readonly object: string;
      readonly reason: string;
    }[],
  ): Promise<void>;
  /** When the application's last import that read everything began; null: there was none. */
  lastFullRead(tx: Tx, applicationId: string): Promise<Date | null>;
  /** How many of its newest runs failed one after another, and how long ago the last one did. */
  failedLately(
    tx: Tx,
    applicationId: string,
  ): Promise<{ readonly failures: number; readonly agoMs: number }>;
  /** Forgets a run and its waves; nothing has left of them. */
  remove(tx: Tx, id: string): Promise<void>;
  /** Hash of the bundle that the application's last run before this one was pinned to. */
  lastBundle(tx: Tx, run: Run): Promise<string | null>;
  /** Runs of the application in one of the states, the oldest first. */
  inState(tx: Tx, applicationId: string | null, states: readonly RunState[]): Promise<Run[]>;
}

export type WaveChange = Partial<
  Pick<Wave, "state" | "batches" | "counts" | "breaches" | "root">
> & {
  readonly stage?: Readonly<Record<string, unknown>>;
  /** Added to the batches that are there. */
  readonly addBatches?: number;
  /** Added to the items that were done. */
  readonly addDone?: number;
};

export interface WavePort {
  find(tx: Tx, id: string): Promise<Wave | null>;
  lock(tx: Tx, id: string): Promise<Wave | null>;
  findOf(tx: Tx, runId: string, process: WaveProcess, applicationId?: string): Promise<Wave | null>;
  ofRuns(tx: Tx, runIds: readonly string[]): Promise<readonly Wave[]>;
  /** The one that is there, else a new one with this id. */
  ensure(
    tx: Tx,
    wave: {
      id: string;
      runId: string;
      process: WaveProcess;
      applicationId: string;
      state: WaveState;
    },
  ): Promise<Wave>;
  change(tx: Tx, id: string, change: WaveChange): Promise<void>;
  /** Whether a person discarded the newest inbound wave of an application: the vault owes it. */
  isSetAside(tx: Tx, applicationId: string): Promise<boolean>;
  /** Those that are not at their end fail with their run; exports that were let through go on. */
  failOpen(tx: Tx, runId: string): Promise<void>;
}

export interface GuardPort {
  /** What was let through in the 24 hours before `now`, by class. */
  last24h(tx: Tx, applicationId: string, now: Date): Promise<Counts>;
  record(tx: Tx, applicationId: string, now: Date, counts: Counts): Promise<void>;
}

export const taskKinds = ["import", "outbound", "export", "watch", "schedule", "probe"] as const;
export type TaskKind = (typeof taskKinds)[number];

/** The subject of outbound, which an organisation has one of. */
export const wholeOrganisation = "00000000-0000-0000-0000-000000000000";

/** A claim on one piece of work. */
export interface Task {
  readonly tenant: TenantId;
  readonly kind: TaskKind;
  readonly subject: string;
  readonly fence: number;
  readonly wishes: number;
}

export interface TaskPort {
  /** Asks for the work to be done, at once or from `at` on; in the transaction of its cause. */
  wish(tx: Tx, kind: TaskKind, subject: string, at?: Date): Promise<void>;
  /** Claims up to `limit` due tasks of a kind, those served longest ago first. */
  claim(kind: TaskKind, limit: number, leaseMs: number): Promise<readonly Task[]>;
  /** Keeps the claim for longer; false when it is lost. */
  renew(task: Task, leaseMs: number): Promise<boolean>;
  /** Gives the claim back. It is due again at `dueAt`, or at once when it was wished meanwhile. */
  finish(task: Task, dueInMs: number | null): Promise<void>;
  /** Throws TASK_LOST when another worker has it: the transaction that asks must not commit. */
  hold(tx: Tx, task: Task): Promise<void>;
}
