export { halve, type Culprit } from "./halve.js";
export {
  eventNamesOf,
  handlerOf,
  type LaneContext,
  type LaneHandler,
  type LaneMessage,
  type LaneOutcome,
  type ParkedObject,
} from "./handler.js";
export { LaneRunner, type LaneRunnerOptions } from "./lane-runner.js";
export { discardParked, listParked, retryParked, type Parked } from "./parked.js";
