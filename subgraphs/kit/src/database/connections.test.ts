import { connect, createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, inject, test } from "vitest";
import { freePort } from "../services/ports.js";
import { survivingClient, survivingPool, untilDatabaseAnswers } from "./connections.js";

let server: Server | undefined;
afterEach(() => server?.close());

/** Ends, as the server's administrator would, whoever `pid` serves. */
async function terminate(pid: number): Promise<void> {
  const admin = survivingClient({ connectionString: inject("postgresUrl") });
  await admin.connect();
  await admin.query("select pg_terminate_backend($1)", [pid]);
  await admin.end();
}

test("a connection lost while it is lent fails its next statement and nothing else", async () => {
  const pool = survivingPool({ connectionString: inject("postgresUrl"), max: 1 });
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  await terminate(rows[0]?.pid ?? 0);
  await delay(100);
  const failure = await client.query("select 1").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  client.release(true);
  expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test("a database that is not there yet is waited for", async () => {
  const port = await freePort();
  const url = new URL(inject("postgresUrl"));
  const target = { host: url.hostname, port: Number(url.port) };
  url.port = String(port);
  let answered = false;
  const waiting = untilDatabaseAnswers(url.toString()).then(() => (answered = true));
  await delay(200);
  expect(answered).toBe(false);
  // Breaks off at first, as a server that is being replaced, then passes everything on.
  let tries = 0;
  server = createServer((socket) => {
    tries += 1;
    if (tries < 3) {
      socket.destroy();
      return;
    }
    const onward = connect(target);
    for (const end of [socket, onward]) end.on("error", () => undefined);
    socket.pipe(onward).pipe(socket);
  }).listen(port, "127.0.0.1");
  await waiting;
  expect(tries).toBe(3);
});

test("a wrong password is told at once, a database that never comes after the time", async () => {
  const wrong = new URL(inject("postgresUrl"));
  wrong.password = "not the password";
  const begun = performance.now();
  await expect(untilDatabaseAnswers(wrong.toString())).rejects.toMatchObject({
    code: "DATABASE_UNREACHABLE", fields: { reason: "PG_28P01" },
  });
  expect(performance.now() - begun).toBeLessThan(5_000);
  const nowhere = `postgres://nobody@127.0.0.1:${await freePort()}/x`;
  await expect(untilDatabaseAnswers(nowhere, 300)).rejects.toMatchObject({
    code: "DATABASE_UNREACHABLE", fields: { reason: "ECONNREFUSED" },
  });
});
