export * from "./mariadb.js";
export type * from "./provided-context.js";
export * from "./read-all.js";
export * from "./samba.js";
export * from "./slapd.js";
