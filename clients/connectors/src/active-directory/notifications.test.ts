import { expect, test } from "vitest";
import type { ChangeHint, Connector } from "../connector.js";
import { signal, update } from "../ldap/directory.fixture.js";
import { describeDomain, newUser } from "./domain.fixture.js";

async function listen(connector: Connector): Promise<AsyncIterator<ChangeHint>> {
  const hints = connector.listens?.listen(signal)[Symbol.asyncIterator]();
  if (hints === undefined) throw new Error("it does not listen");
  expect((await hints.next()).value).toEqual({ anchors: [], isMore: false });
  return hints;
}

describeDomain("a domain that is listened to", (domain) => {
  test("a change is heard long before two seconds are over", async () => {
    const object = await domain.one(newUser("noise"));
    const hints = await listen(domain.connector);
    const delays: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      await domain.done([update(object, { title: { after: `t${turn}` } })]);
      const began = performance.now();
      const { value } = await hints.next();
      expect((value as ChangeHint).anchors).toContain(object.anchor);
      delays.push(performance.now() - began);
    }
    await hints.return?.();
    expect(Math.max(...delays)).toBeLessThan(2_000);
  });

  test("a server that dies is noticed at once, one that hangs within its time", async () => {
    const connector = await domain.connect({ timeouts: { answerMs: 400 } });
    const hanging = await listen(connector);
    process.kill(domain.samba.pid, "SIGSTOP");
    const began = performance.now();
    await expect(hanging.next()).rejects.toMatchObject({
      kind: "retry", code: "CONNECTOR_TIMEOUT",
    });
    process.kill(domain.samba.pid, "SIGCONT");
    expect(performance.now() - began).toBeLessThan(5_000);

    const dying = await listen(domain.connector);
    const heard = dying.next();
    heard.catch(() => undefined);
    await domain.samba.kill();
    await expect(heard).rejects.toMatchObject({ kind: "retry", code: "CONNECTOR_UNREACHABLE" });

    await domain.samba.start();
    const again = await listen(domain.connector);
    const object = await domain.one(newUser("again"), await domain.connect({}));
    expect(((await again.next()).value as ChangeHint).anchors).toContain(object.anchor);
    await again.return?.();
    await connector.close();
  });
});
