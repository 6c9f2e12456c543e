import { buildSchema, graphql } from "graphql";
import { describe, expect, it } from "vitest";
import { withoutValues } from "./without-values.js";

const schema = buildSchema(`
  enum R { A B }
  input I { a: String!, n: Int, r: R, d: D }
  scalar D
  type Query { f(i: I!, n: Int, l: [R!]): String }
`);
const planted = "hunter2";

async function messages(source: string, variableValues: Record<string, unknown> = {}) {
  const { errors } = await graphql({ schema, source, variableValues });
  return (errors ?? []).map(({ message }) => message);
}

describe("messages of refused documents", () => {
  const sources: readonly (readonly [string, Record<string, unknown>?])[] = [
    ["query($i: I!) { f(i: $i) }", { i: { a: "x", zz: planted } }],
    ["query($i: I!) { f(i: $i) }", { i: { zz: planted } }],
    ["query($i: I!) { f(i: $i) }", { i: planted }],
    ["query($i: I!) { f(i: $i) }", { i: { a: "x", r: planted } }],
    ["query($i: I!) { f(i: $i) }", { i: { a: [planted] } }],
    ["query($i: I!) { f(i: $i) }", { i: { a: { "; ": `; Field "${planted}" \n` } } }],
    ["query($i: I!) { f(i: $i) }", { i: { a: "x", n: `\n at "i.a"; ${planted}` } }],
    [`{ f(i: "${planted}") }`],
    [`{ f(i: { a: ${planted} }) }`],
    [`{ f(i: { a: "x", n: "${planted}" }) }`],
    [`{ f(i: { a: "x", r: ${planted} }) }`],
    [`{ f(i: { a: "x", r: "${planted}" }) }`],
    [`{ f(i: { a: "x" }, l: ["${planted}"]) }`],
    [`{ f(i: { a: "x" }) "${planted}" }`],
    [`"${planted}"`],
    [`{ f(i: { a "${planted}" }) }`],
    [`{ f(i: { a: """${planted} }) }`],
  ];

  it.each(sources.map(([source, variables = {}]) => ({ source, variables })))(
    "do not quote a value: $source $variables",
    async ({ source, variables }) => {
      const said = await messages(source, variables);
      expect(said.length).toBeGreaterThan(0);
      for (const message of said) expect(withoutValues(message)).not.toContain(planted);
    },
  );

  it("still say which variable, field or type is wrong", async () => {
    const [missing] = await messages("query($i: I!) { f(i: $i) }", { i: {} });
    expect(withoutValues(missing ?? "")).toBe(
      'Variable "$i" got an invalid value; Field "a" of required type "String!" was not provided.',
    );
    const [unknown] = await messages("{ nothing }");
    expect(withoutValues(unknown ?? "")).toBe('Cannot query field "nothing" on type "Query".');
    const [syntax] = await messages("{ f(");
    expect(withoutValues(syntax ?? "")).toBe("Syntax Error: Expected Name, found <EOF>.");
  });

  it("cut whatever a scalar says behind a colon", () => {
    expect(withoutValues(`Value is not a valid DateTime: ${planted}`)).toBe(
      "Value is not a valid DateTime.",
    );
  });
});
