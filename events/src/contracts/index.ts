export * from "./applications.js";
export * from "./crypto.js";
export * from "./rules.js";
export { type Breach, type Buckets } from "./shapes.js";
export * from "./vault.js";
