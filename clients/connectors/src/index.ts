export * from "./connector.js";
export * from "./registry.js";
