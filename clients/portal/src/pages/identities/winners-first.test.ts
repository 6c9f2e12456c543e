import { expect, test } from "vitest";
import { winnersFirst } from "./winners-first.js";

test("who won comes first, then the others in the order in which they would", () => {
  const wish = (source: string, precedence: number, won = false) => ({
    source, precedence, won, value: source, kind: "application", strength: "normal",
    accountId: null, mapper: null,
  });
  const wishes = [wish("c", 30), wish("a", 10), wish("b", 20, true)];
  expect(winnersFirst(wishes).map(({ source }) => source)).toEqual(["b", "a", "c"]);
});
