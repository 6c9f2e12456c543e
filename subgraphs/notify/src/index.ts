export { notifyModule } from "./module.js";
