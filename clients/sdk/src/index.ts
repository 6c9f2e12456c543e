export {
  JoineryClient,
  organisationsOf,
  type JoineryClientOptions,
  type RequestArguments,
  type RequestOptions,
  type SignedIn,
  type SignInOptions,
} from "./client.js";
export type { TypedDocument } from "./document.js";
export { accepted, JoineryApiError, type ApiFault, type Payload } from "./error.js";
export { hasEnded, type FollowOptions } from "./follow-run.js";
export { eachNode, type Connection, type PageVariables } from "./pages.js";
export { mayPass, type RetryPolicy } from "./retry.js";
export { runStages, type RunProcess, type RunStage, type StageState } from "./run-stages.js";
export * from "./generated/operations.js";
