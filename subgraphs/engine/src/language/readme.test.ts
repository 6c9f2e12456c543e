import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { functionNames } from "./calls.js";

it("the README tells of every function that there is", () => {
  const text = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const table = text.slice(text.indexOf("### Functions"), text.indexOf("### Bounds"));
  const told = functionNames().filter((name) => new RegExp(`\`${name}[\`(]`).test(table));
  expect(told).toEqual(functionNames());
});
