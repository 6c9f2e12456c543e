import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { startSlapd } from "../testing/slapd.js";
import { createUser, describeWithSlapd, signal } from "./directory.fixture.js";
import { baseLdif, connectLdap, errorOf, people, settingsFor } from "./fixtures.js";

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
});
