import { expect, test } from "vitest";
import { readAll } from "../testing/read-all.js";
import { createUser, describeDirectory, signal } from "./directory.fixture.js";
import { people } from "./fixtures.js";
import { losingProxy } from "./losing-proxy.fixture.js";

const ways = [undefined, "employeeNumber"] as const;
const lostPerWay = 500;
const atOnce = 32;

describeDirectory("a directory whose answers get lost", (directory) => {
  for (const idAttribute of ways) {
    const how = idAttribute === undefined ? "by its name" : "by our id";
    test(`a create without an answer makes exactly one entry, found again ${how}`, async () => {
      for (let lost = 1; lost <= 8; lost += 1) {
        const target = new URL(directory.slapd.url);
        await using proxy = await losingProxy({ target, request: "add", lost });
        const users = { base: people, ...(idAttribute === undefined ? {} : { idAttribute }) };
        const connector = await directory.connect({ url: proxy.url, users, inFlightMax: 3 });
        const prefix = `${how.replaceAll(" ", "-")}-${lost}`;
        const writes = Array.from({ length: 8 }, (_, at) => createUser(`${prefix}-${at}`));
        const first = (await connector.writes?.write(writes, signal)) ?? [];
        const open = writes.filter((_, at) => first[at]?.ok !== true);
        expect(open.length).toBeGreaterThan(0);
        const second = (await connector.writes?.write(open, signal)) ?? [];
        expect(second.map((each) => each.ok)).toEqual(open.map(() => true));
        // Otherwise no answer was lost, and the test proves nothing.
        expect(second.some((each) => each.ok && each.already === true)).toBe(true);
        const names = (await readAll(directory.connector)).objects.map((each) => each.name);
        for (const write of writes) {
          const name = `uid=${String(write.attributes["uid"])},${people}`;
          expect(names.filter((each) => each === name)).toHaveLength(1);
        }
        await connector.close();
      }
    });

    test(`${lostPerWay} of ${lostPerWay} such creates are found again ${how}`, async () => {
      const users = { base: people, ...(idAttribute === undefined ? {} : { idAttribute }) };
      const target = new URL(directory.slapd.url);
      await using proxy = await losingProxy({ target, request: "add", lost: "all", lingerMs: 5 });
      const shaky = await directory.connect({ url: proxy.url, users, inFlightMax: atOnce });
      const sound = await directory.connect({ users });
      const wanted: string[] = [];
      let found = 0;
      for (let turn = 0; found < lostPerWay; turn += 1) {
        const writes = Array.from({ length: atOnce }, (_, at) =>
          createUser(`many-${how.replaceAll(" ", "-")}-${turn}-${at}`));
        wanted.push(...writes.map((each) => String(each.attributes["uid"])));
        const first = await directory.write(writes, shaky);
        expect(first.every((each) => !each.ok && each.kind === "retry")).toBe(true);
        const second = await directory.write(writes, sound);
        expect(second.filter((each) => !each.ok)).toEqual([]);
        // The others never came so far as to be made.
        found += second.filter((each) => each.ok && each.already === true).length;
      }
      const { objects } = await readAll(directory.connector);
      const made = objects.map((each) => String(each.attributes["uid"]))
        .filter((uid) => uid.startsWith(`many-${how.replaceAll(" ", "-")}-`));
      expect(made.sort()).toEqual(wanted.sort());
      await shaky.close();
      await sound.close();
    });
  }
});
