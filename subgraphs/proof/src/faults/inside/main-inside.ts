import { campaignFolder } from "./config.js";
import { addLoopbackKinds } from "../loopback/loopback-kind.js";
import { processName, Reaper } from "./reaper.js";

/**
 * Runs before the program of a process in a campaign (`node --import`), which is the only way to
 * kill a process at its points: the program itself has no switch for it, so it cannot be turned on
 * in production, where this package is not even installed.
 */
const folder = campaignFolder();
const name = processName(process.argv);
if (folder !== undefined && /^(web|task|gateway|[a-z]+-(web|task))$/.test(name)) {
  addLoopbackKinds();
  new Reaper(folder, name).start();
}
