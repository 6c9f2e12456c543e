import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnectorWrite } from "../connector.js";
import { readAll } from "../testing/read-all.js";
import { createUser, describeDirectory, outcomes, update } from "./directory.fixture.js";
import { formatDn } from "./dn.js";
import { people } from "./fixtures.js";

describeDirectory("values in a real directory", (directory) => {
  test("what is created is read back as it was written, bytes and lists too", async () => {
    const [object] = await directory.created([
      createUser("first", {
        mail: ["a@example.org", "b@example.org"],
        jpegPhoto: ["AP8Q/w=="],
        description: ["\ufeffmark", "=1+1", " x "],
        manager: [`cn=admin,dc=example,dc=com`],
        employeeNumber: "7",
      }),
    ]);
    expect(object?.attributes).toMatchObject({
      dn: `uid=first,${people}`,
      uid: ["first"],
      jpegPhoto: ["AP8Q/w=="],
      employeeNumber: "7",
      manager: ["cn=admin,dc=example,dc=com"],
    });
    expect(new Set(object?.attributes["mail"] as string[])).toEqual(
      new Set(["a@example.org", "b@example.org"]),
    );
    expect(new Set(object?.attributes["description"] as string[])).toEqual(
      new Set(["\ufeffmark", "=1+1", " x "]),
    );
    expect(object?.anchor).toMatch(/^[0-9a-f-]{36}$/);
    const read = await readAll(directory.connector);
    expect(read.objects.find((each) => each.anchor === object?.anchor)).toEqual(object);
  });

  test("a refused value fails its own write, names the attribute, shows no value", async () => {
    const canary = "canary-7f3a";
    const results = await directory.write([
      createUser("bad1", { mail: ["ü@example.org", canary] }),
      createUser("bad2", { nosuch: canary }),
      createUser("bad3", { objectClass: ["inetOrgPerson", canary] }),
      createUser("bad4", { manager: [canary] }),
      createUser("bad5", { employeeNumber: ["1", canary] }),
      createUser("bad6", { jpegPhoto: [canary] }),
      createUser("bad7", { dn: canary }),
      createUser("bad8", { dn: `uid=bad8,ou=${canary},${people}` }),
      createUser("good"),
    ]);
    expect(outcomes(results)).toEqual([
      "VALUE_INVALID",
      "VALUE_INVALID",
      "VALUE_INVALID",
      "VALUE_INVALID",
      "VALUE_INVALID",
      "VALUE_INVALID",
      "VALUE_INVALID",
      "VALUE_INVALID",
      "done",
    ]);
    expect(JSON.stringify(results)).not.toContain(canary);
    expect(results[0]).toMatchObject({ reason: expect.stringContaining('"mail"') as string });
  });

  test("any name and any value is written and read back, and is never syntax", async () => {
    const text = fc
      .oneof(
        fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
        fc.string({
          unit: fc.constantFrom(
            "a",
            "*",
            "(",
            ")",
            "\\",
            ",",
            "+",
            '"',
            "<",
            ">",
            ";",
            "=",
            "#",
            " ",
            "é",
            "😀",
            "\ufeff",
            "\n",
          ),
          minLength: 1,
          maxLength: 10,
        }),
      )
      .filter(
        (each) =>
          each.isWellFormed() &&
          !each.includes("\0") &&
          // OpenLDAP prepares names (RFC 4518): what is nothing but space is empty to it.
          each.normalize("NFKC").replace(/[\s\p{C}\p{M}\p{Z}]/gu, "") !== "",
      );
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 8 }), async (texts) => {
        turn += 1;
        const writes = texts.map((each, at): ConnectorWrite => ({
          operation: "create",
          id: `n${turn}-${at}`,
          kind: "user",
          attributes: {
            dn: `${formatDn([
              [
                { type: "cn", value: each },
                { type: "uid", value: `n${turn}-${at}` },
              ],
            ])},${people}`,
            cn: [each],
            sn: ["x"],
            uid: [`n${turn}-${at}`],
            description: [each],
          },
        }));
        const objects = await directory.created(writes);
        expect(objects.map((each) => each.attributes["description"])).toEqual(
          texts.map((each) => [each]),
        );
        expect(objects.map((each) => each.attributes["cn"])).toEqual(texts.map((each) => [each]));
        const changed = await directory.created(
          objects.map((each) =>
            update(each, {
              description: {
                before: each.attributes["description"] ?? null,
                after: [`${each.anchor}`],
              },
            }),
          ),
        );
        expect(changed.map((each) => each.attributes["description"])).toEqual(
          objects.map((each) => [each.anchor]),
        );
      }),
      { numRuns: 60 },
    );
  });
});
