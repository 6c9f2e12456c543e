import { expect, test } from "vitest";
import type { ConnectorObject, ConnectorWrite } from "../connector.js";
import { hostileTexts } from "../testing/hostile-texts.fixture.js";
import { readAll } from "../testing/read-all.js";
import {
  createGroup, createUser, describeDirectory, members, outcomes, remove, update,
} from "./directory.fixture.js";
import { formatDn } from "./dn.js";
import { people } from "./fixtures.js";

/**
 * OpenLDAP prepares names (RFC 4518): what is nothing but space is empty to it. Its index takes no
 * names of a thousand signs.
 */
const isName = (text: string): boolean => text.length < 200
  && text.normalize("NFKC").replace(/[\s\p{C}\p{M}\p{Z}]/gu, "") !== "";
const named = hostileTexts.filter((text) => isName(text));
const number = (at: number): string => String(at).padStart(4, "0");

describeDirectory(`N1: ${named.length} hostile texts in a real directory`, (directory) => {
  /** Anchors are texts here, so that each is looked up by a filter that holds it. */
  const byUid = () => directory.connect({
    users: { base: people, anchorAttribute: "uid", rdnAttribute: "uid" },
    groups: { base: "ou=groups,dc=example,dc=com", placeholderMember: "cn=nobody" },
  });
  const user = (text: string, at: number): ConnectorWrite => createUser(`${number(at)}${text}`, {
    dn: `${formatDn([[
      { type: "cn", value: text }, { type: "uid", value: `${number(at)}${text}` },
    ]])},${people}`,
    cn: [text], sn: [text], description: [text],
  });

  test("as names, anchors, values and members they are themselves, and nothing else", async () => {
    const connector = await byUid();
    const bystander = await directory.createdOne(createUser("bystander", { description: ["kept"] }),
      connector);
    const made = await directory.created(named.map(user), connector);
    expect(made.map(({ attributes }) => [attributes["cn"], attributes["description"]]))
      .toEqual(named.map((text) => [[text], [text]]));
    expect(made.map(({ anchor }) => anchor)).toEqual(named.map((text, at) => number(at) + text));
    const again = await directory.write(named.map(user), connector);
    expect(new Set(outcomes(again))).toEqual(new Set(["already"]));
    const [group] = await directory.created([createGroup("hostiles")], connector);
    const names = made.map(({ name }) => name);
    await directory.write([members(group as ConnectorObject, names, [])], connector);
    const read = await readAll(connector);
    expect([read.skips, read.error]).toEqual([[], undefined]);
    expect(new Set(read.members.map(({ member }) => member))).toEqual(new Set(names));
    const changed = await directory.created(made.map((each, at) => update(each, {
      description: { before: [named[at] ?? ""], after: [`${named[at] ?? ""}!`] },
    })), connector);
    expect(changed.map(({ attributes }) => attributes["description"]))
      .toEqual(named.map((text) => [`${text}!`]));
    expect(new Set(outcomes(await directory.write(changed.map(remove), connector))))
      .toEqual(new Set(["done"]));
    const left = await readAll(connector);
    expect(left.objects.map(({ anchor }) => anchor).sort()).toEqual(
      [bystander.anchor, (group as ConnectorObject).anchor].sort());
    expect(left.objects.find(({ anchor }) => anchor === "bystander")).toEqual(bystander);
  }, 60_000);

  test("as anchors of nobody they reach nobody", async () => {
    const connector = await byUid();
    const [before] = (await readAll(connector)).objects;
    const object = { kind: "user", name: `uid=bystander,${people}`, attributes: {} } as const;
    for (const text of hostileTexts) {
      const results = await directory.write([
        update({ ...object, anchor: text }, { description: { after: ["taken"] } }),
        remove({ ...object, anchor: text }),
      ], connector);
      const expected = /^(?:already|OBJECT_GONE|VALUE_INVALID)$/;
      expect([text, outcomes(results).every((each) => expected.test(each))]).toEqual([text, true]);
    }
    expect((await readAll(connector)).objects[0]).toEqual(before);
  }, 60_000);
});
