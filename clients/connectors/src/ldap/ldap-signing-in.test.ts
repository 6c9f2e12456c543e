import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { createUser, describeDirectory, signal } from "./directory.fixture.js";
import { connectLdap, errorOf, people } from "./fixtures.js";

describeDirectory("signing in to a real directory", (directory) => {
  const connect = (
    settings: Record<string, unknown>, secrets = directory.secrets,
  ) => connectLdap(settings, secrets);

  test("LDAPS and StartTLS work with the right authority, and with no other", async () => {
    const { url: _url, allowPlain: _allow, ...rest } = directory.settings();
    const port = new URL(directory.slapd.ldapsUrl).port;
    for (const way of [
      { url: directory.slapd.ldapsUrl },
      { url: directory.slapd.url, startTls: true },
      { url: `ldaps://localhost:${port}` },
    ]) {
      const trusted = await connect({ ...rest, ...way, ca: directory.slapd.ca });
      await trusted.check(signal);
      expect((await readAll(trusted)).error).toBeUndefined();
      await trusted.close();
      const untrusted = await connect({ ...rest, ...way });
      expect(await errorOf(untrusted.check(signal))).toMatchObject({
        kind: "stop",
        code: "CERTIFICATE_UNTRUSTED",
      });
      expect(
        await errorOf(untrusted.writes?.write([createUser("never")], signal) ?? Promise.resolve()),
      ).toMatchObject({ code: "CERTIFICATE_UNTRUSTED" });
      const misnamed = await connect({
        ...rest,
        ...way,
        ca: directory.slapd.ca,
        serverName: "elsewhere.example",
      });
      expect(await errorOf(misnamed.check(signal))).toMatchObject({
        kind: "stop",
        code: "CERTIFICATE_UNTRUSTED",
      });
    }
    const viaSecret = await connect(
      { ...rest, url: directory.slapd.ldapsUrl, caSecret: "ca" },
      { ...directory.secrets, ca: directory.slapd.ca },
    );
    await viaSecret.check(signal);
    const mixedUp = await connect({
      ...rest,
      url: `ldaps://127.0.0.1:${new URL(directory.slapd.url).port}`,
      ca: directory.slapd.ca,
    });
    expect(["MISCONFIGURED", "CONNECTOR_UNREACHABLE"]).toContain(
      (await errorOf(mixedUp.check(signal))).code,
    );
  });

  test("who cannot sign in is told so: wrong password, no entry, no password", async () => {
    const settings = directory.settings();
    const wrong = await connect(settings, { admin: "wrong" });
    expect(await errorOf(wrong.check(signal))).toMatchObject({
      kind: "stop",
      code: "CREDENTIALS_REJECTED",
    });
    expect((await readAll(wrong)).error).toMatchObject({
      kind: "stop",
      code: "CREDENTIALS_REJECTED",
    });
    expect(
      await errorOf(wrong.writes?.write([createUser("never")], signal) ?? Promise.resolve()),
    ).toMatchObject({ kind: "stop", code: "CREDENTIALS_REJECTED" });
    const nobody = await connect({ ...settings, bindDn: "cn=nobody,dc=example,dc=com" });
    expect(await errorOf(nobody.check(signal))).toMatchObject({ code: "CREDENTIALS_REJECTED" });
    const empty = await connect(settings, { admin: "" });
    expect(await errorOf(empty.check(signal))).toMatchObject({
      kind: "stop",
      code: "MISCONFIGURED",
    });
  });

  test("an initial password signs in; a repeat sets it only where it is ours", async () => {
    const users = { base: people, idAttribute: "employeeNumber" };
    const proven = await directory.connect({ users });
    const signsIn = async (uid: string, plain: string): Promise<boolean> => {
      const settings = { ...directory.settings(), bindDn: `uid=${uid},${people}` };
      const person = await connectLdap(settings, { admin: plain });
      const error = await person.check(signal).catch((reason: unknown) => reason);
      await person.close();
      return (error as { code?: string } | undefined)?.code !== "CREDENTIALS_REJECTED";
    };
    for (const [uid, connector, again] of [
      ["known", directory.connector, "kept"], ["proven", proven, "set"],
    ] as const) {
      const create = (plain: string) =>
        ({ ...createUser(uid), password: { use: <T>(read: (text: string) => T) => read(plain) } });
      const results = await directory.write([create("first"), create("second")], connector);
      expect(results).toMatchObject([
        { ok: true, password: "set" }, { ok: true, already: true, password: again },
      ]);
      expect(JSON.stringify(results)).not.toMatch(/first|second|userPassword/);
      expect(await signsIn(uid, "first")).toBe(again === "kept");
      expect(await signsIn(uid, "second")).toBe(again === "set");
    }
    await proven.close();
  });

  test("a base that does not exist stops check and read", async () => {
    const lost = await directory.connect({ users: { base: "ou=nowhere,dc=example,dc=com" } });
    expect(await errorOf(lost.check(signal))).toMatchObject({
      kind: "stop",
      code: "MISCONFIGURED",
    });
    expect((await readAll(lost)).error).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
  });
});
