export { topologies, type Topology } from "./config.js";
export type { StackEvent } from "./stack.js";
export { startStack, type RunningStack, type StackStart } from "./start-stack.js";
