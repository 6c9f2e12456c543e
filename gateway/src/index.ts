export { composeModules, type Composed } from "./composition/compose.js";
export { sessionCacheMs } from "./edge/sessions.js";
export { limits } from "./edge/limits.js";
