export { applicationsModule } from "./module.js";
