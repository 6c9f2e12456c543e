import type { ImportPort } from "../app/import-ports.js";
import { importApply } from "./import-apply.js";
import { importArrivals } from "./import-arrivals.js";
import { importCompare } from "./import-compare.js";
import { importRenames } from "./import-renames.js";
import { importSealed } from "./import-sealed.js";
import { importStage } from "./import-stage.js";

export const importStore: ImportPort = {
  ...importCompare, ...importStage, ...importSealed, ...importApply,
  ...importRenames, ...importArrivals,
};
