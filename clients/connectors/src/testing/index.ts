export { exampleFor, HrApi } from "../http-json/hr-api.fixture.js";
export * from "./mariadb.js";
export type * from "./provided-context.js";
export * from "./read-all.js";
export * from "./samba.js";
export * from "./slapd.js";
