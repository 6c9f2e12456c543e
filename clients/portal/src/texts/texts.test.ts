import { expect, test } from "vitest";
import { de } from "./de.js";
import { en } from "./en.js";

type Tree = { readonly [name: string]: string | Tree };

function entries(tree: Tree, path = ""): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "string"
      ? [[`${path}${name}`, value] as const]
      : entries(value, `${path}${name}.`),
  );
}

const places = (text: string) => (text.match(/\{\{\w+/g) ?? []).toSorted();
const german = new Map(entries(de));

test("every text stands in every language, with the same places for values", () => {
  for (const [name, text] of entries(en)) {
    expect([name, places(german.get(name) ?? "missing")]).toEqual([name, places(text)]);
    expect(german.get(name)?.trim(), name).not.toBe("");
  }
  expect(german.size).toBe(entries(en).length);
});

test("a text that counts has both of its forms", () => {
  const names = new Set(entries(en).map(([name]) => name));
  for (const name of names) {
    if (name.endsWith("_one")) expect(names).toContain(name.replace(/_one$/, "_other"));
  }
});
