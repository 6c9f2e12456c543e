import { describe, expect, test } from "vitest";
import { sampleHouse } from "../house/sample.ts";
import { boundaryRules, violationsOf } from "./all.ts";

/** What the rules say of one file that imports something. */
function said(path: string, text: string, others: Readonly<Record<string, string>> = {}) {
  const house = sampleHouse({ ...others, [path]: text });
  return violationsOf(house, boundaryRules).map(({ rule, message }) => `${rule}: ${message}`);
}

const vault = "subgraphs/vault/src";

describe("the package graph", () => {
  test.each([
    ["a subgraph imports another", `${vault}/app/a.ts`, "@joinery/rules", "may not import rules"],
    ["events import the kit", "events/src/a.ts", "@joinery/kit", "may not import kit"],
    ["the kit imports the engine", "subgraphs/kit/src/a.ts", "@joinery/engine", "may not import"],
    ["a package reaches inside", `${vault}/app/a.ts`, "@joinery/kit/src/ids.js", "does not export"],
    ["a package names itself", `${vault}/app/a.ts`, "@joinery/vault", "its own files by path"],
    ["a package does not exist", `${vault}/app/a.ts`, "@joinery/nothing", "no package of ours"],
    ["a path leaves", `${vault}/app/a.ts`, "../../../kit/src/ids.js", "leaves its package for kit"],
    ["the gateway wires elsewhere", "gateway/src/a.ts", "@joinery/vault/module", "may not import"],
    ["composition takes more", "gateway/src/compact.ts", "@joinery/vault", "./module of vault"],
  ])("objects when %s", (_, path, specifier, message) => {
    expect(said(path, `import { a } from "${specifier}";\n`)).toEqual([
      expect.stringContaining(message),
    ]);
  });

  test.each([
    ["events", `${vault}/app/a.ts`, "@joinery/events"],
    ["the composition file a ./module", "gateway/src/compact.ts", "@joinery/vault/module"],
    ["proof the inside of a subgraph", "subgraphs/proof/src/a.ts", "../../vault/src/app/a.js"],
  ])("allows %s", (_, path, specifier) => {
    expect(said(path, `import { a } from "${specifier}";\n`)).toEqual([]);
  });

  test("sees an import in every form", () => {
    const forms = [
      `import "@joinery/rules";\n`,
      `import type { A } from "@joinery/rules";\n`,
      `export { a } from "@joinery/rules";\n`,
      `export * from "@joinery/rules";\n`,
      `export const a = () => import("@joinery/rules");\n`,
    ];
    for (const form of forms) expect(said(`${vault}/module.ts`, form), form).not.toEqual([]);
  });
});

describe("the rooms of a subgraph", () => {
  test.each([
    ["domain", "../app/a.js"],
    ["domain", "@joinery/kit"],
    ["app", "../graphql/a.js"],
    ["app", "../config.js"],
    ["persistence", "../app/a.js"],
    ["graphql", "../persistence/a.js"],
    ["graphql", "../domain/a.js"],
    ["events", "../graphql/a.js"],
  ])("%s may not import %s", (room, specifier) => {
    expect(said(`${vault}/${room}/b.ts`, `import { a } from "${specifier}";\n`)).not.toEqual([]);
  });

  test.each([
    ["app", "../domain/a.js"],
    ["app", "../persistence/a.js"],
    ["persistence", "../app/ports.js"],
    ["graphql", "../app/a.js"],
    ["events", "../app/a.js"],
    ["events", "../domain/a.js"],
    ["events", "../persistence/a.js"],
  ])("%s may import %s", (room, specifier) => {
    expect(said(`${vault}/${room}/b.ts`, `import { a } from "${specifier}";\n`)).toEqual([]);
  });

  test("graphql sees types of the domain and no values", () => {
    const text = `import type { A } from "../domain/a.js";\n`;
    expect(said(`${vault}/graphql/b.ts`, text)).toEqual([]);
  });

  test("a file outside the rooms is told", () => {
    expect(said(`${vault}/stray/a.ts`, "export const a = 1;\n")).toEqual([
      expect.stringContaining("is in no room"),
    ]);
  });
});

describe("libraries", () => {
  test.each([
    [`${vault}/app/a.ts`, "@mikro-orm/postgresql"],
    [`${vault}/app/a.ts`, "pg"],
    [`${vault}/app/a.ts`, "@nats-io/jetstream"],
    [`${vault}/app/a.ts`, "type-graphql"],
    [`${vault}/domain/a.ts`, "node:fs"],
    ["subgraphs/kit/src/a.ts", "fs"],
  ])("%s may not import %s", (path, library) => {
    expect(said(path, `import { a } from "${library}";\n`)).not.toEqual([]);
  });

  test("persistence may import the ORM", () => {
    expect(said(`${vault}/persistence/a.ts`, `import { a } from "@mikro-orm/core";\n`)).toEqual([]);
  });
});

describe("pure files", () => {
  test.each([
    "export const a = Date.now();",
    "export const a = new Date();",
    "export const a = Math.random();",
    "export const a = crypto.randomUUID();",
    "export async function a() {}",
    "export const a = async () => 1;",
    "export const a = (f: () => void) => setTimeout(f, 1);",
    "export const a = Promise.resolve(1);",
    "export const a = performance.now();",
    "export const a = process.pid;",
    `import { randomUUID } from "node:crypto";\nexport const a = randomUUID;`,
    "declare const d: ClassDecorator;\n@d\nexport class A {}",
  ])("may not say %j", (text) => {
    expect(said("subgraphs/engine/src/a.ts", `${text}\n`)).not.toEqual([]);
    expect(said(`${vault}/domain/a.ts`, `${text}\n`)).not.toEqual([]);
  });

  test.each([
    "export const a = new Date(0);",
    "export const a = Date.UTC(2026, 1, 1);",
    `import { createHmac } from "node:crypto";\nexport const a = createHmac;`,
  ])("may say %j", (text) => {
    expect(said("subgraphs/engine/src/a.ts", `${text}\n`)).toEqual([]);
  });
});

describe("cycles", () => {
  test("a file with JSX is found behind the name that its importer gives", () => {
    const found = said("events/src/a.ts", 'import { b } from "./b.js";\nexport const a = b;\n', {
      "events/src/b.tsx": 'import { a } from "./a.js";\nexport const b = a;\n',
    });
    expect(found).toEqual(["cycles: loads itself: events/src/a.ts ↔ events/src/b.tsx"]);
  });

  const one = `${vault}/domain/one.ts`;
  const two = `${vault}/domain/two.ts`;

  test("two files that load each other are told once", () => {
    const found = said(one, `import { b } from "./two.js";\nexport const a = b;\n`, {
      [two]: `import { a } from "./one.js";\nexport const b = a;\n`,
    });
    expect(found).toEqual([`cycles: loads itself: ${one} ↔ ${two}`]);
  });

  test("types alone make no cycle", () => {
    const found = said(one, `import { b } from "./two.js";\nexport const a = b;\n`, {
      [two]: `import type { A } from "./one.js";\nexport const b: A = 1;\n`,
    });
    expect(found).toEqual([]);
  });
});
