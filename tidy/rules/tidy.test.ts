import { describe, expect, it, test } from "vitest";
import { sampleHouse } from "../house/sample.ts";
import { tidyRules, violationsOf } from "./all.ts";

/** What the rules say of one file; READMEs of the sample's packages are not the point here. */
function said(path: string, text: string): readonly string[] {
  const found = violationsOf(sampleHouse({ [path]: text }), tidyRules);
  return found.filter((one) => one.path === path).map(({ rule, message }) => `${rule}: ${message}`);
}

const file = "subgraphs/vault/src/app/a.ts";

describe("sizes", () => {
  test("100 columns fit and 101 do not", () => {
    const line = (columns: number) => `// ${"x".repeat(columns - 3)}\n`;
    expect(said(file, line(100))).toEqual([]);
    expect(said(file, line(101))).toEqual(["layout: 101 columns, at most 100"]);
  });

  test("400 lines fit and 401 do not; a main.ts has 80", () => {
    expect(said(file, "//\n".repeat(400))).toEqual([]);
    expect(said(file, "//\n".repeat(401))).toEqual(["layout: 401 lines, at most 400"]);
    expect(said("subgraphs/vault/src/main.ts", "//\n".repeat(81))).not.toEqual([]);
  });

  test.each(["// a ", "\t// a", "// a\r"])("blanks and tabs are told: %j", (line) => {
    expect(said(file, `${line}\n`)).not.toEqual([]);
  });

  test("a last line that does not end is told", () => {
    expect(said(file, "// a")).toEqual(["layout: the last line does not end"]);
  });
});

describe("shape", () => {
  test.each(["Vault.ts", "join_account.ts", "utils.ts", "string-helpers.ts", "wave-manager.ts"])(
    "a file may not be called %s",
    (name) => expect(said(`subgraphs/vault/src/app/${name}`, "//\n")).not.toEqual([]),
  );

  test("index.ts re-exports and does nothing else", () => {
    const index = "subgraphs/vault/src/index.ts";
    expect(said(index, `export { a } from "./a.js";\nexport * from "./b.js";\n`)).toEqual([]);
    expect(said(index, "export const a = 1;\n")).toEqual(["shape: index.ts only re-exports"]);
  });
});

describe("the environment", () => {
  const reads = `export const a = process.env["A"];\n`;

  test("is read by configuration files", () => {
    expect(said("subgraphs/vault/src/config.ts", reads)).toEqual([]);
    expect(said("gateway/src/launch/start.ts", reads)).toEqual([]);
  });

  test("is read nowhere else, not even whole", () => {
    expect(said(file, reads)).not.toEqual([]);
    expect(said(file, "export const a = { ...process.env };\n")).not.toEqual([]);
    expect(said(file, "export const { env } = process;\n")).not.toEqual([]);
  });
});

describe("subjects", () => {
  test.each([
    `"vault.identity.changed.batch.acme"`,
    "`vault.identity.changed.pulse.${1}`",
    "`${1}.identity.changed.batch.acme`",
    `"joinery.confirm.vault"`,
  ])("%s is built in one file only", (subject) => {
    expect(said(file, `export const a = ${subject};\n`)).not.toEqual([]);
    expect(said("events/src/subjects.ts", `export const a = ${subject};\n`)).toEqual([]);
  });

  test("the name of an event is no subject", () => {
    expect(said(file, `export const a = "vault.identity.changed";\n`)).toEqual([]);
  });
});

describe("comments", () => {
  const marker = ["TO", "DO"].join("");

  test("a leftover marker is told, in words it is not", () => {
    expect(said(file, `// ${marker}: later\n`)).toEqual([`comments: leftover marker ${marker}`]);
    expect(said(file, "// nothing to do here\n")).toEqual([]);
  });

  test("a suppression says why on its own line", () => {
    expect(said(file, "// oxlint-disable-next-line no-console\n")).not.toEqual([]);
    expect(said(file, "// oxlint-disable-next-line no-console -- the terminal asks\n")).toEqual([]);
    expect(said(file, "// @ts-expect-error\n")).not.toEqual([]);
    expect(said(file, "// @ts-expect-error: the library's type is too narrow\n")).toEqual([]);
    expect(said(file, "// @ts-ignore: the library's type is too narrow\n")).not.toEqual([]);
  });
});

describe("machine paths", () => {
  const folders = ["home/someone", "Users/someone", "work/project", "root/.cache"];

  test.each(folders)("a path below /%s is told in code and in documents", (folder) => {
    expect(said(file, `export const a = "/${folder}/a";\n`)).not.toEqual([]);
    expect(said("docs/a.md", `see /${folder}/a\n`)).not.toEqual([]);
  });

  test("addresses and relative paths are fine", () => {
    expect(said("docs/a.md", "https://example.com/work/a, ../work/b, /usr/sbin\n")).toEqual([]);
  });
});

describe("manifests", () => {
  test("every package has a README that names its dependencies", () => {
    const found = violationsOf(sampleHouse({}), tidyRules);
    expect(found.map(({ path }) => path)).toContain("subgraphs/vault/README.md");
  });

  test("a version that may move is told", () => {
    const house = sampleHouse({});
    const [first, ...rest] = house.packages;
    if (!first) throw new Error("the sample has packages");
    const manifest = { ...first.manifest, dependencies: { pg: "^8.0.0" } };
    const packages = [{ ...first, manifest }, ...rest];
    const found = violationsOf({ ...house, packages }, tidyRules);
    expect(found.map(({ message }) => message)).toContain("pg is not pinned: ^8.0.0");
  });
});

describe("copies", () => {
  const copied = "export function a() {\n  const b = [\n    1,\n    2,\n  ];\n  return b;\n}\n";

  test("a function that stands in two packages is told, with the other place", () => {
    const house = sampleHouse({ [file]: copied, "subgraphs/kit/src/a.ts": copied });
    const found = violationsOf(house, tidyRules).filter(({ rule }) => rule === "copies");
    expect(found.map(({ message }) => message)).toEqual([
      `this function stands in ${file}:1 too`,
    ]);
  });

  test("in one package it may", () => {
    const house = sampleHouse({ [file]: copied, "subgraphs/vault/src/app/b.ts": copied });
    expect(violationsOf(house, tidyRules).filter(({ rule }) => rule === "copies")).toEqual([]);
  });
});

describe("the page of proofs", () => {
  const page = "docs/proofs.md";
  const test = "subgraphs/vault/src/app/a.test.ts";
  const row = (first: string, path = test) => `| ${first} | \`${path}\` |\n`;
  const saidOf = (text: string) => violationsOf(
    sampleHouse({ [page]: text, [test]: `it("64-bit anchors: are exact", () => {});\n` }),
    tidyRules,
  ).filter((one) => one.path === page).map(({ message }) => message);

  it("names files that are there, and tests that they have", () => {
    expect(saidOf(row("N1") + row('"64-bit anchors"'))).toEqual([]);
  });

  it("is told of a file that is not there, and of a test that has another name", () => {
    expect(saidOf(row("N1", "gone.test.ts"))).toEqual(["there is no gone.test.ts"]);
    expect(saidOf(row('"DST gaps"'))).toEqual([`${test} has no test "DST gaps"`]);
    expect(saidOf('| "DST gaps" | somewhere |\n')).toEqual(["a test without its file"]);
  });
});
