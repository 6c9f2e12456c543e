import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopMariaDb, type ProvidedFolders } from "@joinery/connectors/testing";
import {
  silentLog,
  startNats,
  startPostgres,
  sweepAfterDeath,
  type ProvidedServices,
} from "@joinery/kit/services";
import type { TestProject } from "vitest/node";

/**
 * One PostgreSQL and one NATS for the whole test run, in a temporary folder, on ports of their
 * own. fsync is off here and nowhere else: a test run that loses its machine loses nothing.
 *
 * | variable | instead of our own |
 * | --- | --- |
 * | `JOINERY_TEST_DATABASE_URL` | superuser of a PostgreSQL 15 or newer that may be littered |
 * | `JOINERY_TEST_NATS_URL` | a NATS with JetStream |
 * | `JOINERY_TEST_POSTGRES_BIN` | folder of other PostgreSQL programs to start |
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataFolder = await mkdtemp(join(tmpdir(), "joinery-test-"));
  const sweep = sweepAfterDeath(dataFolder);
  const starting = [postgres(dataFolder), nats(dataFolder)] as const;
  const folders: ProvidedFolders = {
    sambaTemplate: join(dataFolder, "samba-domain"), mariaDbFolder: join(dataFolder, "mariadb"),
  };
  project.provide("sambaTemplate", folders.sambaTemplate);
  project.provide("mariaDbFolder", folders.mariaDbFolder);
  const end = async () => {
    await stopMariaDb(folders.mariaDbFolder);
    const started = await Promise.allSettled(starting);
    for (const each of started) if (each.status === "fulfilled") await each.value.stop();
    if (started.some((each) => each.status === "rejected")) return; // Left to the sweep.
    await sweep.remove();
  };
  try {
    const [database, broker] = await Promise.all(starting);
    const services: ProvidedServices = { postgresUrl: database.url, natsUrl: broker.url };
    project.provide("postgresUrl", services.postgresUrl);
    project.provide("natsUrl", services.natsUrl);
    return end;
  } catch (error) {
    await end();
    throw error;
  }
}

function postgres(dataFolder: string) {
  return startPostgres({
    dataFolder,
    log: silentLog,
    databaseUrl: process.env["JOINERY_TEST_DATABASE_URL"],
    binFolder: process.env["JOINERY_TEST_POSTGRES_BIN"],
    settings: { fsync: "off", full_page_writes: "off", max_connections: "300" },
  });
}

function nats(dataFolder: string) {
  return startNats({
    dataFolder,
    log: silentLog,
    natsUrl: process.env["JOINERY_TEST_NATS_URL"],
    jetStream: { syncAlways: false, maxFileBytes: 2 * 1024 ** 3 },
  });
}
