export * from "./fake-connector.js";
export * from "./fake-kind.js";
export * from "./fake-system.js";
export * from "./faults.js";
