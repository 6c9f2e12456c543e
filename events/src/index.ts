export { Type, type Static, type TSchema } from "typebox";
export { splitBatches, splitRanges, type ListRange } from "./batches.js";
export { allContracts, defineEvent, type EventContract } from "./contract.js";
export {
  aadOf,
  channels,
  type Actor,
  type Channel,
  type Envelope,
  type WavePlace,
} from "./envelope.js";
export { EventError, eventErrorCodes, type EventErrorCode } from "./errors.js";
export type { EventLog, EventLogFields } from "./log.js";
export { sealedBytesMax } from "./payload.js";
export { allPoints, definePoints, setPointHandler, type PointHandler } from "./points.js";
export {
  openEvent,
  resealEvent,
  sealEvents,
  type OutgoingEvent,
  type SealedEvent,
  type Sealer,
} from "./sealing.js";
export * from "./contracts/index.js";
export { beginEpoch } from "./relay/epoch.js";
export { Relay, type RelayOptions } from "./relay/relay.js";
export { Consumer, type ConsumerOptions, type Subscription } from "./inbox/consumer.js";
export { inboxWake } from "./inbox/store.js";
export { snapshotState, wishForSnapshot, type SnapshotState } from "./inbox/snapshot-wish.js";
export { eventMigrations, type EventMigration } from "./migrations/all.js";
export { Notifier } from "./notifier.js";
export { insertOutbox, insertOutboxFrom, outboxWake, trackTold, type Told } from "./outbox.js";
export { forgetConsumer, maintainPartitions, type Maintained } from "./retention.js";
export {
  nothingToTell, Snapshots, type SnapshotAudience, type SnapshotSource, type SnapshotsOptions,
} from "./snapshot.js";
export { defaultLimits, type StreamLimits } from "./broker.js";
export { inTraceOf } from "./tracing.js";
export { Backoff, Wake } from "./wake.js";
