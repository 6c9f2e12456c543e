import { expect, test } from "vitest";
import type { ChangeBatch, Connector, ReadBatch } from "../connector.js";
import { members, outcomes, remove, signal, update } from "../ldap/directory.fixture.js";
import { errorOf } from "../ldap/fixtures.js";
import { Directory } from "./directory-admin.fixture.js";
import { describeDomain, newGroup, newUser, password, type TestDomain } from "./domain.fixture.js";
import { elsewhere, people, teams } from "./fixtures.js";

async function readUntil(
  connector: Connector, size: number, after: (batches: number) => Promise<void> | void,
): Promise<readonly ReadBatch[]> {
  const batches: ReadBatch[] = [];
  for await (const batch of connector.reads?.read({ signal, batchSizeMax: size }) ?? []) {
    batches.push(batch);
    await after(batches.length);
  }
  return batches;
}

/** An account that may look and do nothing else. */
async function plainAccount(domain: TestDomain, account: string): Promise<string> {
  const relaxed = await domain.connect({ passwordMustChange: false });
  await domain.one(newUser(account), relaxed);
  await relaxed.close();
  return `${account}@corp.acme.test`;
}

describeDomain("a domain that is not what it should be", (domain) => {
  signInTests(domain);
  rightTests(domain);
  deathTests(domain);
});

function signInTests(domain: TestDomain): void {
  test("why nobody could sign in is told, and never with what", async () => {
    const own = await domain.one(newUser("barred"));
    await domain.done([update(own, {}, false)]);
    for (const [bindDn, secret, why] of [
      ["barred@corp.acme.test", password, "the account is disabled"],
      ["administrator@corp.acme.test", "wrong-secret-1", "wrong name or password"],
      ["*@corp.acme.test", "wrong-secret-1", "signing in"],
    ] as const) {
      const connector = await domain.connect({ bindDn }, secret);
      const error = await errorOf(connector.check(signal));
      expect(error).toMatchObject({ kind: "stop", code: "CREDENTIALS_REJECTED" });
      expect(error.message).toContain(why);
      expect(error.message).not.toContain(secret);
      await connector.close();
    }
  });

  test("StartTLS is as good as LDAPS, and another name on the certificate is not", async () => {
    const startTls = await domain.connect({ url: domain.samba.ldapUrl, startTls: true });
    await startTls.check(signal);
    await startTls.close();
    const misnamed = await domain.connect({ serverName: "dc9.corp.acme.test" });
    expect(await errorOf(misnamed.check(signal))).toMatchObject({
      kind: "stop", code: "CERTIFICATE_UNTRUSTED",
    });
    await misnamed.close();
  });
}

function rightTests(domain: TestDomain): void {
  test("who may not write is refused each write by itself, and nothing is done", async () => {
    const bindDn = await plainAccount(domain, "looker");
    const [person, group] = await Promise.all([
      domain.one(newUser("target", { title: "kept" })), domain.one(newGroup("targets")),
    ]);
    const looker = await domain.connect({ bindDn }, password);
    const results = await domain.write([
      newUser("intruder"), update(person, { title: { before: "kept", after: "x" } }),
      update(person, {}, false), update(person, { dn: { after: `CN=x,${people}` } }),
      members(group, [person.name], []), remove(person),
    ], looker);
    await looker.close();
    expect(new Set(outcomes(results))).toEqual(new Set(["PERMISSION_DENIED"]));
    const { objects, members: read } = await domain.read();
    expect(objects.find((each) => each.anchor === person.anchor)).toEqual(person);
    expect(objects.some((each) => each.attributes["cn"] === "intruder")).toBe(false);
    expect(read.filter((each) => each.group === group.anchor)).toEqual([]);
  });

  test("who was moved out of our reach is not gone, and not ours to delete", async () => {
    await using directory = await Directory.open(domain);
    const object = await domain.one(newUser("emigrant"));
    await directory.rename(object.name, `CN=emigrant,${elsewhere}`);
    expect(outcomes(await domain.write([
      remove(object), update(object, { title: { after: "x" } }),
    ]))).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED"]);
  });

  test("a right to look that was taken away is no empty domain", async () => {
    const bindDn = await plainAccount(domain, "blinded");
    const settings = { bindDn, mayBeEmpty: false };
    await domain.one(newGroup("somebody"));
    const sighted = await domain.connect(settings, password);
    await readUntil(sighted, 100, () => undefined);
    const token = (await domain.connector.changes?.begin(signal))?.token ?? "";
    await using directory = await Directory.open(domain);
    await directory.hide(teams);
    const error = await errorOf(readUntil(sighted, 100, () => undefined));
    expect(error.kind).toBe("stop");
    expect(["SOURCE_EMPTY", "MISCONFIGURED"]).toContain(error.code);
    await sighted.close();

    // The same for a position of somebody who may replicate, in the hands of one who may not.
    const blinded = await domain.connect({ bindDn }, password);
    const batches: ChangeBatch[] = [];
    const report = async (): Promise<void> => {
      const options = { signal, batchSizeMax: 10 };
      for await (const batch of blinded.changes?.changes(token, options) ?? []) batches.push(batch);
    };
    expect(await errorOf(report())).toMatchObject({ kind: "stop", code: "PERMISSION_DENIED" });
    expect(batches).toEqual([]);
    await blinded.close();
  });
}

function deathTests(domain: TestDomain): void {
  test("a server that dies between two pages leaves an error and no shorter read", async () => {
    await domain.done(Array.from({ length: 30 }, (_, at) => newUser(`many${at}`)));
    const token = (await domain.connector.changes?.begin(signal))?.token ?? "";
    await domain.done(Array.from({ length: 5 }, (_, at) => newUser(`later${at}`)));
    const connector = await domain.connect({ pageSize: 5 });
    const whole = await readUntil(connector, 5, () => undefined);
    const seen: ReadBatch[] = [];
    const broken = readUntil(connector, 5, async (batches) => {
      seen.length = batches;
      if (batches === 2) await domain.samba.kill();
    });
    const error = await errorOf(broken);
    expect(error).toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
    expect(seen.length).toBeLessThan(whole.length);
    expect(await errorOf(connector.check(signal))).toMatchObject({ code: "CONNECTOR_UNREACHABLE" });
    const write = connector.writes?.write([newUser("nobody")], signal) ?? Promise.resolve();
    expect(await errorOf(write)).toMatchObject({ code: "CONNECTOR_UNREACHABLE" });

    await domain.samba.start();
    expect(await readUntil(connector, 5, () => undefined)).toEqual(whole);
    // A cookie outlives the server that gave it.
    const told: ChangeBatch[] = [];
    const options = { signal, batchSizeMax: 50 };
    for await (const batch of connector.changes?.changes(token, options) ?? []) told.push(batch);
    const objects = told.flatMap((batch) => (batch.type === "objects" ? batch.objects : []));
    expect(objects).toHaveLength(5);
    await connector.close();
  });
}
