export { vaultModule } from "./module.js";
