import { expect, test } from "vitest";
import type { ChangeHint, Connector } from "../connector.js";
import { begin, reportOf } from "./changes.fixture.js";
import { createUser, describeDirectory, remove, signal, update } from "./directory.fixture.js";
import { errorOf } from "./fixtures.js";

async function listen(connector: Connector): Promise<AsyncIterator<ChangeHint>> {
  const hints = connector.listens?.listen(signal)[Symbol.asyncIterator]();
  if (hints === undefined) throw new Error("it does not listen");
  expect((await hints.next()).value).toEqual({ anchors: [], isMore: false });
  return hints;
}

describeDirectory("a directory that is listened to", (directory) => {
  test("changes are heard within 100 ms, nearly all of them", async () => {
    const object = await directory.createdOne(createUser("noise"));
    const hints = await listen(directory.connector);
    const delays: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const heard = hints.next();
      const began = performance.now();
      await directory.write([update(object, { title: { after: [`t${turn}`] } })]);
      const { value } = await heard;
      delays.push(performance.now() - began);
      expect(value).toEqual({ anchors: [object.anchor], isMore: false });
    }
    await directory.write([remove(object)]);
    expect((await hints.next()).value).toEqual({ anchors: [object.anchor], isMore: false });
    await hints.return?.();
    // The machine may be busy with others: a pause of theirs is not ours.
    delays.sort((left, right) => left - right);
    expect(delays[45]).toBeLessThan(100);
  });

  test("where anchors are none of the server's ids a hint says that there is more", async () => {
    const people = "ou=people,dc=example,dc=com";
    const numbered = await directory.connect({ users: { base: people, anchorAttribute: "uid" } });
    const hints = await listen(numbered);
    await directory.created([createUser("numbered")]);
    expect((await hints.next()).value).toEqual({ anchors: [], isMore: true });
    await hints.return?.();
    await numbered.close();
  });

  test("a server that dies is noticed at once, one that hangs within its time", async () => {
    const quick = await directory.connect({ timeouts: { answerMs: 400 } });
    const hanging = await listen(quick);
    process.kill(directory.slapd.pid, "SIGSTOP");
    await expect(hanging.next()).rejects.toMatchObject({
      kind: "retry", code: "CONNECTOR_TIMEOUT",
    });
    process.kill(directory.slapd.pid, "SIGCONT");
    const dying = await listen(directory.connector);
    const heard = dying.next();
    heard.catch(() => undefined);
    process.kill(directory.slapd.pid, "SIGKILL");
    await expect(heard).rejects.toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });
    await directory.slapd.restart();
    const again = await listen(directory.connector);
    const writer = await directory.connect({});
    const object = await directory.createdOne(createUser("again"), writer);
    expect(((await again.next()).value as ChangeHint).anchors).toContain(object.anchor);
    await again.return?.();
    await quick.close();
    await writer.close();
  });
});

describeDirectory("a directory without RFC 4533", (directory) => {
  test("changes are told by times, and nothing can be heard", async () => {
    const position = await directory.connector.changes?.begin(signal);
    expect(position?.reportsDeletions).toBe(false);
    const object = await directory.createdOne(createUser("plain"));
    const { objects } = await reportOf(directory.connector, position?.token ?? "");
    expect(objects.map((each) => each.anchor)).toEqual([object.anchor]);
    const hints = directory.connector.listens?.listen(signal)[Symbol.asyncIterator]();
    expect(await errorOf(hints?.next() ?? Promise.resolve())).toMatchObject({
      kind: "stop", code: "MISCONFIGURED",
    });
    const strict = await directory.connect({ changes: "syncrepl" });
    expect(await errorOf(begin(strict))).toMatchObject({ kind: "stop", code: "MISCONFIGURED" });
    await strict.close();
    const off = await directory.connect({ changes: "off" });
    expect([off.changes, off.listens]).toEqual([undefined, undefined]);
    await off.close();
  });
}, { hasSyncprov: false });

describeDirectory("a directory that keeps no times and no ids", (directory) => {
  test("nothing can be told of changes, and that is said", async () => {
    for (const changes of ["auto", "timestamps", "syncrepl"]) {
      const connector = await directory.connect({ changes });
      expect(await errorOf(begin(connector))).toMatchObject({
        kind: "stop", code: "MISCONFIGURED",
      });
      await connector.close();
    }
  });
}, { hasSyncprov: false, databaseLines: ["lastmod off"] });
