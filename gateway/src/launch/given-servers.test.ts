import { readFile } from "node:fs/promises";
import { silentLog } from "@joinery/kit";
import {
  startNats,
  startPostgres,
  type NatsServer,
  type PostgresServer,
} from "@joinery/kit/services";
import { afterAll, beforeAll, expect, test } from "vitest";
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
