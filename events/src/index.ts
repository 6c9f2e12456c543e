export { Type, type Static, type TSchema } from "typebox";
export { splitBatches } from "./batches.js";
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
  sealEvents,
  type OutgoingEvent,
  type SealedEvent,
  type Sealer,
} from "./sealing.js";
