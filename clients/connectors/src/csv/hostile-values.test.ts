import { expect, test } from "vitest";
import { hostileTexts } from "../testing/hostile-texts.fixture.js";
import { readAll } from "../testing/read-all.js";
import { create, CsvFolder } from "./fixtures.js";

const signal = new AbortController().signal;
const runs = /^[=+\-@\t\r]/;

test.each([false, true])(
  `N1: ${hostileTexts.length} texts as anchors, values and members (guard %s) are themselves`,
  async (formulaGuard) => {
    await using folder = await CsvFolder.make();
    await folder.put("people.csv", "id,given,note\n");
    await folder.put("groups.csv", "gid,who\ng,\n");
    const settings = { mayBeEmpty: true, formulaGuard };
    const connector = await folder.connect(settings);
    const results = await connector.writes?.write(hostileTexts.map((text) =>
      create({ id: text, given: text, note: `a ${text}` })), signal) ?? [];
    expect(results.filter((each) => !each.ok)).toEqual([]);
    const { objects, skips, error } = await readAll(connector);
    expect([skips, error]).toEqual([[], undefined]);
    expect(objects.map(({ anchor, attributes }) => [anchor, attributes])).toEqual(
      hostileTexts.map((text) => [text, { id: text, given: text, note: `a ${text}` }]));
    // What a spreadsheet would see is what stands there with no guard to take away.
    const plain = await readAll(await folder.connect({ mayBeEmpty: true }));
    const begin = plain.objects.flatMap(({ attributes }) => Object.values(attributes))
      .filter((value) => runs.test(String(value)));
    expect(begin.length > 0).toBe(!formulaGuard);
    const removed = await connector.writes?.write(hostileTexts.map((text) => ({
      operation: "delete", id: text, kind: "user", anchor: text, name: text,
    })), signal) ?? [];
    expect(removed.filter((each) => !each.ok || each.already === true)).toEqual([]);
    expect((await readAll(connector)).objects).toEqual([]);
  },
);
