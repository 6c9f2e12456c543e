export * from "./slapd.js";
