import { expect, test } from "vitest";
import type { ConnectorObject, ConnectorWrite, WriteResult } from "../connector.js";
import { members, remove, signal, update } from "../ldap/directory.fixture.js";
import { losingProxy, type LosableRequest } from "../ldap/losing-proxy.fixture.js";
import { describeDomain, newGroup, newUser, type TestDomain } from "./domain.fixture.js";
import { leavers, people } from "./fixtures.js";

/** Writes twice: through a proxy that loses an answer, and then what was not answered well. */
async function writeAndRepeat(
  domain: TestDomain, writes: readonly ConnectorWrite[],
  { request, lost, manner, idAttribute }: {
    readonly request: LosableRequest;
    readonly lost: number;
    readonly manner: "cut" | "silent";
    readonly idAttribute?: string;
  },
): Promise<readonly WriteResult[]> {
  const { samba } = domain;
  const tls = { key: samba.key, cert: samba.ca };
  const settings = {
    users: { base: people, ...(idAttribute === undefined ? {} : { idAttribute }) }, inFlightMax: 3,
  };
  await using proxy = await losingProxy({
    target: new URL(samba.ldapsUrl), request, lost, manner, tls,
  });
  const shaky = await domain.connect({ ...settings, url: proxy.url, timeouts: { answerMs: 500 } });
  const first = await shaky.writes?.write(writes, signal) ?? [];
  await shaky.close();
  // Otherwise no answer was lost, and the test proves nothing.
  expect(proxy.losses).toBe(1);
  const open = writes.filter((_, at) => first[at]?.ok !== true);
  expect(open.length).toBeGreaterThan(0);
  for (const each of first) {
    if (each.ok) continue;
    expect(each.kind).toBe("retry");
    expect(["CONNECTOR_UNREACHABLE", "CONNECTOR_TIMEOUT"]).toContain(each.code);
  }
  const sound = await domain.connect(settings);
  const second = await sound.writes?.write(open, signal) ?? [];
  await sound.close();
  expect(second.map((each) => each.ok)).toEqual(open.map(() => true));
  expect(second.some((each) => each.ok && each.already === true)).toBe(true);
  return second;
}

describeDomain("a domain whose answers get lost", (domain) => {
  for (const idAttribute of [undefined, "adminDescription"]) {
    const how = idAttribute === undefined ? "by its name" : "by our id";
    test(`a create without an answer makes exactly one account, found again ${how}`, async () => {
      for (let lost = 1; lost <= 4; lost += 1) {
        const prefix = `lost${idAttribute === undefined ? "n" : "i"}${lost}`;
        const writes = Array.from({ length: 4 }, (_, at) => newUser(`${prefix}-${at}`));
        const manner = lost % 2 === 0 ? "silent" : "cut";
        const second = await writeAndRepeat(domain, writes, {
          request: "add", lost, manner, ...(idAttribute === undefined ? {} : { idAttribute }),
        });
        const passwords = second.flatMap((each) =>
          each.ok && each.already === true ? [each.password] : []);
        expect(new Set(passwords)).toEqual(new Set([idAttribute === undefined ? "kept" : "set"]));
        const { objects } = await domain.read();
        for (const { attributes } of writes) {
          const account = attributes["sAMAccountName"];
          expect(objects.filter((each) =>
            each.attributes["sAMAccountName"] === account)).toHaveLength(1);
        }
      }
    });
  }

  test.each(["cut", "silent"] as const)(
    "whatever else was done and not answered is found done: %s",
    async (manner) => {
      const made = await domain.done([
        ...["u", "r", "d", "m"].map((letter) => newUser(`done-${letter}-${manner}`)),
        newGroup(`done-g-${manner}`),
      ]) as [ConnectorObject, ConnectorObject, ConnectorObject, ConnectorObject, ConnectorObject];
      const [changed, renamed, removed, member, group] = made;
      const lost = { lost: 1, manner };
      const change = update(changed, { title: { before: null, after: "new" } }, false);
      await writeAndRepeat(domain, [change], { request: "modify", ...lost });
      const name = `CN=moved ${manner},${leavers}`;
      const rename = update(renamed, { dn: { before: renamed.name, after: name } });
      await writeAndRepeat(domain, [rename], { request: "rename", ...lost });
      await writeAndRepeat(domain, [remove(removed)], { request: "delete", ...lost });
      const add = members(group, [member.name], []);
      await writeAndRepeat(domain, [add], { request: "modify", ...lost });
      const { objects, members: read } = await domain.read();
      const find = (anchor: string) => objects.find((each) => each.anchor === anchor);
      expect(find(changed.anchor)).toMatchObject({ enabled: false, attributes: { title: "new" } });
      expect(find(renamed.anchor)?.name).toBe(name);
      expect(find(removed.anchor)).toBeUndefined();
      expect(read.filter((each) => each.group === group.anchor)).toEqual([
        { group: group.anchor, member: member.name },
      ]);
    },
  );
});
