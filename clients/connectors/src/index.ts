export * from "./connector.js";
export * from "./registry.js";
export { reachOf } from "./reach/reach.js";
