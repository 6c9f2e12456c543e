import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { inject, test, expect } from "vitest";
import type { ConnectorErrorCode } from "../connector.js";
import { errorOf } from "../ldap/fixtures.js";
import { shareMariaDb } from "../testing/mariadb.js";
import { makeCertificate } from "../testing/server-process.js";
import { signal, testServers, type TestDatabase } from "./databases.fixture.js";

/** Speaks TLS as PostgreSQL does, in the place of one that does not (its manual, §54.2.11). */
async function encryptedPostgresql(port: number, folder: string) {
  await makeCertificate(folder, ["DNS:localhost"]);
  const [key, cert] = await Promise.all(["server.key", "server.pem"].map((name) =>
    readFile(join(folder, name), "utf8")));
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.once("data", () => {
      client.write("S");
      const secure = new TLSSocket(client, { isServer: true, key, cert });
      secure.on("error", () => upstream.destroy());
      secure.pipe(upstream).pipe(secure);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => { server.close(() => { resolve(); }); });
  };
  return { port: (server.address() as AddressInfo).port, ca: cert as string, close };
}

async function expectTrust(
  database: TestDatabase, encrypted: { readonly port: number; readonly ca: string },
): Promise<void> {
  const users = { table: "people", anchor: "id" };
  await database.run("create table people (id int primary key)");
  const attempt = async (settings: Readonly<Record<string, unknown>>) => {
    const connector = await database.connect({ users, port: encrypted.port, ...settings });
    try {
      return await connector.check(signal);
    } finally {
      await connector.close();
    }
  };
  const { ca } = encrypted;
  await attempt({ allowPlain: false, ca, serverName: "localhost" });
  await attempt({ allowPlain: false, ca, host: "localhost" });
  const wrong: readonly (readonly [Readonly<Record<string, unknown>>, ConnectorErrorCode])[] = [
    [{ serverName: "localhost" }, "CERTIFICATE_UNTRUSTED"],
    [{ serverName: "db.example.org", ca }, "CERTIFICATE_UNTRUSTED"],
  ];
  for (const [settings, code] of wrong) {
    const error = await errorOf(attempt({ allowPlain: false, ...settings }));
    expect(error).toMatchObject({ kind: "stop", code });
  }
}

for (const server of testServers) {
  const reason = server.missing === undefined ? "" : ` (skipped: ${server.missing})`;
  test.skipIf(server.missing !== undefined)(
    `only who shows a certificate for its name is signed in to: ${server.name}${reason}`,
    async () => {
      const database = await server.open();
      const folder = await mkdtemp(join(tmpdir(), "joinery-sql-"));
      try {
        if (server.dialect === "mysql") {
          await expectTrust(database, await shareMariaDb(inject("mariaDbFolder")));
          return;
        }
        const encrypted = await encryptedPostgresql(database.settings.port, folder);
        await expectTrust(database, encrypted);
        await encrypted.close();
        // One that offers no encryption gets no password either.
        const plain = await database.connect({
          users: { table: "people", anchor: "id" }, allowPlain: false,
        });
        expect(await errorOf(plain.check(signal)))
          .toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
      } finally {
        await database.close();
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
}
