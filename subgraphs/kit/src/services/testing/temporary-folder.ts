import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sweepAfterDeath } from "../sweep.js";

/**
 * A folder that is gone, with the servers started in it, soon after this test process is: also
 * when the test failed, hung or was interrupted.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "joinery-services-"));
  sweepAfterDeath(folder);
  return folder;
}
