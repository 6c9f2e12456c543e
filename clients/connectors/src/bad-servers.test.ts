import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encrypt, mysqlGreeting, startBadServer, type Manner } from "./bad-servers.fixture.js";
import type { Connector } from "./connector.js";
import { makeExpiredCertificate } from "./http/expired-certificate.fixture.js";
import { reachOf } from "./reach/reach.js";
import { connectorKinds } from "./registry.js";
import { encryptTds } from "./sql/sqlserver/tds.fixture.js";
import { tediousMissing } from "./sql/sqlserver/tedious.js";
import { readAll } from "./testing/read-all.js";

/** What every connector to a server must do whatever that server speaks. */
let ended: { key: string; cert: string };
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "joinery-ended-"));
  await makeExpiredCertificate(folder);
  const [key, cert] = await Promise.all(["server.key", "server.pem"].map((name) =>
    readFile(join(folder, name), "utf8"))) as [string, string];
  ended = { key, cert };
  await rm(folder, { recursive: true });
});
const open: Connector[] = [];
afterAll(async () => { for (const connector of open) await connector.close(); });

const timeouts = { connectMs: 800, answerMs: 800 };
const retries = { max: 0, waitMsMax: 100 };
const signIn = { passwordSecret: "s" };
const users = { table: "people", anchor: "id" };
const base = { base: "ou=people,dc=example,dc=com" };
const list = {
  list: { path: "/people", items: "", paging: { kind: "none" } },
  anchor: "id", name: "login", attributes: { login: { path: "login" } },
};

/** How each kind of connector is told where to go; `tls` adds what it trusts. */
const connectors: Readonly<Record<string, {
  readonly kind: string;
  settings(port: number, tls: boolean): Readonly<Record<string, unknown>>;
}>> = {
  ldap: { kind: "ldap", settings: (port, tls) => ({
    url: `ldap${tls ? "s" : ""}://127.0.0.1:${port}`, bindDn: "cn=me", ...signIn, users: base,
    timeouts,
  }) },
  "active-directory": { kind: "active-directory", settings: (port) => ({
    url: `ldaps://127.0.0.1:${port}`, bindDn: "me", ...signIn, timeouts,
    users: { base: "OU=People,DC=corp,DC=acme,DC=test" },
  }) },
  scim: { kind: "scim", settings: (port, tls) => ({
    url: `http${tls ? "s" : ""}://127.0.0.1:${port}`, timeouts, retries, users: {},
    authentication: { kind: "bearer", tokenSecret: "s" },
  }) },
  "http-json": { kind: "http-json", settings: (port, tls) => ({
    url: `http${tls ? "s" : ""}://127.0.0.1:${port}`, timeouts, retries, users: list,
    authentication: { kind: "none" },
  }) },
  postgresql: { kind: "sql", settings: (port) => ({
    dialect: "postgresql", host: "127.0.0.1", port, database: "d", user: "u", ...signIn, users,
    timeouts,
  }) },
  mysql: { kind: "sql", settings: (port, tls) => ({
    dialect: "mysql", host: "127.0.0.1", port, database: "d", user: "u", ...signIn, users, timeouts,
    ...(tls ? { serverName: "localhost" } : {}),
  }) },
  sqlserver: { kind: "sql", settings: (port, tls) => ({
    dialect: "sqlserver", host: "127.0.0.1", port, database: "d", user: "u", ...signIn, users,
    timeouts, ...(tls ? { serverName: "localhost" } : {}),
  }) },
};
/** The driver of SQL Server is installed by those alone who need it. */
const names = Object.keys(connectors).map((name) => ({
  name, missing: name === "sqlserver" && tediousMissing(),
}));

async function connect(name: string, port: number, tls: boolean): Promise<Connector> {
  const { kind: kindName, settings } = connectors[name] ?? { kind: "", settings: () => ({}) };
  const kind = connectorKinds.get(kindName);
  if (kind === undefined) throw new Error(`no kind ${kindName}`);
  // To a domain controller nothing goes in clear.
  const trust = tls || name === "active-directory" ? { ca: ended.cert } : { allowPlain: true };
  const configuration = { ...settings(port, tls), ...trust };
  const problems = kind.validate(configuration);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const connector = await kind.create(configuration, {
    filesRoot: "/nowhere", reach: reachOf(["127.0.0.0/8"]),
    secret: () => Promise.resolve({ use: (read) => read("secret") }),
  });
  open.push(connector);
  return connector;
}

const page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>Sign in to go on</html>";
const manners: Readonly<Record<string, Manner>> = {
  "answers with a page to sign in on": { answer: (socket) => { socket.end(page); } },
  "shows a page before anybody spoke": { isFirst: true, answer: (socket) => { socket.end(page); } },
  "hangs up once it is spoken to": { answer: (socket) => { socket.destroy(); } },
  "hangs up at once": { isFirst: true, answer: (socket) => { socket.destroy(); } },
  "says nothing": { answer: () => undefined },
  "sends noise": { answer: (socket) => { socket.write(Buffer.alloc(4_096, 0xa5)); } },
};
const stable = new RegExp([
  "^CONNECTOR_UNREACHABLE", "CONNECTOR_TIMEOUT", "SOURCE_UNREADABLE", "SOURCE_INCOMPLETE",
  "MISCONFIGURED", "LIMIT_EXCEEDED$",
].join("$|^"));

describe.each(names)("$name, where a server", ({ name, missing }) => {
  const each = test.skipIf(missing).each(Object.entries(manners));
  each("%s, reads nobody and says why", async (_name, manner) => {
    await using server = await startBadServer(manner);
    const connector = await connect(name, server.port, false);
    const { objects, members, skips, error } = await readAll(connector);
    expect([objects, members, skips]).toEqual([[], [], []]);
    expect(error?.code).toMatch(stable);
    expect(error?.message).toBeTruthy();
    expect(error?.message).not.toContain("secret");
  });

  test.skipIf(missing)("shows a certificate that ended, does not sign in", async () => {
    const speaks: Readonly<Record<string, Manner>> = {
      postgresql: { answer: (socket) => {
        socket.write("S");
        encrypt(socket, ended);
      } },
      mysql: {
        greeting: mysqlGreeting(), packet: 36, answer: (socket) => { encrypt(socket, ended); },
      },
      sqlserver: { packet: 0, answer: (socket) => { encryptTds(socket, ended); } },
    };
    await using server = await startBadServer(speaks[name]
      ?? { isFirst: true, answer: (socket) => { encrypt(socket, ended); } });
    const { objects, error } = await readAll(await connect(name, server.port, true));
    expect(objects).toEqual([]);
    expect(error).toMatchObject({ kind: "stop", code: "CERTIFICATE_UNTRUSTED" });
  });
});
