import { expect, test } from "vitest";
import { changesOf } from "./entry.js";

test("a new object has no before and all its attributes after", () => {
  expect(changesOf(null, { mail: "a@b.test" })).toEqual({
    before: null,
    after: { mail: "a@b.test" },
  });
});

test("a change shows the attributes that changed and no other; a cleared one is null after", () => {
  const before = { mail: "old@b.test", phone: "1", title: null };
  expect(changesOf(before, { mail: "new@b.test", title: "CFO", city: "Oslo" })).toEqual({
    before,
    after: { mail: "new@b.test", phone: null, title: "CFO" },
  });
});
