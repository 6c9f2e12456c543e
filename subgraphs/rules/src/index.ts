export { rulesModule } from "./module.js";
