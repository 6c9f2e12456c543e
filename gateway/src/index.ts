export { composeModules, type Composed } from "./composition/compose.js";
export { tokenCacheMs } from "./edge/token-cache.js";
export { limits } from "./edge/limits.js";
