export { openServiceDatabase, testKeyRing, type ServiceDatabase } from "./service-database.js";
