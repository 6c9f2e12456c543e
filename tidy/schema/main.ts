import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceNames, silentLog } from "@joinery/kit";
import { startPostgres, sweepAfterDeath } from "@joinery/kit/services";
import { settle } from "./settle.ts";

/*
 * npm run schema               writes subgraphs/<service>/schema.sql, after npm run build
 * npm run schema -- --check    writes nothing, exit code 1 when a fresh database, an upgraded one
 *                              and the committed schema.sql are not the same
 */

const check = process.argv.includes("--check");
const dataFolder = mkdtempSync(join(tmpdir(), "joinery-schema-"));
const sweep = sweepAfterDeath(dataFolder);
try {
  const settings = { fsync: "off", full_page_writes: "off" };
  const postgres = await startPostgres({ dataFolder, log: silentLog, settings });
  try {
    const settled = serviceNames.map((service) => settle(service, postgres.url, check));
    const problems = (await Promise.all(settled)).flat();
    for (const problem of problems) console.log(problem);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await postgres.stop();
  }
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
  sweep.cancel();
}
