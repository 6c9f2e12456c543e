export * from "./read-all.js";
export * from "./slapd.js";
