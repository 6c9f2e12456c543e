export { readCliConfig, type CliConfig } from "./config.js";
export { exitCodes } from "./failure.js";
export { joinery } from "./joinery.js";
export type { Surroundings } from "./surroundings.js";
