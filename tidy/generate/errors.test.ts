import { describe, expect, test } from "vitest";
import { sampleHouse } from "../house/sample.ts";
import { toSource } from "../house/source.ts";
import { codesIn } from "./error-codes.ts";
import { errorsDocument } from "./errors.ts";
import { failureModes } from "./failure-modes.ts";

const file = "subgraphs/vault/src/app/a.ts";

function codes(text: string): readonly string[] {
  return codesIn(toSource(file, text)).map(({ code }) => code);
}

describe("stable codes are found", () => {
  test.each([
    `throw new VaultError("GONE", "it is gone");`,
    `throw new VaultError(late ? "GONE" : "GONE", "it is gone");`,
    `export const a = () => refuse("GONE");`,
    `export const a = { ok: false, error: { code: "GONE" } };`,
    `export type A = { code: "GONE"; id: string };`,
    `export const vaultErrorCodes = ["GONE"] as const;`,
    `export type VaultErrorCode = "GONE";`,
  ])("in %s", (text) => {
    expect(new Set(codes(`${text}\n`))).toEqual(new Set(["GONE"]));
  });

  test("and names of other things are not", () => {
    expect(codes(`export const a = (e: Env) => e["SOME_NAME"];\n`)).toEqual([]);
    expect(codes(`export const a = { name: "SOME_NAME" };\n`)).toEqual([]);
    expect(codes(`export const foreignCodes = new Set(["SOME_CODE"]);\n`)).toEqual([]);
  });

  test("a doc comment in a list is the meaning of the codes after it", () => {
    const list = `[\n  /** It\n   * is gone. */\n  "GONE", "LOST",\n]`;
    const text = `export const xCodes = ${list} as const;\n`;
    expect(codesIn(toSource(file, text)).map(({ meaning }) => meaning)).toEqual([
      "It is gone.", "It is gone.",
    ]);
  });
});

describe("docs/errors.md", () => {
  const source = `throw new VaultError("ACCOUNT_GONE", "gone");\n`;
  const modes = "subgraphs/vault/failure-modes.md";
  const documented = "# Vault\n\n## ACCOUNT_GONE\n\nIt is\ngone.\n\nCheck: who | what.\n";

  test("has a row with meaning and check, and nothing to complain of", () => {
    const { text, problems } = errorsDocument(sampleHouse({ [file]: source, [modes]: documented }));
    expect(problems).toEqual([]);
    expect(text).toContain("| `ACCOUNT_GONE` | vault | It is gone. | who \\| what. |");
  });

  test("complains of a code without a meaning, with its place", () => {
    expect(errorsDocument(sampleHouse({ [file]: source })).problems).toEqual([
      expect.stringContaining(`${file}:1  ACCOUNT_GONE has no meaning`),
    ]);
  });

  test("complains of a meaning without a code, and of a meaning written twice", () => {
    expect(errorsDocument(sampleHouse({ [modes]: documented })).problems).toEqual([
      expect.stringContaining("no code of ours any more"),
    ]);
    const twice = { [file]: source, [modes]: documented, "events/failure-modes.md": documented };
    expect(errorsDocument(sampleHouse(twice)).problems).toEqual([
      expect.stringContaining(`stands in ${modes} too`),
    ]);
  });

  test("a section that says nothing is refused", () => {
    expect(() => failureModes(modes, "## GONE\n\nCheck: it.\n")).toThrow("GONE has no meaning");
  });
});
