export { cryptoVariables } from "./config.js";
export { cryptoModule } from "./module.js";
export { createMasterKeyFile } from "./persistence/master-key.js";
