import { readFile, rm } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { slapdMissing, startSlapd, type Slapd } from "@joinery/connectors/testing";
import type { Mapper, RuleSet } from "@joinery/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../support/world.js";
import { connectHrAndWiki } from "./hr-and-wiki.js";

/**
 * Sources as they come on a bad day. A run says by a stable code, with application, object and
 * reason, what was wrong. Nobody else is touched, and nothing is deleted on the strength of it.
 */
const people = 60;
const direct = (id: string, from: string, to: string): Mapper => ({ id, kind: "direct", from, to });
const text = (name: string) => ({ name, type: "string" as const });

const ruleSet: RuleSet = {
  format: 1,
  schema: { user: ["number", "name"].map(text), group: [text("name")] },
  applications: {
    hr: {
      user: {
        inbound: {
          joins: [{ id: "hr.number", match: [{ account: "number", identity: "number" }] }],
          mappers: [direct("hr.n", "number", "number"), direct("hr.name", "name", "name")],
        },
      },
    },
    wiki: {
      user: {
        outbound: {
          provision: { id: "wiki.provision", when: "true" },
          otherwise: "delete",
          mappers: [direct("wiki.login", "number", "login"), direct("wiki.name", "name", "name")],
        },
      },
    },
  },
};

const head = "number,name";
const rowOf = (index: number) => `${1_000 + index},Åsa ${index}`;
const good = [head, ...Array.from({ length: people }, (_, index) => rowOf(index)), ""];
const lines = (change: (rows: string[]) => void): string => {
  const rows = [...good];
  change(rows);
  return rows.join("\n");
};

interface Bad {
  readonly name: string;
  /** Null: no file at all. */
  readonly content: string | Buffer | null;
  readonly state: "failed" | "held" | "finished";
  readonly code: string;
  /** Where one object is meant. */
  readonly object?: string;
}

const bad: readonly Bad[] = [
  { name: "no file", content: null, state: "failed", code: "SOURCE_UNREADABLE" },
  { name: "an empty file", content: "", state: "failed", code: "SOURCE_EMPTY" },
  { name: "a header and nobody", content: `${head}\n`, state: "failed", code: "SOURCE_EMPTY" },
  {
    name: "a truncated file", content: good.slice(0, 7).join("\n"), state: "held",
    code: "GUARD_HELD",
  },
  {
    name: "another encoding than was said", content: Buffer.from(good.join("\n"), "latin1"),
    state: "failed", code: "SOURCE_ENCODING",
  },
  {
    name: "UTF-16 without being told", content: Buffer.from(good.join("\n"), "utf16le"),
    state: "failed", code: "SOURCE_ENCODING",
  },
  {
    name: "no anchor column", content: lines((rows) => { rows[0] = "staff,name"; }),
    state: "failed", code: "COLUMN_MISSING",
  },
  {
    name: "two rows with one anchor", content: lines((rows) => rows.splice(9, 0, "1003,Twin")),
    state: "finished", code: "ANCHOR_DUPLICATE", object: "1003",
  },
  {
    name: "a row without its anchor", content: lines((rows) => rows.splice(9, 0, ",Nobody")),
    state: "finished", code: "ANCHOR_MISSING",
  },
  {
    name: "a cell of 10 MB", content: lines((rows) => { rows[9] += "x".repeat(10 * 1024 * 1024); }),
    state: "finished", code: "VALUE_TOO_LARGE", object: "1008",
  },
  {
    name: "a row with a cell too many", content: lines((rows) => { rows[9] += ",surplus"; }),
    state: "finished", code: "ROW_MALFORMED", object: "1008",
  },
  {
    name: "a quote that nobody closes", content: lines((rows) => { rows[9] = '1008,"Åsa'; }),
    state: "failed", code: "SOURCE_INCOMPLETE",
  },
];

let world: World;
beforeAll(async () => {
  world = await openWorld();
}, 120_000);
afterAll(() => world.stop());

describe("a source on a bad day", { timeout: 60_000 }, () => {
  let hr: string;
  const wiki = () => readFile(world.filePath("wiki.csv"), "utf8");

  beforeAll(async () => {
    const files = { hr: good.join("\n"), wikiHeader: "login,name" };
    hr = await connectHrAndWiki(world, { ...files, ruleSet });
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    expect((await wiki()).trim().split(/\r?\n/)).toHaveLength(people + 1);
  }, 120_000);

  test.each(bad)("$name: $code, and nobody is harmed", async ({ content, state, code, object }) => {
    const before = await wiki();
    if (content === null) await rm(world.filePath("hr.csv"));
    else await world.writeFile("hr.csv", content);
    const run = await world.organisation.run(hr);
    expect([run.state, run.state === "finished" ? null : run.code]).toEqual(
      [state, state === "finished" ? null : code]);
    if (state === "finished") {
      expect(run.errors.map((each) => each.code)).toEqual([code]);
      const sample = run.errors[0]?.samples[0];
      expect(sample?.reason).toBeTruthy();
      if (object !== undefined) expect(sample?.object).toBe(object);
    } else {
      expect(run.reason).toBeTruthy();
    }
    expect(await wiki()).toBe(before);

    if (state === "held") await world.organisation.decide("discardRun", run.id);
    await world.writeFile("hr.csv", good.join("\n"));
    expect(await world.organisation.run(hr)).toMatchObject({ state: "finished", errors: [] });
    expect(await wiki()).toBe(before);
  });
});

const missing = slapdMissing();
const skipped = missing === undefined ? "" : ` (skipped: ${missing})`;
/** Somebody's whom the server's certificate does not come from. */
const [strangersCa] = rootCertificates;
const reader = { dn: "uid=reader,dc=example,dc=com", password: "reads-only" };

/** Fifty people, and one who signs in and is given ten entries at most. */
function entries(): string {
  const entry = (uid: string, ...more: string[]) => [
    `dn: uid=${uid},dc=example,dc=com`, "objectClass: inetOrgPerson", `uid: ${uid}`, `cn: ${uid}`,
    `sn: ${uid}`, ...more, "",
  ].join("\n");
  const all = Array.from({ length: 50 }, (_, n) => entry(`u${n}`));
  return [...all, entry("reader", `userPassword: ${reader.password}`)].join("\n");
}

describe.skipIf(missing !== undefined)(`a directory on a bad day${skipped}`, () => {
  let slapd: Slapd;
  let directory: string;
  const configuration = () => ({
    url: slapd.ldapsUrl, ca: slapd.ca, bindDn: slapd.adminDn, passwordSecret: "directory",
    users: { base: slapd.suffix },
  });

  beforeAll(async () => {
    const limits = [`limits dn.exact="${reader.dn}" size.soft=10 size.hard=10`];
    slapd = await startSlapd({ ldif: entries(), databaseLines: limits });
    await world.organisation.setSecret("directory", slapd.adminPassword);
    await world.organisation.setSecret("reader", reader.password);
    await world.organisation.setSecret("wrong", "not the password");
    directory = await world.organisation.addApplication({
      key: "directory", name: "Directory", connector: "ldap", configuration: configuration(),
    });
    expect(await world.organisation.run(directory)).toMatchObject({
      state: "finished", counts: { read: 51, new: 51 },
    });
  }, 120_000);
  afterAll(() => slapd.stop());

  test.each<[string, () => object, string]>([
    ["nobody answers", () => ({ url: "ldaps://127.0.0.1:9" }), "CONNECTOR_UNREACHABLE"],
    ["the password is wrong", () => ({ passwordSecret: "wrong" }), "CREDENTIALS_REJECTED"],
    ["its certificate is a stranger's", () => ({ ca: strangersCa }), "CERTIFICATE_UNTRUSTED"],
    [
      "it gives ten entries and no more",
      () => ({ bindDn: reader.dn, passwordSecret: "reader" }), "LIMIT_EXCEEDED",
    ],
  ])("%s: the run says so, and nobody is taken for gone", async (_name, settings, code) => {
    await world.organisation.configure(directory, { ...configuration(), ...settings() });
    const { state, code: said, reason } = await world.organisation.run(directory);
    expect([state, said]).toEqual(["failed", code]);
    expect(reason).toBeTruthy();
    expect(reason).not.toContain("not the password");

    await world.organisation.configure(directory, configuration());
    const again = await world.organisation.run(directory);
    expect(again).toMatchObject({ state: "finished", counts: { unchanged: 51, new: 0, gone: 0 } });
  }, 60_000);
});
