import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asOwner, silentLog } from "@joinery/kit";
import {
  startNats,
  startPostgres,
  type NatsServer,
  type PostgresServer,
} from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask } from "../testing/small-edge.js";
import { temporaryDataFolder, tokenOf, viewerOf } from "../testing/stacks.js";
import { startStack } from "./start-stack.js";

let elsewhere: Awaited<ReturnType<typeof temporaryDataFolder>>;
let own: Awaited<ReturnType<typeof temporaryDataFolder>>;
let postgres: PostgresServer;
let nats: NatsServer;

beforeAll(async () => {
  elsewhere = await temporaryDataFolder();
  own = await temporaryDataFolder();
  const options = { dataFolder: elsewhere.folder, log: silentLog };
  [postgres, nats] = await Promise.all([startPostgres(options), startNats(options)]);
}, 120_000);
afterAll(async () => {
  await postgres.stop();
  await nats.stop();
  await elsewhere.remove();
  await own.remove();
});

test("servers that are given are used and left, and the key to all stays with the launcher", {
  timeout: 180_000,
}, async () => {
  const given = { databaseUrl: postgres.url, natsUrl: nats.url };
  const stack = await startStack({ dataFolder: own.folder, ...given });
  const token = await tokenOf(stack.url, stack.ownerEmail, stack.ownerPassword);
  expect(await connectionsUnderLoad(stack.url, token)).toBeLessThanOrEqual(60);
  const pids = stack.pids();
  expect(Object.keys(pids).toSorted()).toEqual(["task", "web"]);
  if (process.platform === "linux") {
    const { password } = new URL(postgres.url);
    for (const pid of Object.values(pids)) {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8");
      expect(environment).toContain("JOINERY_CRYPTO_DATABASE_URL");
      expect(environment).not.toContain(password);
    }
  }
  await stack.stop();
  expect([postgres.isAlive(), nats.isAlive()]).toEqual([true, true]);

  const again = await startStack({ dataFolder: own.folder, ...given });
  expect(await viewerOf(again.url, token)).toBe(again.ownerEmail);
  await again.stop();
});

test("a server that cannot hold the connections is refused before anything is made", {
  timeout: 120_000,
}, async () => {
  const folder = await temporaryDataFolder();
  const settings = { max_connections: "50" };
  const small = await startPostgres({
    dataFolder: join(folder.folder, "elsewhere"), log: silentLog, settings,
  });
  try {
    const dataFolder = join(folder.folder, "own");
    const given = { dataFolder, databaseUrl: small.url, natsUrl: nats.url };
    await expect(startStack(given)).rejects.toMatchObject({
      code: "DATABASE_CONNECTIONS_TOO_FEW", message: expect.stringContaining("needs 60"),
    });
  } finally {
    await small.stop();
    await folder.remove();
  }
});

/** The most that were open at once while everybody asked. */
async function connectionsUnderLoad(url: string, token: string): Promise<number> {
  const query = `{
    applications { nodes { id } } identityCounts { users } ruleSets { nodes { version } }
    auditEntries { nodes { id } } notifications { nodes { id } } operators { nodes { id } }
  }`;
  let most = 0;
  for (let round = 0; round < 10; round += 1) {
    const asked = await Promise.all(Array.from({ length: 40 }, () => ask(url, query, { token })));
    expect(asked.filter(({ errors }) => errors.length > 0)).toEqual([]);
    most = Math.max(most, await openConnections());
  }
  return most;
}

/** Of our processes: the look itself is none of them. */
function openConnections(): Promise<number> {
  return asOwner(postgres.url, async (client) => {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where application_name like 'joinery%' and pid <> pg_backend_pid()`,
    );
    return rows[0]?.n ?? 0;
  });
}
