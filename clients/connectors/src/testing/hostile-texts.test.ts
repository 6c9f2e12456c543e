import { expect, test } from "vitest";
import { hostileFormulas } from "./hostile-formulas.fixture.js";
import { hostileFilters, hostileNames } from "./hostile-ldap.fixture.js";
import { hostileSql } from "./hostile-sql.fixture.js";
import { hostileTexts } from "./hostile-texts.fixture.js";
import { hostileWords } from "./hostile-words.fixture.js";

const corpora = { hostileWords, hostileNames, hostileFilters, hostileSql, hostileFormulas };

test.each(Object.entries(corpora))("%s holds each text once", (_name, texts) => {
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.every((text) => text !== "" && text.isWellFormed())).toBe(true);
});

test(`N1: ${hostileTexts.length} hostile texts, at least 500`, () => {
  expect(hostileTexts.length).toBeGreaterThanOrEqual(500);
});
