import { connect } from "node:tls";
import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { startSlapd, type Slapd } from "../testing/slapd.js";
import { createUser, describeWithSlapd, signal } from "./directory.fixture.js";
import { baseLdif, connectLdap, errorOf, people, settingsFor } from "./fixtures.js";

/** The version that a client without scruples gets. */
function oldHandshake({ ldapsUrl, ca }: Slapd): Promise<string | null> {
  const { hostname: host, port } = new URL(ldapsUrl);
  const ciphers = "DEFAULT@SECLEVEL=0";
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca, minVersion: "TLSv1", ciphers }, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

describeWithSlapd("a directory that ends early", () => {
  test("a server that gives no more than so many stops the read", async () => {
    const person = (at: number): string =>
      `dn: uid=p${at},${people}\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: x\nsn: x\n\n`;
    const slapd = await startSlapd({
      ldif: `${baseLdif}\n${Array.from({ length: 30 }, (_, at) => person(at)).join("")}`,
      databaseLines: [
        'limits dn.exact="cn=reader,dc=example,dc=com" size.soft=10 size.hard=10 size.prtotal=10',
        "access to * by * read",
      ],
    });
    try {
      const limited = await connectLdap(
        {
          ...settingsFor(slapd),
          bindDn: "cn=reader,dc=example,dc=com",
          passwordSecret: "reader",
          pageSize: 4,
        },
        { reader: "the reader's password" },
      );
      const { error, objects } = await readAll(limited);
      expect(error).toMatchObject({ kind: "stop", code: "LIMIT_EXCEEDED" });
      expect(objects.length).toBeLessThan(30);
    } finally {
      await slapd.stop();
    }
  });

  test("a server that dies makes open writes retries", async () => {
    const slapd = await startSlapd({ ldif: baseLdif });
    const connector = await connectLdap(settingsFor(slapd), { admin: slapd.adminPassword });
    await connector.writes?.write([createUser("before")], signal);
    const writing = connector.writes?.write(
      Array.from({ length: 800 }, (_, at) => createUser(`dying-${at}`)),
      signal,
    );
    setTimeout(() => {
      process.kill(slapd.pid, "SIGKILL");
    }, 20);
    const results = (await writing) ?? [];
    expect(results).toHaveLength(800);
    const failed = results.filter((each) => !each.ok);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map((each) => `${each.kind} ${each.code}`))).toEqual(
      new Set(["retry CONNECTOR_UNREACHABLE"]),
    );
    expect(
      await errorOf(connector.writes?.write([createUser("late")], signal) ?? Promise.resolve()),
    ).toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
    expect((await readAll(connector)).error).toMatchObject({
      kind: "retry",
      code: "CONNECTOR_UNREACHABLE",
    });
    await slapd.stop();
  });

  test("encryption older than TLS 1.2 is not used", async () => {
    const slapd = await startSlapd({
      ldif: baseLdif,
      globalLines: ["TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0"],
    });
    try {
      // The server does speak it, with whoever lets it.
      expect(await oldHandshake(slapd)).toMatch(/^TLSv1(\.1)?$/);
      const { url: _url, allowPlain: _allow, ...rest } = settingsFor(slapd);
      for (const way of [{ url: slapd.ldapsUrl }, { url: slapd.url, startTls: true }]) {
        const connector = await connectLdap(
          { ...rest, ...way, ca: slapd.ca }, { admin: slapd.adminPassword },
        );
        const { code } = await errorOf(connector.check(signal));
        expect(["MISCONFIGURED", "CONNECTOR_UNREACHABLE"]).toContain(code);
      }
    } finally {
      await slapd.stop();
    }
  });
});
